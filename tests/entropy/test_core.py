from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
import scipy.spatial.distance
import scipy.special
import scipy.stats
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from core import information
from core.information import (
    compare,
    cross_entropy,
    entropy,
    fit_gaussian,
    gaussian_mixture,
    js_divergence,
    kl_divergence,
    kl_landscape,
    mutual_information,
)

INF = math.inf


def wrong(value: object) -> Any:
    """A value of a type that the signature does not take."""
    return value


def random_p(size: int, seed: int, zeros: int = 0) -> torch.Tensor:
    generator = torch.Generator().manual_seed(seed)
    p = torch.rand(size, generator=generator, dtype=torch.float64)
    p[:zeros] = 0.0
    return p / p.sum()


# By hand


def test_self_information_by_hand():
    bits = information.self_information([1.0, 0.5, 0.25, 0.0])
    assert bits.tolist() == [0.0, 1.0, 2.0, INF]
    assert math.copysign(1, bits[0].item()) == 1.0
    assert information.self_information(0.5, math.e).item() == pytest.approx(math.log(2))


def test_measures_by_hand():
    half, skew = [0.5, 0.5], [0.75, 0.25]
    assert entropy([0.5, 0.25, 0.25]) == 1.5
    assert cross_entropy(half, skew) == pytest.approx(0.5 * math.log2(4 / 3) + 1)
    assert kl_divergence(half, skew) == pytest.approx(0.5 * math.log2(4 / 3))
    assert js_divergence([1.0, 0.0], [0.0, 1.0]) == 1.0
    assert information.binary_entropy(0.25) == pytest.approx(2 - 0.75 * math.log2(3))
    assert information.perplexity([0.25] * 4) == pytest.approx(4)
    assert mutual_information([[0.5, 0.0], [0.0, 0.5]]) == 1.0
    assert mutual_information([[0.25, 0.25], [0.25, 0.25]]) == 0.0


def test_zero_conventions():
    assert entropy([1.0, 0.0]) == 0.0
    assert information.binary_entropy(0.0) == information.binary_entropy(1.0) == 0.0
    assert cross_entropy([0.5, 0.5], [1.0, 0.0]) == INF
    assert kl_divergence([0.5, 0.5], [1.0, 0.0]) == INF
    assert kl_divergence([1.0, 0.0], [0.5, 0.5]) == 1.0
    assert cross_entropy([0.0, 1.0], [0.0, 1.0]) == 0.0
    assert information.pointwise_kl([0.0, 1.0], [0.0, 1.0]).tolist() == [0.0, 0.0]


def test_binary_entropy_curve_is_made_of_binary_entropies():
    p, bits = information.binary_entropy_curve(11)
    assert p.tolist() == pytest.approx([i / 10 for i in range(11)])
    assert bits.tolist() == pytest.approx([information.binary_entropy(x) for x in p.tolist()])


def test_compare_names_the_outcome_that_makes_it_infinite():
    trace = compare([0.5, 0.3, 0.2, 0.0, 0.0], [0.5, 0.0, 0.25, 0.25, 0.0])
    assert (trace.kl, trace.cross_entropy) == (INF, INF)
    assert (trace.infinite, trace.reverse_infinite) == ((1,), (3,))
    assert trace.pointwise[2].item() == pytest.approx(0.2 * math.log2(0.2 / 0.25))
    assert trace.pointwise[2].item() < 0 < trace.js < 1


# Against scipy


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize("size", [2, 3, 11])
@pytest.mark.parametrize("base", [2.0, math.e, 10.0])
def test_measures_agree_with_scipy(seed, size, base):
    p, q = random_p(size, seed, zeros=1), random_p(size, seed + 100)
    a, b = p.numpy(), q.numpy()
    scale = math.log(base)
    assert entropy(p, base) == pytest.approx(scipy.stats.entropy(a, base=base))
    assert kl_divergence(p, q, base) == pytest.approx(scipy.stats.entropy(a, b, base=base))
    pointwise = information.pointwise_kl(p, q, base).numpy()
    np.testing.assert_allclose(pointwise, scipy.special.rel_entr(a, b) / scale, rtol=1e-9)
    distance = scipy.spatial.distance.jensenshannon(a, b, base=base)
    assert js_divergence(p, q, base) == pytest.approx(distance**2)
    joint = torch.outer(p, q) * random_p(size * size, seed).reshape(size, size)
    joint = joint / joint.sum()
    margins = joint.sum(1, keepdim=True) * joint.sum(0, keepdim=True)
    expected = scipy.special.rel_entr(joint.numpy(), margins.numpy()).sum() / scale
    assert mutual_information(joint, base) == pytest.approx(expected)


