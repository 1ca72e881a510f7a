"""Preferences, policies, advantages and one step: by hand, against torch, and by simulation."""

from __future__ import annotations

import math

import pytest
import torch
from torch import nn
from torch.distributions import Categorical, kl_divergence

from core import objectives as core

P = torch.tensor([0.5, 0.25, 0.125, 0.125, 0.0], dtype=torch.float64)
R = torch.tensor([0.0, 1.0, 1.0, 2.0, 5.0], dtype=torch.float64)


def test_preferences_by_hand() -> None:
    assert core.preference_probability(math.log(3), 0.0) == pytest.approx(0.75)
    assert core.preference_probability(0.0, 1e4) == 0.0
    one, other = core.preference_probability(1.3, -0.4), core.preference_probability(-0.4, 1.3)
    assert one + other == pytest.approx(1)
    pair = core.preference_loss(0.0, math.log(3))
    assert (pair.probability, pair.loss) == (pytest.approx(0.25), pytest.approx(math.log(4)))
    far = core.preference_loss(0.0, 1e4)
    assert (far.loss, far.gradient) == (1e4, -1.0)


@pytest.mark.parametrize(
    ("weight", "chosen", "rejected"), [(0.7, 3, 5), (-2.0, 1.5, 0.2), (0, 1, 1)]
)
def test_the_gradients_of_a_reward_equal_autograd(
    weight: float, chosen: float, rejected: float
) -> None:
    w = torch.tensor(weight, dtype=torch.float64, requires_grad=True)
    rewards = [(w * x).detach().requires_grad_() for x in (chosen, rejected)]
    nn.functional.softplus(rewards[1] - rewards[0]).backward()
    loss = -nn.functional.logsigmoid(w * chosen - w * rejected)
    loss.backward()
    found = core.weight_gradient(weight, chosen, rejected)
    assert found.pair.loss == pytest.approx(loss.item(), abs=1e-12)
    assert w.grad is not None
    assert found.gradient == pytest.approx(float(w.grad), abs=1e-12)
    assert rewards[0].grad is not None
    assert found.pair.gradient == pytest.approx(rewards[0].grad.item(), abs=1e-12)
    assert found.rewards == pytest.approx((weight * chosen, weight * rejected))
    with pytest.raises(ValueError, match="weight must be a finite number"):
        core.weight_gradient(math.nan, 1, 2)


def test_features_of_an_answer() -> None:
    assert core.answer_feature("length", [-1.0] * 7) == pytest.approx(0.7)
    assert core.answer_feature("log_prob", (-1.0, -2.0, -6.0)) == pytest.approx(-3)
    with pytest.raises(ValueError, match="at least one number"):
        core.answer_feature("length", [])
    with pytest.raises(ValueError, match="feature"):
        core.answer_feature("truth", [-1.0])


@pytest.mark.parametrize("beta", [0.05, 0.7, 3.0, 1e6])
def test_the_tilted_policy_is_the_optimum(beta: float) -> None:
    before = P.clone(), R.clone()
    found = core.tilted_policy(P, R, beta)
    assert float(found.probs.sum()) == pytest.approx(1)
    assert float(found.probs[4]) == 0, "the reference never says it"
    kept = P > 0
    oracle = kl_divergence(Categorical(found.probs[kept]), Categorical(P[kept]))
    assert found.kl == pytest.approx(float(oracle), abs=1e-12)
    value = found.expected_reward - beta * found.kl
    assert found.objective == pytest.approx(value)
    generator = torch.Generator().manual_seed(0)
    for _ in range(50):  # no other policy has a larger objective
        q = torch.rand(4, generator=generator, dtype=torch.float64)
        q = q / q.sum()
        kl = float(kl_divergence(Categorical(q), Categorical(P[:4])))
        assert float((q * R[:4]).sum()) - beta * kl <= found.objective + 1e-9
    assert torch.equal(P, before[0])
    assert torch.equal(R, before[1])


def test_tilting_by_hand_and_at_the_ends_of_beta() -> None:
    found = core.tilted_policy([0.5, 0.5], [0.0, math.log(3)], 1.0)
    assert found.probs.tolist() == pytest.approx([0.25, 0.75])
    assert core.tilted_policy(P, R, 1e9).probs.tolist() == pytest.approx(P.tolist())
    assert core.tilted_policy(P, R, 1e-300).probs.tolist() == pytest.approx([0, 0, 0, 1, 0])


def test_several_betas_at_once() -> None:
    for beta, found in zip((0.3, 2.0), core.tilted_policies(P, R, (0.3, 2.0)), strict=True):
        alone = core.tilted_policy(P, R, beta)
        assert found.probs.tolist() == pytest.approx(alone.probs.tolist())
        assert (found.kl, found.objective) == pytest.approx((alone.kl, alone.objective))


@pytest.mark.parametrize("n", [1, 2, 5])
def test_best_of_n_against_a_simulation(n: int) -> None:
    generator = torch.Generator().manual_seed(n)
    trials = 200_000
    draws = torch.multinomial(P, trials * n, True, generator=generator).view(trials, n)
    best = draws.gather(1, R[draws].argmax(1, keepdim=True))[:, 0]
    counted = torch.bincount(best, minlength=5) / trials
    found = core.best_of_n(P, R, n)
    assert found.probs.tolist() == pytest.approx(counted.tolist(), abs=0.005)
    assert found.kl <= core.best_of_n_kl(n) + 1e-12


