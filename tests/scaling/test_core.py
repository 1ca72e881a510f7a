"""Scaling: published numbers, scipy as oracle, identities, and hostile input."""

from __future__ import annotations

import math

import numpy as np
import pytest
import torch
from scipy import integrate, optimize, stats

from core import scaling as core
from core.errors import InputError

CHINCHILLA = 5.76e23  # FLOPs


@pytest.mark.parametrize(
    ("constants", "ratio"), [("hoffmann", 92.6), ("hoffmann_unrounded", 58.9), ("besiroglu", 18.4)]
)
def test_tokens_per_parameter_of_the_published_constants(constants: str, ratio: float) -> None:
    found = core.compute_optimal(CHINCHILLA, constants)
    assert found.tokens_per_parameter == pytest.approx(ratio, abs=0.05)
    assert core.training_flops(found.parameters, found.tokens) == pytest.approx(CHINCHILLA)


@pytest.mark.parametrize("constants", core.CONSTANTS)
@pytest.mark.parametrize("flops", [1e15, CHINCHILLA, 1e30])
def test_the_optimum_is_scipys(constants: str, flops: float) -> None:
    found = core.compute_optimal(flops, constants)

    def at(log_n: float) -> float:
        return core.loss(math.exp(log_n), flops / 6 / math.exp(log_n), constants)

    best = optimize.minimize_scalar(at, bounds=(5, 60), method="bounded", options={"xatol": 1e-9})
    assert found.loss == pytest.approx(best.fun, rel=1e-12)
    assert math.log(found.parameters) == pytest.approx(best.x, abs=1e-4)


def test_loss_by_hand() -> None:
    by_hand = 1.69 + 406.4 / 1000**0.34 + 410.7 / 1e6**0.28
    assert core.loss(1000, 1e6, "hoffmann") == pytest.approx(by_hand, rel=1e-12)
    c = core.CONSTANTS["besiroglu"]
    assert core.loss(1e80, 1e80) == pytest.approx(c.E)
    assert core.loss(8, 1e80) - c.E == pytest.approx(c.A / 8**c.alpha)


def test_tokens_for_loss_inverts_the_loss() -> None:
    assert core.loss(1e9, core.tokens_for_loss(1e9, 2.5)) == pytest.approx(2.5)
    assert core.tokens_for_loss(1e9, 1.8) == math.inf


@pytest.mark.parametrize(
    ("epochs", "worth"), [(2, 1.97), (4, 3.73), (8, 6.62), (16, 10.6), (40, 15.2), (100, 16.4)]
)
def test_effective_tokens(epochs: int, worth: float) -> None:
    assert core.effective_tokens(1, epochs) == pytest.approx(worth, abs=0.05 if worth > 9 else 5e-3)
    area, _error = integrate.quad(core.value_of_epoch, 1, epochs)
    assert core.effective_tokens(7e9, epochs) == pytest.approx(7e9 * (1 + area))


def test_r_star_is_no_half_life() -> None:
    assert core.effective_tokens(3, 1) == 3
    assert core.value_of_epoch(1 + core.TOKENS_R_STAR) == pytest.approx(1 / math.e)
    assert core.value_of_epoch(1 + core.half_life()) == pytest.approx(0.5)
    assert core.effective_tokens(1, 1e9) == pytest.approx(1 + core.TOKENS_R_STAR)


def test_data_constrained_loss() -> None:
    law = core.LAW
    # Without repetition and with no more parameters than needed it is the plain law.
    plain = law.E + law.A / 1e8**law.alpha + law.B / 1e12**law.beta
    assert core.data_constrained_loss(1e8, 1e12, 1e12) == pytest.approx(plain, rel=1e-12)
    # With repetition the tokens are the effective ones.
    worth = core.effective_tokens(1e10, 4)
    repeated = law.E + law.A / 1e6**law.alpha + law.B / worth**law.beta
    assert core.data_constrained_loss(1e6, 4e10, 1e10) == pytest.approx(repeated, rel=1e-12)
    # Parameters beyond the optimal number for the unique tokens, A / N^α = B / U^β, count less.
    needed = (law.A / law.B) ** (1 / law.alpha) * 1e10
    decay = core.PARAMETERS_R_STAR
    worth = needed * (1 + decay * (1 - math.exp(-9 / decay)))
    excess = law.E + law.A / worth**law.alpha + law.B / 1e10**law.beta
    assert core.data_constrained_loss(10 * needed, 1e10, 1e10) == pytest.approx(excess, rel=1e-12)
    # More epochs never raise it, and neither do more parameters.
    losses = [core.data_constrained_loss(1e9, 1e9 * e, 1e9) for e in (1, 2, 10, 100, 1e4)]
    assert losses == sorted(losses, reverse=True)
    sizes = [core.data_constrained_loss(n, 1e9, 1e9) for n in (1e6, 1e8, 1e10, 1e12)]
    assert sizes == sorted(sizes, reverse=True)