@pytest.mark.parametrize("smoothing", [0.0, 0.1, 1.0])
def test_classifier_loss_agrees_with_torch(smoothing):
    logits = torch.tensor([2.0, -1.0, 0.5, 700.0, -700.0], dtype=torch.float64)
    for target in range(5):
        ours = information.classifier_loss(logits, target, smoothing)
        leaf = logits.clone().requires_grad_()
        theirs = torch.nn.functional.cross_entropy(
            leaf[None], torch.tensor([target]), label_smoothing=smoothing
        )
        theirs.backward()
        assert ours.loss == pytest.approx(theirs.item())
        torch.testing.assert_close(ours.gradient, leaf.grad)
        assert ours.loss == pytest.approx(ours.target_entropy + ours.kl)
        mixed = (1 - smoothing) * ours.surprise + smoothing * ours.mean_surprise
        assert ours.loss == pytest.approx(mixed)
        assert float(ours.pointwise.sum()) == pytest.approx(ours.loss)


def test_label_smoothing_by_hand():
    assert information.smooth_labels(0, 4, 0.2).tolist() == pytest.approx([0.85, 0.05, 0.05, 0.05])
    bits = information.classifier_loss([0.0, 0.0], 1, base=2.0)
    assert (bits.loss, bits.target_entropy, bits.kl) == (1.0, 0.0, 1.0)


# Identities

weights = st.lists(st.floats(0, 1e3), min_size=2, max_size=11).filter(lambda w: sum(w) > 1e-3)


@settings(max_examples=80, deadline=None)
@given(st.data())
def test_identities(data):
    raw = data.draw(weights)
    other = data.draw(st.lists(st.floats(1e-3, 1e3), min_size=len(raw), max_size=len(raw)))
    p, q = information.renormalize(raw), information.renormalize(other)
    trace = compare(p, q)
    assert trace.cross_entropy == pytest.approx(trace.entropy_p + trace.kl, abs=1e-9)
    assert float(trace.pointwise.sum()) == pytest.approx(trace.kl, abs=1e-9)
    assert 0 <= trace.entropy_p <= math.log2(len(raw)) + 1e-9
    assert 0 <= trace.js <= 1 + 1e-12
    assert trace.js == pytest.approx(js_divergence(q, p), abs=1e-12)
    assert trace.perplexity_p == pytest.approx(2**trace.entropy_p)
    assert compare(p, p).kl == 0.0
    nats = compare(p, q, math.e)
    assert nats.kl == pytest.approx(trace.kl * math.log(2), abs=1e-9)
    middle = (p + q) / 2
    average = (kl_divergence(p, middle) + kl_divergence(q, middle)) / 2
    assert trace.js == pytest.approx(average, abs=1e-9)


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 10_000), st.sampled_from([(2, 3), (5, 7)]))
def test_mutual_information_is_what_the_entropies_share(seed, shape):
    joint = random_p(shape[0] * shape[1], seed).reshape(shape)
    x, y = joint.sum(1), joint.sum(0)
    shared = entropy(x) + entropy(y) - entropy(joint.flatten())
    assert mutual_information(joint) == pytest.approx(shared, abs=1e-9)
    assert mutual_information(torch.outer(x, y)) == pytest.approx(0.0, abs=1e-12)


def test_subnormal_probabilities_stay_finite():
    tiny = 5e-324
    assert math.isfinite(js_divergence([tiny, 1.0], [0.0, 1.0]))
    assert math.isfinite(kl_divergence([1.0, 0.0], [tiny, 1.0]))
    assert math.isfinite(mutual_information([[tiny, 0.0], [0.0, 1.0]]))


def test_dtype_gradient_and_inputs_survive():
    p = torch.tensor([0.25, 0.75], requires_grad=True)
    bits = information.self_information(p)
    assert bits.dtype == torch.float32
    bits.sum().backward()
    assert p.grad is not None
    assert p.grad.tolist() == pytest.approx([-1 / 0.25 / math.log(2), -1 / 0.75 / math.log(2)])
    q = torch.tensor([0.5, 0.5])
    before = q.clone()
    compare(p, q)
    information.renormalize(q)
    information.terms_by_outcome(compare(p, q), 1)
    list(fit_gaussian(q, [0.0, 1.0], "forward", 0.5, 0.5, steps=2))
    assert torch.equal(q, before)


