from __future__ import annotations

import itertools
import math
from dataclasses import replace

import pytest
import torch
import torch.nn.functional as F

from core.activations import (
    DeadUnitsConfig,
    gradient_through_depth,
    train_side_by_side,
    train_until_dead,
)


def _generator(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def test_depth_gradient_equals_torch_layers():
    trace = gradient_through_depth("gelu", 3, 7, residual=True, norm="pre", generator=_generator())
    h = trace.hidden[0]
    # The layers' outputs are reproducible from the trace: h + gelu(z).
    for layer, z in enumerate(trace.pre_activations):
        torch.testing.assert_close(trace.hidden[layer] + F.gelu(z), trace.hidden[layer + 1])
    assert h.shape == (16, 7)
    assert float(trace.gradient_norm[-1]) == pytest.approx(1.0)


@pytest.mark.parametrize("norm", [None, "pre", "post"])
@pytest.mark.parametrize("residual", [False, True])
def test_depth_gradient_is_the_product_of_jacobians(residual, norm):
    trace = gradient_through_depth(
        "tanh", 3, 5, residual=residual, norm=norm, generator=_generator(2), batch=2
    )
    # Rebuild the weights from the same stream and let autograd's jacobian be the oracle.
    g = _generator(2)
    weights = [
        torch.randn(5, 5, generator=g, dtype=torch.float64) * math.sqrt(2 / 5) for _ in range(3)
    ]
    x = torch.randn(2, 5, generator=g, dtype=torch.float64)
    direction = F.normalize(torch.randn(2, 5, generator=g, dtype=torch.float64), dim=-1)

    def stack(h):
        for w in weights:
            y = torch.tanh((F.layer_norm(h, (5,)) if norm == "pre" else h) @ w.T)
            h = h + y if residual else y
            h = F.layer_norm(h, (5,)) if norm == "post" else h
        return h

    norms = [
        (torch.autograd.functional.jacobian(stack, row).T @ d).norm()
        for row, d in zip(x, direction, strict=True)
    ]
    assert float(trace.gradient_norm[0]) == pytest.approx(float(torch.stack(norms).mean()))
    torch.testing.assert_close(trace.hidden[-1], stack(x))
    torch.testing.assert_close(trace.hidden_std[-1], stack(x).std(correction=0))
    torch.testing.assert_close(trace.hidden_mean[-1], stack(x).mean())
    for w in weights:
        w.requires_grad_()
    gradients = torch.autograd.grad((stack(x) * direction).sum(), weights)
    torch.testing.assert_close(
        trace.weight_gradient_norm, torch.stack([g.norm() for g in gradients])
    )
    for layer, z in enumerate(trace.pre_activations):
        torch.testing.assert_close(trace.activation_mean[layer], torch.tanh(z).mean())
        torch.testing.assert_close(trace.activation_std[layer], torch.tanh(z).std(correction=0))


def test_depth_stories():
    def first(activation, **more):
        t = gradient_through_depth(activation, 20, 61, generator=_generator(), **more)
        return t, float(t.gradient_norm[0])

    _, sigmoid = first("sigmoid", init="xavier")
    _, relu = first("relu")
    _, rescued = first("sigmoid", init="xavier", residual=True, norm="pre")
    assert sigmoid < 1e-10  # slopes of at most 1/4, twenty times
    assert 0.1 < relu < 10
    assert rescued > 0.5
    saturated, _ = first("tanh", gain=10.0)
    calm, _ = first("tanh", gain=0.1)
    assert float(saturated.saturated_share[1:].min()) > 0.5
    assert float(calm.saturated_share.max()) == 0.0
    steep, _ = first("sigmoid", gain=7.0, init="xavier")
    for share, z in zip(steep.saturated_share, steep.pre_activations, strict=True):
        slope = torch.sigmoid(z) * torch.sigmoid(-z)
        assert float(share) == pytest.approx(float((slope < 0.05 / 4).double().mean()))
    assert 0.1 < float(steep.saturated_share[3]) < 0.9
    relu_trace, _ = first("relu", batch=2)
    z = relu_trace.pre_activations[4]
    assert float(relu_trace.dead_share[4]) == pytest.approx(float((z <= 0).all(0).double().mean()))
    assert float(relu_trace.dead_share[4]) > 0.1


def test_depth_is_seeded():
    runs = [gradient_through_depth("silu", 3, 5, generator=_generator(s)) for s in (1, 1, 2)]
    assert torch.equal(runs[0].gradient_norm, runs[1].gradient_norm)
    assert not torch.equal(runs[0].gradient_norm, runs[2].gradient_norm)


def _last(steps=40, seed=0, **config):
    *_, last = train_until_dead(DeadUnitsConfig(**config), steps, _generator(seed))
    return last


def test_too_high_a_rate_kills_relus_and_clipping_saves_them():
    for seed in (0, 1, 2):
        killed = _last(seed=seed, learning_rate=0.5)
        clipped = _last(seed=seed, learning_rate=0.5, clip=1.0)
        leaky = _last(seed=seed, learning_rate=0.5, clip=1.0, activation="leaky_relu")
        assert float(killed.dead_share.min()) == 1.0
        assert killed.prediction.std() < 1e-6  # a dead network draws a flat line
        assert float(clipped.dead_share.max()) < 0.5
        assert clipped.loss < killed.loss
        assert float(leaky.dead_share.max()) == 0.0


@pytest.mark.parametrize("activation", ["relu", "silu"])
def test_networks_side_by_side_are_those_trained_alone(activation):
    clips = [None, 0.5, 1e30]
    config = DeadUnitsConfig(activation=activation, width=7, learning_rate=900.0, offset=10.0)
    together = train_side_by_side(config, clips, 40, _generator(1))
    assert [len(states) == 41 for states in together] == [False, True, False], "two diverge"
    for clip, states in zip(clips, together, strict=True):
        alone = list(train_until_dead(replace(config, clip=clip), 40, _generator(1)))
        assert [s.step for s in states] == [s.step for s in alone] == list(range(len(states)))
        assert [s.diverged for s in states] == [s.diverged for s in alone]
        for one, other in zip(states[:5], alone[:5], strict=True):
            torch.testing.assert_close(one.prediction, other.prediction, rtol=1e-3, atol=1e-3)
            assert torch.equal(one.dead, other.dead)


@pytest.mark.parametrize("clip", [None, 0.5])
def test_training_equals_torch_sgd_and_counts_the_dead(clip):
    config = DeadUnitsConfig(depth=1, width=11, points=7, learning_rate=0.3, clip=clip)
    states = list(train_until_dead(config, 11, _generator(3)))
    g = _generator(3)
    first, second = torch.nn.Linear(1, 11), torch.nn.Linear(11, 1)
    with torch.no_grad():
        first.weight.copy_(torch.randn(11, 1, generator=g) * math.sqrt(2.0))
        second.weight.copy_(torch.randn(1, 11, generator=g) * math.sqrt(2.0 / 11))
        first.bias.zero_()
        second.bias.zero_()
    net = torch.nn.Sequential(first, torch.nn.ReLU(), second)
    optimizer = torch.optim.SGD(net.parameters(), lr=0.3)
    x = torch.linspace(-1, 1, 7).unsqueeze(1)
    for state in states:
        optimizer.zero_grad()
        prediction = net(x)
        loss = F.mse_loss(prediction, torch.sin(3 * x) + 3.0)
        torch.testing.assert_close(
            state.prediction, prediction.detach()[:, 0], atol=1e-3, rtol=1e-3
        )
        assert state.loss == pytest.approx(float(loss.detach()), rel=1e-3)
        loss.backward()
        assert state.dead[0].tolist() == (first(x) <= 0).all(dim=0).tolist()
        assert first.weight.grad is not None
        assert bool((first.weight.grad[state.dead[0]] == 0).all())  # no gradient arrives
        norm = torch.nn.utils.clip_grad_norm_(net.parameters(), clip or math.inf)
        assert state.gradient_norm == pytest.approx(float(norm), rel=1e-3)
        wanted = 1.0 if clip is None else min(1.0, clip / float(norm))
        assert state.clip_factor == pytest.approx(wanted, rel=1e-3)
        optimizer.step()
    assert bool(states[-1].dead.any()) == (clip is None)


@pytest.mark.parametrize("depth", [1, 2, 3])
@pytest.mark.parametrize("name", ["relu", "leaky_relu", "tanh", "gelu", "silu"])
def test_the_written_out_gradient_is_autograds(name, depth):
    config = DeadUnitsConfig(activation=name, depth=depth, width=5, points=7, learning_rate=0.02)
    states = list(train_until_dead(config, 3, _generator(1)))
    g = _generator(1)
    sizes = [1, *[5] * depth, 1]
    weights = [
        torch.randn(out, into, generator=g) * math.sqrt(2.0 / into)
        for into, out in itertools.pairwise(sizes)
    ]
    parameters = [p for w in weights for p in (w, torch.zeros(len(w)))]
    fn = {"relu": F.relu, "leaky_relu": F.leaky_relu, "gelu": F.gelu, "silu": F.silu}
    x = torch.linspace(-1, 1, 7).unsqueeze(1)
    for state in states:
        parameters = [p.detach().requires_grad_() for p in parameters]
        h = x
        for w, b in zip(parameters[:-2:2], parameters[1:-2:2], strict=True):
            h = fn.get(name, torch.tanh)(F.linear(h, w, b))
        prediction = F.linear(h, *parameters[-2:])
        loss = F.mse_loss(prediction, torch.sin(3 * x) + 3.0)
        gradients = torch.autograd.grad(loss, parameters)
        torch.testing.assert_close(state.prediction, prediction.detach()[:, 0])
        norm = torch.cat([g.flatten() for g in gradients]).norm()
        assert state.gradient_norm == pytest.approx(float(norm), rel=1e-5)
        parameters = [p - 0.02 * g for p, g in zip(parameters, gradients, strict=True)]


def test_states_already_yielded_stay_as_they_were():
    states = train_until_dead(DeadUnitsConfig(width=5), 20, _generator())
    first = next(states)
    held = first.prediction.clone(), first.dead.clone()
    list(states)
    assert torch.equal(first.prediction, held[0])
    assert torch.equal(first.dead, held[1])


def test_divergence_ends_the_training_and_says_so():
    states = list(
        train_until_dead(
            DeadUnitsConfig(activation="leaky_relu", learning_rate=0.5), 200, _generator()
        )
    )
    assert len(states) < 200
    assert states[-1].diverged
    assert not any(s.diverged for s in states[:-1])


def test_training_is_lazy_and_yields_every_step():
    stream = train_until_dead(DeadUnitsConfig(width=3), 10**9, _generator())
    assert [s.step for s in itertools.islice(stream, 5)] == [0, 1, 2, 3, 4]


def test_a_dead_unit_of_the_first_layer_stays_dead_and_one_above_may_come_back():
    states = list(train_until_dead(DeadUnitsConfig(learning_rate=0.3, clip=1.0), 300, _generator()))
    back = torch.zeros(2, dtype=torch.bool)
    for before, after in itertools.pairwise(states):
        back |= (before.dead & ~after.dead).any(dim=1)
    assert back.tolist() == [False, True]
