"""Routing, balancing and the layer: by hand, against transformers, by identity, unchanged input."""

from __future__ import annotations

import doctest
import math
from types import ModuleType

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch.nn import functional as F
from transformers import MixtralConfig, SwitchTransformersConfig
from transformers.models.mixtral.modeling_mixtral import (
    MixtralSparseMoeBlock,
    load_balancing_loss_func,
)
from transformers.models.switch_transformers.modeling_switch_transformers import (
    SwitchTransformersTop1Router,
    router_z_loss_func,
)
from transformers.models.switch_transformers.modeling_switch_transformers import (
    load_balancing_loss_func as switch_balancing_loss,
)

from core.moe import (
    MoELayer,
    balance_by_bias,
    balancing,
    expert_capacity,
    jitter,
    load_balancing_loss,
    load_balancing_terms,
    load_statistics,
    noisy_logits,
    route,
    router_z_loss,
    routing,
    token_steps,
    update_bias,
)
from core.moe import layer as layer_module


def logits(tokens: int = 11, experts: int = 5, seed: int = 0) -> torch.Tensor:
    return torch.randn(tokens, experts, generator=torch.Generator().manual_seed(seed))


def rng(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


# route


def test_route_by_hand() -> None:
    a, b = math.log(4.0), math.log(2.0)  # softmax of (ln 4, ln 2, 0) is 4/7, 2/7, 1/7
    given_logits = torch.tensor([[a, b, 0.0], [a, 0.0, b], [0.0, a, b]], dtype=torch.float64)
    r = route(given_logits, top_k=2, capacity=1)
    assert r.probs[0].tolist() == pytest.approx([4 / 7, 2 / 7, 1 / 7])
    assert r.expert_index.tolist() == [[0, 1], [0, 2], [1, 2]]
    assert r.gate[2].tolist() == pytest.approx([2 / 3, 1 / 3])
    assert r.position.tolist() == [[0, 0], [1, 0], [1, 1]]
    assert r.kept.tolist() == [[True, True], [False, True], [False, False]]
    assert r.weight[1].tolist() == pytest.approx([0.0, 1 / 3])
    assert r.demand.tolist() == [2, 2, 2]
    assert r.load.tolist() == [1, 1, 1]
    assert r.dropped == 3
    assert r.fully_dropped.tolist() == [False, False, True]


def test_before_keeps_the_probabilities_of_all_experts() -> None:
    x = logits()
    before, after = route(x, 2, normalize="before"), route(x, 2, normalize="after")
    assert torch.equal(before.gate, x.softmax(-1).gather(1, before.expert_index))
    torch.testing.assert_close(before.gate / before.gate.sum(-1, keepdim=True), after.gate)


def test_bias_moves_the_choice_and_never_the_gate() -> None:
    x = torch.tensor([[1.0, 0.5, 0.0]])
    r = route(x, 1, normalize="before", bias=[0.0, 0.0, 5.0])
    assert r.expert_index.tolist() == [[2]]
    assert float(r.gate) == pytest.approx(float(x.softmax(-1)[0, 2]))
    # p = (.506, .307, .186): a bias of .25 lifts expert 1 over expert 0, one of .15 does not.
    assert route(x, 1, bias=[0.0, 0.25, 0.0]).expert_index.tolist() == [[1]]
    assert route(x, 1, bias=[0.0, 0.15, 0.0]).expert_index.tolist() == [[0]]


def test_ties_go_to_the_lower_expert() -> None:
    assert route(torch.zeros(2, 7), 3).expert_index.tolist() == [[0, 1, 2]] * 2


@settings(max_examples=40, deadline=None)
@given(
    tokens=st.integers(1, 13),
    experts=st.integers(1, 7),
    k=st.integers(1, 7),
    capacity=st.none() | st.integers(0, 5),
    normalize=st.sampled_from(["after", "before"]),
    seed=st.integers(0, 99),
)
def test_route_identities(
    tokens: int, experts: int, k: int, capacity: int | None, normalize: str, seed: int
) -> None:
    k = min(k, experts)
    x = logits(tokens, experts, seed)
    copy = x.clone()
    r = route(x, k, capacity, normalize)
    assert torch.equal(x, copy)
    assert int(r.demand.sum()) == tokens * k
    assert int(r.load.sum()) + r.dropped == tokens * k
    assert int(r.kept.sum()) == int(r.load.sum())
    assert all(len(set(row)) == k for row in r.expert_index.tolist())
    assert (r.gate > 0).all()
    assert bool((r.gate.diff(dim=-1) <= 0).all())
    if capacity is not None:
        assert int(r.load.max()) <= capacity
    if normalize == "after":
        torch.testing.assert_close(r.gate.sum(-1), torch.ones(tokens))


def test_gate_is_differentiable_and_the_load_is_the_callers_own() -> None:
    x = logits().requires_grad_()
    r = route(x, 2)
    r.gate[:, 0].sum().backward()
    assert x.grad is not None
    assert float(x.grad.abs().sum()) > 0
    r.load.zero_()
    assert int(r.demand.sum()) == 22


def test_switch_router_agrees() -> None:
    config = SwitchTransformersConfig(
        d_model=7, num_experts=5, expert_capacity=2, router_jitter_noise=0.0
    )
    router = SwitchTransformersTop1Router(config).eval()
    x = torch.randn(1, 13, 7, generator=rng(3))
    with torch.no_grad():
        mask, top_prob, router_logits = router(x)
    r = route(router_logits[0], 1, capacity=2, normalize="before")
    ours = F.one_hot(r.expert_index[:, 0], 5) * r.kept
    assert torch.equal(ours, mask[0])
    assert r.dropped == 13 - int(mask.sum()) > 0
    torch.testing.assert_close(r.gate, top_prob[0])
    everyone = F.one_hot(r.expert_index[:, 0], 5)
    torch.testing.assert_close(
        load_balancing_loss(r.probs, r.expert_index),
        switch_balancing_loss(r.probs[None], everyone.argmax(-1)[None]),
    )
    torch.testing.assert_close(router_z_loss(r.logits), router_z_loss_func(router_logits))


@pytest.mark.parametrize("k", [1, 2, 3])
def test_load_balancing_loss_is_a_kth_of_mixtrals(k: int) -> None:
    x = logits(13, 5)
    ours = load_balancing_loss(x.softmax(-1), route(x, k).expert_index)
    torch.testing.assert_close(k * ours, load_balancing_loss_func((x,), 5, k))


def test_route_refuses() -> None:
    x = logits()
    cases = [
        (lambda: route(x[0], 1), "router_logits must be"),
        (lambda: route(x.long(), 1), "router_logits must be"),
        (lambda: route(x[:0], 1), "at least one token"),
        (lambda: route(x * math.nan, 1), "finite"),
        (lambda: route(x, 6), "top_k must be from 1 to 5; got 6"),
        (lambda: route(x, True), "top_k must be a whole number"),
        (lambda: route(x, 1, capacity=-1), "capacity must be at least 0"),
        (lambda: route(x, 1, normalize="both"), "normalize must be one of 'after', 'before'"),
        (lambda: route(x, 1, bias=[0.0]), "one value per expert"),
        (lambda: route(x, 1, bias=[math.inf] * 5), "bias must be finite"),
        (lambda: expert_capacity(0, 5), "num_tokens"),
        (lambda: expert_capacity(5, 5, 1, 0.0), "capacity_factor"),
        (lambda: noisy_logits(x, x[:2], rng()), "shape of router_logits"),
        (lambda: jitter(x, 2.0, rng()), "epsilon"),
        (lambda: load_balancing_loss(x, torch.tensor([0, 1])), r"must be \(11, k\)"),
        (lambda: load_balancing_loss(x, torch.full((11,), 5)), r"must lie in 0\.\.4"),
        (lambda: load_balancing_loss(x, torch.full((11,), 0.5)), "whole numbers"),
        (lambda: update_bias([0.0, 0.0], [1, 2, 3]), "one value per bias"),
        (lambda: update_bias([0.0], [1], rate=-1.0), "rate"),
        (lambda: load_statistics([0, 0]), "at least one token"),
        (lambda: load_statistics([-1, 2]), "0 or more"),
    ]
    for call, message in cases:
        with pytest.raises(ValueError, match=message):
            call()


# capacity, noise


def test_capacity_by_hand() -> None:
    assert expert_capacity(10, 4, 1, 1.25) == 4  # 3.125 rounded up
    assert expert_capacity(50, 5, 1, 1.1) == 11  # in floats the product is a hair above
    assert expert_capacity(13, 5, 2, 1.0) == 6
    assert expert_capacity(1, 7) == 1


def test_noisy_logits_have_the_asked_scale() -> None:
    clean = torch.zeros(4001, 5)
    raw = torch.tensor([-2.0, -1.0, 0.0, 1.0, 2.0]).expand(4001, 5)
    noisy = noisy_logits(clean, raw, rng())
    torch.testing.assert_close(noisy.logits.std(0), F.softplus(raw[0]), rtol=0.05, atol=0.0)
    torch.testing.assert_close(noisy.logits, clean + noisy.noise * noisy.scale)
    assert torch.equal(noisy.logits, noisy_logits(clean, raw, rng()).logits)
    assert not torch.equal(noisy.logits, noisy_logits(clean, raw, rng(1)).logits)
    assert float(clean.abs().max()) == 0.0


def test_jitter_stays_within_its_bounds() -> None:
    x = torch.full((1009,), 3.0)
    y = jitter(x, 0.1, rng())
    assert 2.7 <= float(y.min()) < 2.71
    assert 3.29 < float(y.max()) <= 3.3
    assert torch.equal(x, torch.full((1009,), 3.0))


# balancing


def test_balance_by_hand() -> None:
    assert float(load_balancing_loss(torch.full((4, 2), 0.5), torch.tensor([0, 1, 0, 1]))) == 1.0
    collapsed = torch.tensor([[1.0, 0.0, 0.0]] * 5)
    assert float(load_balancing_loss(collapsed, torch.zeros(5, 1, dtype=torch.long))) == 3.0
    terms = load_balancing_terms(torch.tensor([[0.9, 0.1], [0.7, 0.3]]), torch.tensor([0, 0]))
    assert terms.mean_prob.tolist() == pytest.approx([0.8, 0.2])
    assert float(terms.loss) == pytest.approx(1.6)
    assert float(router_z_loss(torch.zeros(3, 7))) == pytest.approx(math.log(7) ** 2)


@pytest.mark.parametrize("k", [1, 2, 3])
def test_the_balancing_loss_is_one_when_even_and_at_most_experts_over_k(k: int) -> None:
    tokens, experts = 12, 6
    even = (torch.arange(tokens)[:, None] + torch.arange(k)) % experts
    uniform = torch.full((tokens, experts), 1 / experts)
    terms = load_balancing_terms(uniform, even)
    assert terms.fraction.tolist() == pytest.approx([1 / experts] * experts)
    assert float(terms.loss) == pytest.approx(1.0)
    same = torch.arange(k).expand(tokens, k)
    collapsed = torch.zeros(tokens, experts)
    collapsed[:, 0] = 1
    assert float(load_balancing_loss(collapsed, same)) == pytest.approx(experts / k)


def test_balancing_loss_pushes_the_favorite_down() -> None:
    x = torch.tensor([[2.0, 0.0, 0.0]] * 7, requires_grad=True)
    load_balancing_loss(x.softmax(-1), route(x, 1).expert_index).backward()
    assert x.grad is not None
    assert bool((x.grad[:, 0] > 0).all())
    assert bool((x.grad[:, 1:] < 0).all())


def test_bias_updates_bring_a_lopsided_router_into_balance() -> None:
    x = logits(211, 5) + torch.tensor([3.0, 0.0, 0.0, 0.0, -3.0])
    bias = torch.zeros(5)
    before = route(x, 2).demand
    for _ in range(400):
        bias = update_bias(bias, route(x, 2, bias=bias).demand, rate=0.005).bias
    after = route(x, 2, bias=bias).demand
    assert load_statistics(before).max_violation > 1.0
    assert load_statistics(after).max_violation < 0.2
    step = update_bias([0.0, 0.5, 0.0], [5, 3, 1], rate=0.1)
    assert step.bias.tolist() == pytest.approx([-0.1, 0.5, 0.1])
    assert step.error.tolist() == [-2.0, 0.0, 2.0]
    assert step.before.tolist() == [0.0, 0.5, 0.0]


def test_balance_by_bias_is_the_loop_over_route_and_update_bias() -> None:
    x = logits(17, 5)
    history = balance_by_bias(x, 2, 12, 0.03)
    bias = torch.zeros(5)
    for n in range(13):
        chosen = (x.softmax(-1) + bias).topk(2).indices
        demand = torch.bincount(chosen.flatten(), minlength=5)
        assert torch.equal(history.demand[n], demand)
        assert history.bias[n].tolist() == pytest.approx(bias.tolist(), abs=1e-6)
        bias = bias + 0.03 * (demand.float().mean() - demand).sign()
    assert len(history.demand) == 13


def test_load_statistics_by_hand() -> None:
    s = load_statistics([6, 2, 0, 0])
    assert s.share == (0.75, 0.25, 0.0, 0.0)
    assert (s.max_violation, s.dead) == (2.0, 2)
    assert s.effective_experts == pytest.approx(0.75**-0.75 * 0.25**-0.25)
    assert s.variation == pytest.approx(math.sqrt(1.5))  # deviations 4, 0, -2, -2 over a mean of 2
    assert load_statistics(torch.full((7,), 3)).effective_experts == pytest.approx(7.0)


# layer


def test_layer_agrees_with_mixtral() -> None:
    config = MixtralConfig(
        hidden_size=7, intermediate_size=11, num_local_experts=5, num_experts_per_tok=2
    )
    block = MixtralSparseMoeBlock(config).eval()
    layer = MoELayer(7, 11, 5, 2, generator=rng())
    with torch.no_grad():
        gate_up = torch.cat([layer.experts.gate_proj, layer.experts.up_proj], dim=1)
        block.load_state_dict(
            {
                "gate.weight": layer.router,
                "experts.gate_up_proj": gate_up,
                "experts.down_proj": layer.experts.down_proj,
            }
        )
        x = torch.randn(2, 13, 7, generator=rng(1))
        torch.testing.assert_close(layer(x).output, block(x))


def test_layer_is_the_sum_that_the_formula_says() -> None:
    layer = MoELayer(3, 5, 7, 2, num_shared=2, capacity_factor=0.5, generator=rng()).double()
    assert layer.shared is not None
    x = torch.randn(2, 11, 3, dtype=torch.float64, generator=rng(1))
    copy = x.clone()
    trace = layer(x)
    assert torch.equal(x, copy)
    assert trace.routing.capacity == 4  # 0.5 * 22 * 2 / 7 = 3.14
    assert trace.routing.dropped > 0
    tokens = x.reshape(-1, 3)
    for t in range(22):
        expected = layer.shared.run(tokens[t], 0) + layer.shared.run(tokens[t], 1)
        for place in range(2):
            if trace.routing.kept[t, place]:
                expert = int(trace.routing.expert_index[t, place])
                output = layer.experts.run(tokens[t], expert)
                expected = expected + trace.routing.gate[t, place] * output
        torch.testing.assert_close(trace.output.reshape(-1, 3)[t], expected)
    for expert in range(7):
        assert trace.dispatched[expert].numel() == int(trace.routing.load[expert])


def test_token_steps_add_up() -> None:
    layer = MoELayer(3, 5, 7, 2, num_shared=1, capacity_factor=0.8, generator=rng())
    trace = layer(torch.randn(13, 3, generator=rng(1)))
    steps = token_steps(trace)
    assert [s.token for s in steps] == list(range(13))
    assert list(steps[-1].queue) == trace.routing.load.tolist()
    assert sum(not k for s in steps for k in s.kept) == trace.routing.dropped
    for s in steps:
        torch.testing.assert_close(s.shared + s.contributions.sum(0), s.output)
        torch.testing.assert_close(s.output, trace.output[s.token])


def test_every_parameter_of_a_used_expert_gets_a_gradient() -> None:
    layer = MoELayer(3, 5, 4, 2, num_shared=1, generator=rng())
    layer(torch.randn(53, 3, generator=rng(1))).output.square().sum().backward()
    for name, parameter in layer.named_parameters():
        assert parameter.grad is not None, name
        assert bool((parameter.grad.abs().flatten(1).sum(1) > 0).all()), name


def test_layer_noise_needs_a_generator_and_bias_steers() -> None:
    layer = MoELayer(3, 5, 4, 1, jitter_noise=0.5, generator=rng())
    x = torch.randn(11, 3, generator=rng(1))
    assert torch.equal(layer(x).router_logits, layer(x).router_logits)
    assert torch.equal(layer(x, rng(2)).router_logits, layer(x, rng(2)).router_logits)
    assert not torch.equal(layer(x, rng(2)).router_logits, layer(x).router_logits)
    layer.selection_bias.copy_(torch.tensor([0.0, 0.0, 0.0, 9.0]))
    assert layer(x).routing.demand.tolist() == [0, 0, 0, 11]


def test_layer_refuses() -> None:
    with pytest.raises(ValueError, match="top_k must be from 1 to 4"):
        MoELayer(3, 5, 4, 5)
    with pytest.raises(ValueError, match="hidden_dim"):
        MoELayer(3, 0, 4, 2)
    with pytest.raises(ValueError, match=r"x must be \(\.\.\., 3\)"):
        MoELayer(3, 5, 4, 2)(torch.ones(2, 5))
    with pytest.raises(ValueError, match="finite"):
        MoELayer(3, 5, 4, 2)(torch.full((2, 3), math.nan))


@pytest.mark.parametrize("module", [routing, balancing, layer_module])
def test_worked_examples(module: ModuleType) -> None:
    result = doctest.testmod(module)
    assert result.attempted > 0
    assert result.failed == 0