# Sources


def test_presets():
    assert information.uniform(5).tolist() == [0.2] * 5
    assert information.one_hot(3, 1).tolist() == [0.0, 1.0, 0.0]
    assert information.skewed(3, 0.5).tolist() == pytest.approx([4 / 7, 2 / 7, 1 / 7])
    assert information.zipf(3).tolist() == pytest.approx([6 / 11, 3 / 11, 2 / 11])
    assert information.zipf(5, 0.0).tolist() == pytest.approx([0.2] * 5)
    modes = information.two_modes(11)
    assert float(modes.sum()) == pytest.approx(1)
    torch.testing.assert_close(modes, modes.flip(0))
    assert float(modes[5]) < float(modes[3])
    assert information.renormalize([1e308, 1e308, 0.0]).tolist() == [0.5, 0.5, 0.0]


def test_letters():
    counted = information.letter_distribution("Ana, ana! 女孩女 1 😀")
    assert counted.letters == ("a", "n", "女", "孩")
    assert counted.counts == (4, 2, 2, 1)
    assert counted.probs.tolist() == pytest.approx([4 / 9, 2 / 9, 2 / 9, 1 / 9])
    every = information.letter_distribution("a a\x00", letters_only=False)
    assert dict(zip(every.letters, every.counts, strict=True)) == {"a": 2, " ": 1, "\x00": 1}


def test_terms_by_hand():
    result = compare([0.5, 0.25, 0.25], [0.5, 0.25, 0.25])
    found = information.terms_by_outcome(result, 1)
    assert (found.ids, found.rest) == ((0,), 2)
    assert found.p.tolist() == [0.5, 0.5]
    assert found.entropy.tolist() == [0.5, 1.0]
    assert found.surprisal_p.tolist() == [1.0, 2.0]
    assert found.kl.tolist() == [0.0, 0.0]


@pytest.mark.parametrize("most", [1, 7, 99, 100, 101, 500])
def test_terms_add_up_to_the_whole_measures(most):
    p, q = random_p(101, 1, zeros=3), random_p(101, 2)
    found = information.terms_by_outcome(compare(p, q), most)
    a, b = p.numpy(), q.numpy()
    assert len(found.ids) + found.rest == 101
    assert found.rest != 1, "one outcome needs no sum"
    for column, expected in (
        (found.p, 1.0),
        (found.q, 1.0),
        (found.entropy, scipy.stats.entropy(a, base=2)),
        (found.cross_entropy, -(a * np.log2(b)).sum()),
        (found.kl, scipy.stats.entropy(a, b, base=2)),
    ):
        assert float(column.sum()) == pytest.approx(expected)
    assert math.isinf(float(found.reverse_kl.sum())), "q > 0 = p somewhere"
    if found.rest:
        best = np.argsort(-np.maximum(a, b), kind="stable")[:most]
        assert list(found.ids) == best.tolist()
        height = float(found.surprisal_q[-1] * found.p[-1])
        assert height == pytest.approx(float(found.cross_entropy[-1]))
    else:
        assert list(found.ids) == list(range(101)), "in their own order"


def test_merging_outcomes_first_would_lower_the_divergence():
    p, q = random_p(101, 1), random_p(101, 2)
    result = compare(p, q)
    found = information.terms_by_outcome(result, 7)
    assert kl_divergence(found.p, found.q) < result.kl
    assert float(found.kl.sum()) == pytest.approx(result.kl)


def test_from_logits_is_the_softmax():
    made = information.from_logits(torch.tensor([0.0, math.log(2), -INF, math.log(5)]))
    assert made.tolist() == pytest.approx([1 / 8, 2 / 8, 0, 5 / 8])


def test_letters_of_two_texts_share_one_alphabet():
    found = information.letter_pair("aab!", "bBc")
    assert found.letters == ("a", "b", "c")
    assert found.p.tolist() == pytest.approx([2 / 3, 1 / 3, 0])
    assert found.q.tolist() == pytest.approx([0, 2 / 3, 1 / 3])
    with pytest.raises(ValueError, match="letter"):
        information.letter_pair("123", "abc")


# Landscape