@pytest.mark.parametrize(("flops", "unique"), [(1e21, 1e9), (1e21, 1e13), (1e19, 1e8), (1e26, 1e4)])
def test_the_data_constrained_optimum_is_scipys(flops: float, unique: float) -> None:
    found = core.data_constrained_optimum(flops, unique)

    def at(x: np.ndarray) -> float:
        n = math.exp(float(x[0]))
        return core.data_constrained_loss(n, flops / 6 / n, unique)

    starts = (math.log(found.parameters) + shift for shift in (-3.0, 0.1, 3.0))
    best = min(
        optimize.minimize(at, [s], method="Nelder-Mead", options={"xatol": 1e-8}).fun
        for s in starts
    )
    assert found.loss == pytest.approx(best, rel=1e-9)
    assert 6 * found.parameters * found.tokens == pytest.approx(flops)


def test_with_enough_data_the_constraint_does_nothing() -> None:
    law, product = core.LAW, 1e21 / 6
    n = law.balance * product ** (law.beta / (law.alpha + law.beta))
    assert core.data_constrained_optimum(1e21, 1e13).parameters == pytest.approx(n, rel=1e-3)


def test_exact_match_and_the_samples_to_see_one() -> None:
    assert core.exact_match(0.9, 2) == pytest.approx(0.81)
    assert (core.exact_match(0.0, 3), core.exact_match(1.0, 9)) == (0.0, 1.0)
    assert core.samples_to_see_one(0.5, 0.75) == 2
    assert core.samples_to_see_one(1.0) == core.samples_to_see_one(0.99) == 1
    for success in (0.001, 0.02, 0.3):
        n = core.samples_to_see_one(success)
        assert stats.binom.sf(0, n, success) >= 0.95 > stats.binom.sf(0, n - 1, success)


def test_scores_of_known_answers() -> None:
    sizes = torch.tensor([2e7, 2e9], dtype=torch.float64)
    p = core.per_token_accuracy(sizes)
    assert float(p[0]) == pytest.approx(1 / math.e)
    low, high = 0.0, 0.9999
    uniform = torch.tensor([[[low, high], [low, low]], [[high, high], [low, high]]])
    before = uniform.clone()
    found = core.scores(sizes, uniform)
    assert torch.equal(uniform, before), "inputs stay unchanged"
    assert found.measured["exact"].tolist() == [0.5, 0.0]
    assert found.measured["token"].tolist() == [0.75, 0.25]
    assert found.measured["edit"].tolist() == [0.5, 1.5]
    assert float(found.measured["nats"][0]) == pytest.approx(2.0)
    assert torch.allclose((-found.expected["nats"]).exp(), found.expected["exact"])


def test_many_answers_come_close_to_the_expectation() -> None:
    sizes = torch.logspace(6, 12, 5, dtype=torch.float64)
    uniform = torch.rand(5, 4000, 7, generator=torch.Generator().manual_seed(1))
    found = core.scores(sizes, uniform)
    for metric, expected in found.expected.items():
        tolerance = 7 * 0.02 if metric == "edit" else 0.04
        assert (found.measured[metric] - expected).abs().max() < tolerance
    one_by_one = [core.exact_match(float(p), 7) for p in found.per_token]
    assert found.expected["exact"].tolist() == pytest.approx(one_by_one)


@pytest.mark.parametrize(
    "call",
    [
        lambda: core.loss(0, 1),
        lambda: core.loss(1, -1),
        lambda: core.loss(1, 1, "other"),
        lambda: core.loss(math.nan, 1),
        lambda: core.compute_optimal(math.inf),
        lambda: core.compute_optimal(0),
        lambda: core.training_flops(0, 1),
        lambda: core.effective_tokens(1, 0.5),
        lambda: core.effective_tokens(0, 2),
        lambda: core.value_of_epoch(0),
        lambda: core.data_constrained_loss(1, 1, 0),
        lambda: core.data_constrained_optimum(-1, 1),
        lambda: core.exact_match(1.1, 1),
        lambda: core.exact_match(0.5, 0),
        lambda: core.samples_to_see_one(0),
        lambda: core.samples_to_see_one(0.5, 1),
        lambda: core.per_token_accuracy(torch.tensor([0.0])),
        lambda: core.scores(torch.tensor([1e6]), torch.rand(2, 3, 4)),
    ],
)
def test_bad_input_gets_a_sentence(call) -> None:
    with pytest.raises(InputError, match=r"got|one of"):
        call()