def test_the_bound_of_best_of_n_is_reached_by_many_distinct_answers() -> None:
    size, n = 4000, 4
    found = core.best_of_n([1 / size] * size, list(range(size)), n)
    assert found.kl == pytest.approx(core.best_of_n_kl(n), abs=2e-3)
    assert core.best_of_n_kl(4) == pytest.approx(math.log(4) - 0.75)


def test_dpo_by_hand_and_its_gradient_by_autograd() -> None:
    found = core.dpo_loss(-1.0, -4.0, -2.0, -3.0, beta=0.5)
    assert found.margin == pytest.approx(1.0)
    assert found.loss == pytest.approx(math.log(1 + math.exp(-1)))
    for smoothing in (0.0, 0.2):
        found = core.dpo_loss(-1.0, -4.0, -2.0, -3.0, 0.5, smoothing)
        c, r = (torch.tensor(v, dtype=torch.float64, requires_grad=True) for v in (-1.0, -4.0))
        margin = 0.5 * ((c + 2.0) - (r + 3.0))
        right, swapped = nn.functional.logsigmoid(margin), nn.functional.logsigmoid(-margin)
        loss = -(1 - smoothing) * right - smoothing * swapped
        up, down = torch.autograd.grad(loss, [c, r])
        assert found.loss == pytest.approx(loss.item())
        assert 0.5 * found.gradient_weight == pytest.approx(-up.item())
        assert 0.5 * found.gradient_weight == pytest.approx(down.item())


def test_dpo_does_not_see_both_fall() -> None:
    assert core.dpo_loss(-2.0, -5.0, -3.0, -4.0).loss == pytest.approx(
        core.dpo_loss(-52.0, -55.0, -3.0, -4.0).loss
    )
    assert core.dpo_loss(-1e6, 0.0, 0.0, 0.0).loss == pytest.approx(1e5)


def test_advantages_by_hand_and_of_equal_rewards() -> None:
    rewards = torch.tensor([1.0, 0.0, 0.0, 1.0])
    found = core.group_advantages(rewards)
    expected = [x / (math.sqrt(1 / 3) + 1e-4) for x in (0.5, -0.5, -0.5, 0.5)]
    assert found.tolist() == pytest.approx(expected)
    assert rewards.tolist() == [1, 0, 0, 1]
    # 0.1 three times: the mean rounds, and dividing what is left by ε = 0 would give NaN or ±1.
    for eps in (0.0, 1e-4):
        assert core.group_advantages([0.1] * 3, eps).tolist() == [0, 0, 0]


def test_a_step_on_the_output_matrix_equals_autograd() -> None:
    generator = torch.Generator().manual_seed(0)
    W = torch.randn(7, 5, generator=generator, requires_grad=True)
    h, other = torch.randn(2, 5, generator=generator)
    z, z_other = (W @ h).detach(), (W @ other).detach()
    nn.functional.cross_entropy((W @ h)[None], torch.tensor([3])).backward()
    assert W.grad is not None
    after = (W - 0.3 * W.grad).detach()
    before = z.clone()
    torch.testing.assert_close(core.step_logits(z, h, 3, 0.3), after @ h)
    torch.testing.assert_close(core.step_logits(z, h, 3, 0.3, (z_other, other)), after @ other)
    assert torch.equal(z, before)


@pytest.mark.parametrize(
    "call",
    [
        lambda: core.preference_probability(math.nan, 0),
        lambda: core.tilted_policy([0.5, 0.6], [1, 2], 1),
        lambda: core.tilted_policy([0.5, 0.5], [1, math.inf], 1),
        lambda: core.tilted_policy([0.5, 0.5], [1], 1),
        lambda: core.tilted_policy([0.5, 0.5], [1, 2], 0),
        lambda: core.best_of_n_kl(0),
        lambda: core.best_of_n([1.0], [1.0], 0),
        lambda: core.dpo_loss(-1, -1, -1, -1, beta=0),
        lambda: core.dpo_loss(-1, math.inf, -1, -1),
        lambda: core.dpo_loss(-1, -1, -1, -1, label_smoothing=0.5),
        lambda: core.group_advantages([1.0]),
        lambda: core.group_advantages([1.0, math.nan]),
        lambda: core.step_logits(torch.zeros(3), torch.zeros(2), 3, 1.0),
        lambda: core.step_logits(torch.zeros(3), torch.zeros(2), 1, -1.0),
    ],
)
def test_bad_arguments_get_a_sentence(call) -> None:
    with pytest.raises(ValueError, match="must"):
        call()


@pytest.mark.parametrize("row", [1, 2])
def test_training_the_output_matrix_equals_torch_sgd(row: int) -> None:
    g = torch.Generator().manual_seed(5)
    W, h = (torch.randn(*size, generator=g).double() for size in ((7, 3), (5, 3)))
    labels = torch.tensor([3, -100, 6, -100, 0])
    trained = nn.Parameter(W.clone())
    optimizer = torch.optim.SGD([trained], lr=0.3)
    for _ in range(4):
        optimizer.zero_grad()
        nn.functional.cross_entropy(h @ trained.T, labels).backward()
        optimizer.step()
    logits = h @ W.T
    before = logits.clone()
    found = core.trained_logits(logits, h, labels, 0.3, 4, row)
    assert torch.allclose(found, (h @ trained.T)[row])
    assert torch.equal(logits, before)
    nothing = torch.full((5,), -100)
    assert torch.equal(core.trained_logits(logits, h, nothing, 0.3, 4, row), logits[row])
    with pytest.raises(ValueError, match="one row for each of the 5 rows"):
        core.trained_logits(logits, h[:4], labels, 0.3, 4, row)