@pytest.mark.parametrize("steps", [1, 2, 7])
def test_simplex_grid_holds_every_distribution_once(steps):
    points = information.simplex_grid(steps)
    assert points.shape == ((steps + 1) * (steps + 2) // 2, 3)
    torch.testing.assert_close(points.sum(1), torch.ones(len(points), dtype=torch.float64))
    assert len({tuple(row) for row in points.tolist()}) == len(points)
    corners = information.simplex_xy(torch.eye(3, dtype=torch.float64))
    sides = [float((corners[i] - corners[i - 1]).norm()) for i in range(3)]
    assert sides == pytest.approx([1.0, 1.0, 1.0])


def test_landscape_agrees_with_the_divergences():
    p = [0.5, 0.5, 0.0]
    made = kl_landscape(p, 5, math.e)
    for i, q in enumerate(made.points):
        assert made.forward[i].item() == pytest.approx(kl_divergence(p, q, math.e))
        assert made.reverse[i].item() == pytest.approx(kl_divergence(q, p, math.e))
    assert not bool(made.forward.isnan().any() or made.reverse.isnan().any())


# Fit

GRID = torch.linspace(-8, 8, 161, dtype=torch.float64)


def test_mixture_by_hand():
    p = gaussian_mixture([-1.0, 0.0, 1.0], [0.0], [1.0])
    side = math.exp(-0.5) / (1 + 2 * math.exp(-0.5))
    assert p.tolist() == pytest.approx([side, 1 - 2 * side, side])
    density = 0.25 * scipy.stats.norm.pdf(GRID.numpy(), -2, 0.5)
    density += 0.75 * scipy.stats.norm.pdf(GRID.numpy(), 1, 1.5)
    ours = gaussian_mixture(GRID, [-2, 1], [0.5, 1.5], [0.25, 0.75])
    np.testing.assert_allclose(ours.numpy(), density / density.sum(), rtol=1e-9)


def test_mass_below_a_place():
    assert information.mass_below([0.2, 0.3, 0.5], [-1.0, 0.0, 1.0], 0.0) == pytest.approx(0.35)
    p = gaussian_mixture(GRID, [1.0], [0.5])
    below = scipy.stats.norm.cdf(0.75, 1.0, 0.5)
    assert information.mass_below(p, GRID, 0.75) == pytest.approx(below, abs=1e-3)


def test_forward_covers_reverse_seeks():
    p = gaussian_mixture(GRID, [-2.0, 2.0], [0.5, 0.5])
    forward = list(fit_gaussian(p, GRID, "forward", 1.0, 1.0))
    mean = float((p * GRID).sum())
    std = math.sqrt(float((p * (GRID - mean) ** 2).sum()))
    assert forward[-1].mean == pytest.approx(mean, abs=0.01)
    assert forward[-1].std == pytest.approx(std, abs=0.02)
    for start, mode in ((1.0, 2.0), (-1.0, -2.0)):
        reverse = list(fit_gaussian(p, GRID, "reverse", start, 1.0))
        assert reverse[-1].mean == pytest.approx(mode, abs=0.02)
        assert reverse[-1].std == pytest.approx(0.5, abs=0.02)
        assert reverse[-1].loss == pytest.approx(math.log(2), abs=0.01)
        assert reverse[-1].loss == reverse[-1].reverse < forward[-1].reverse
    assert forward[-1].loss == forward[-1].forward < reverse[-1].forward


def test_fit_descends_and_repeats_exactly():
    p = gaussian_mixture(GRID, [-2.0, 2.0], [0.5, 0.5])
    first = list(fit_gaussian(p, GRID, "reverse", 0.3, 2.0, steps=31))
    losses = [step.loss for step in first]
    assert len(first) == 32
    assert losses == sorted(losses, reverse=True)
    again = list(fit_gaussian(p, GRID, "reverse", 0.3, 2.0, steps=31))
    assert [step.mean for step in again] == [step.mean for step in first]
    torch.testing.assert_close(first[0].q, gaussian_mixture(GRID, [0.3], [2.0]))
    assert first[5].reverse == pytest.approx(kl_divergence(first[5].q, p, math.e))
    assert first[5].forward == pytest.approx(kl_divergence(p, first[5].q, math.e))


@pytest.mark.parametrize("direction", ["forward", "reverse"])
@pytest.mark.parametrize(("mean", "std"), [(1.0, 1.0), (-6.0, 0.2), (5.0, 4.0)])
def test_the_slope_is_autograds(direction, mean, std):
    p = gaussian_mixture(GRID, [-2.0, 2.0], [0.5, 0.7], [0.3, 0.7])
    start = torch.tensor([mean, math.log(std)], dtype=torch.float64, requires_grad=True)
    log_q = (-(((GRID - start[0]) / start[1].exp()) ** 2) / 2).log_softmax(0)
    if direction == "forward":
        loss = (p * (p.log() - log_q)).sum()
    else:
        loss = (log_q.exp() * (log_q - p.log())).sum()
    (slope,) = torch.autograd.grad(loss, start)
    step = next(fit_gaussian(p, GRID, direction, mean, std))
    assert step.loss == pytest.approx(loss.item())
    assert step.gradient == pytest.approx(slope.tolist(), rel=1e-9)


@pytest.mark.parametrize("direction", ["forward", "reverse"])
@pytest.mark.parametrize(("mean", "std"), [(1e6, 1e-9), (-8, 1e9), (0, 1e-300)])
def test_a_bad_start_stays_finite(direction, mean, std):
    holes = torch.zeros(161, dtype=torch.float64)
    holes[[3, 97]] = 0.5
    for p in (holes, gaussian_mixture(GRID, [-2.0, 2.0], [0.05, 0.05])):
        for step in fit_gaussian(p, GRID, direction, mean, std, rate=1.0, steps=11):
            numbers = [step.mean, step.std, step.loss, step.forward, step.reverse]
            assert all(math.isfinite(number) for number in numbers)


@pytest.mark.parametrize(
    ("call", "sentence"),
    [
        (lambda: entropy([0.5, 0.4]), "p must sum to 1; got a sum of 0.9"),
        (lambda: entropy([1.5, -0.5]), "negative"),
        (lambda: entropy([math.nan, 1.0]), "finite"),
        (lambda: entropy([]), "at least 1"),
        (lambda: entropy([1.0], 1.0), r"base must lie in \(1"),
        (lambda: entropy([1.0], math.nan), "base must be a finite number"),
        (lambda: entropy(wrong("ab")), "p must be a 1-D tensor"),
        (lambda: kl_divergence([1.0], [0.5, 0.5]), "same number of outcomes; got 1 and 2"),
        (lambda: information.self_information([1.1]), "from 0 to 1"),
        (lambda: information.self_information(wrong("x")), "p must hold probabilities"),
        (lambda: information.binary_entropy(-0.1), r"p must lie in \[0, 1\]"),
        (lambda: mutual_information([[0.5], [0.2, 0.3]]), "rows of one length"),
        (lambda: mutual_information(torch.tensor([1.0])), "table"),
        (lambda: information.smooth_labels(4, 4, 0.1), "target must be from 0 to 3"),
        (lambda: information.classifier_loss([0.0, INF], 0), "logits must be finite"),
        (lambda: information.renormalize([0.0, 0.0]), "must not all be 0"),
        (lambda: information.renormalize([-1.0, 2.0]), "at least 0"),
        (lambda: information.letter_distribution("1 2"), "at least one letter"),
        (lambda: information.letter_distribution(wrong(3)), "must be a string"),
        (lambda: information.zipf(0), "n must be at least 1"),
        (lambda: information.terms_by_outcome(compare([1.0], [1.0]), 0), "most must be at least 1"),
        (lambda: information.from_logits([math.nan]), "finite or -inf"),
        (lambda: information.mass_below([1.0], GRID, 0.0), "same size"),
        (lambda: kl_landscape([0.5, 0.5]), "three outcomes; got 2"),
        (lambda: information.simplex_xy(torch.zeros(2)), "points must be"),
        (lambda: gaussian_mixture(GRID, [0.0], [0.0]), "stds must lie in"),
        (lambda: gaussian_mixture(GRID, [0.0], [1.0, 2.0]), "same length"),
        (lambda: gaussian_mixture([1.0, 0.0], [0.0], [1.0]), "increasing"),
        (lambda: next(fit_gaussian([1.0], GRID, "forward", 0, 1)), "same size"),
        (lambda: next(fit_gaussian(GRID.softmax(0), GRID, wrong("up"), 0, 1)), "direction"),
        (lambda: next(fit_gaussian(GRID.softmax(0), GRID, "forward", 0, 0)), "std must lie"),
    ],
)
def test_refusals_are_sentences(call, sentence):
    with pytest.raises(ValueError, match=sentence):
        call()
