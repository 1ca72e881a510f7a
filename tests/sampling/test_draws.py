from __future__ import annotations

import math
from typing import Any

import pytest
import scipy.stats
import torch

from core import sampling
from core.sampling import draw, draw_counts, hidden_tail, worked_table


def seeded(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def wrong(value: object) -> Any:
    """A value of a type that the signature does not take."""
    return value


# The draw


def test_draw_never_takes_the_impossible_and_is_reproducible():
    p = torch.tensor([0.0, 0.3, 0.0, 0.7, 0.0])
    before = p.clone()
    ids = draw(p, seeded(), 10_000)
    assert ids.shape == (10_000,)
    assert set(ids.tolist()) == {1, 3}
    assert torch.equal(ids, draw(p, seeded(), 10_000))
    assert not torch.equal(ids, draw(p, seeded(1), 10_000))
    assert torch.equal(p, before)


def test_draws_one_by_one_are_the_same_draws():
    p = torch.tensor([0.2, 0.5, 0.3], dtype=torch.float64)
    one = seeded(7)
    singly = [int(draw(p, one)) for _ in range(31)]
    assert singly == draw(p, seeded(7), 31).tolist()


def test_draw_inverts_the_cumulative_distribution():
    p = torch.tensor([0.25, 0.5, 0.25], dtype=torch.float64)
    uniform = torch.rand(101, generator=seeded(3), dtype=torch.float64)
    expected = [0 if u < 0.25 else 1 if u < 0.75 else 2 for u in uniform.tolist()]
    assert draw(p, seeded(3), 101).tolist() == expected


def test_many_draws_fit_and_the_wrong_distribution_does_not():
    p = torch.softmax(torch.randn(101, generator=seeded(1), dtype=torch.float64), 0)
    counts = draw_counts(p, seeded(2), 10_000)
    assert int(counts.counts.sum()) == counts.n == 10_000
    assert counts.chi_square.p_value is not None
    assert counts.chi_square.p_value > 0.01
    assert counts.total_variation < 0.06
    assert torch.equal(counts.counts, torch.bincount(counts.ids, minlength=101))
    misfit = sampling.chi_square_test(counts.counts, p.flip(0))
    assert misfit.p_value is not None
    assert misfit.p_value < 1e-6


@pytest.mark.parametrize("seed", range(3))
def test_chi_square_agrees_with_scipy(seed):
    p = torch.softmax(torch.randn(7, generator=seeded(seed), dtype=torch.float64), 0)
    counts = draw_counts(p, seeded(seed), 997).counts
    ours = sampling.chi_square_test(counts, p)
    theirs = scipy.stats.chisquare(counts.numpy(), 997 * p.numpy())
    assert (ours.statistic, ours.p_value) == pytest.approx((theirs.statistic, theirs.pvalue))


def test_chi_square_by_hand_and_pooling():
    test = sampling.chi_square_test([30, 70], [0.5, 0.5])
    assert (test.statistic, test.degrees) == (16.0, 1)
    pooled = sampling.chi_square_test([90, 4, 6], [0.9, 0.04, 0.06])
    assert (pooled.statistic, pooled.cells) == (0.0, 2)
    shifted = sampling.chi_square_test([90, 10, 0], [0.9, 0.04, 0.06])
    assert shifted.statistic == pytest.approx(0.0, abs=1e-20)  # 4 < 5, so 0.04 and 0.06 share
    assert sampling.chi_square_test([0, 1], [0.5, 0.5]).p_value is None
    assert sampling.chi_square_test([50, 50], [1.0, 0.0]).statistic == math.inf


def test_total_variation_by_hand():
    assert sampling.total_variation([1.0, 0.0], [0.0, 1.0]) == 1.0
    assert sampling.total_variation([0.5, 0.3, 0.2], [0.4, 0.3, 0.3]) == pytest.approx(0.1)


def test_hidden_tail_by_hand():
    tail = hidden_tail([0.5, 0.3, 0.1, 0.1], [0, 1, 1])
    assert tail.count == 2
    assert (tail.mass, tail.shown_mass) == pytest.approx((0.2, 0.8))
    assert tail.inflation == pytest.approx(1.25)
    assert hidden_tail([0.5, 0.5], []).inflation == math.inf
    assert hidden_tail([0.5, 0.5], {0, 1}).count == 0


# The worked table


def test_worked_table_gives_both_known_results():
    trace = worked_table()
    assert trace.mistake.tolist() == pytest.approx([0.660, 0.340, 0, 0], abs=5e-4)
    assert trace.right.tolist() == pytest.approx([0.848, 0.152, 0, 0], abs=5e-4)
    assert trace.mistake_renormalized.tolist() == pytest.approx([0.683, 0.317, 0, 0], abs=5e-4)


def test_worked_table_from_its_definition():
    trace = worked_table()
    assert trace.mistake[0].item() == pytest.approx(1 / (1 + math.exp((0.199 - 0.664) / 0.7)))
    assert trace.right[0].item() == pytest.approx(1 / (1 + (0.199 / 0.664) ** (1 / 0.7)))
    gap = (0.199 - 0.664) / 0.863 / 0.7
    assert trace.mistake_renormalized[0].item() == pytest.approx(1 / (1 + math.exp(gap)))
    assert trace.after_top_k.tolist() == [True, True, True, False]
    assert trace.kept.tolist() == [True, True, False, False]
    assert trace.top_k_probs.tolist() == pytest.approx(
        [0.664 / 0.968, 0.199 / 0.968, 0.105 / 0.968, 0]
    )
    assert trace.renormalized.tolist() == pytest.approx([0.664 / 0.863, 0.199 / 0.863, 0, 0])
    torch.testing.assert_close(trace.right, trace.right_trace.probs)


def test_at_temperature_one_the_slip_is_plain_to_see():
    trace = worked_table(temperature=1.0, k=0, p=1.0)
    assert trace.right.tolist() == pytest.approx([0.664, 0.199, 0.105, 0.032])
    assert trace.mistake[0].item() < 0.37
    greedy = worked_table(temperature=0.0)
    assert greedy.mistake.tolist() == greedy.right.tolist() == [1.0, 0.0, 0.0, 0.0]
    assert not bool(greedy.raw_over_temperature.isnan().any())


def test_removed_tokens_come_back_unless_they_are_masked():
    bad = sampling.softmax_of_probabilities([0.9, 0.1, 0.0], 1.0)
    assert bad[2].item() > 0.2
    kept = torch.tensor([True, True, False])
    assert sampling.softmax_of_probabilities([0.9, 0.1, 0.0], 1.0, kept)[2].item() == 0.0


def test_table_logits_give_the_table_back():
    for weights in ([3.0, 1.0, 0.0], [1e308, 1e308], [5e-324, 0.0]):
        w = torch.tensor(weights, dtype=torch.float64)
        p = sampling.logits_from_probabilities(w).softmax(0)
        scaled = w / w.max()
        torch.testing.assert_close(p, scaled / scaled.sum())


@pytest.mark.parametrize(
    ("call", "sentence"),
    [
        (lambda: draw([0.5, 0.4], seeded()), "probs must sum to 1"),
        (lambda: draw([1.0], wrong(None)), "generator must be a torch.Generator"),
        (lambda: draw([1.0], seeded(), 0), "n must be at least 1"),
        (lambda: hidden_tail([1.0], [1]), "shown_ids must be token ids"),
        (lambda: sampling.total_variation([1.0], [0.5, 0.5]), "same size"),
        (lambda: sampling.chi_square_test([0, 0], [0.5, 0.5]), "not all 0"),
        (lambda: sampling.chi_square_test([1], [0.5, 0.5]), "must have 2 values"),
        (lambda: sampling.logits_from_probabilities([0.0, 0.0]), "not all 0"),
        (lambda: sampling.logits_from_probabilities([-1.0, 1.0]), "at least 0"),
        (lambda: sampling.logits_from_probabilities([math.nan, 1.0]), "finite"),
        (lambda: sampling.softmax_of_probabilities([2.0], 1.0), "must hold probabilities"),
        (
            lambda: sampling.softmax_of_probabilities([1.0], 1.0, torch.tensor([False])),
            "at least one",
        ),
        (lambda: worked_table(temperature=-1), "temperature must lie"),
    ],
)
def test_refusals_are_sentences(call, sentence):
    with pytest.raises(ValueError, match=sentence):
        call()


# The whiskers


def test_a_whisker_is_the_binomial_standard_deviation():
    p = torch.softmax(torch.randn(11, generator=seeded(4), dtype=torch.float64), 0)
    counts = draw_counts(p, seeded(5), 1009)
    for ids, others in (([2], False), ([2, 3, 5], False), ([2, 3, 5], True)):
        found = sampling.whisker(counts, ids, others=others)
        places = [i for i in range(11) if (i in ids) != others]
        expected = math.fsum(p[places].tolist())
        binomial = scipy.stats.binom(1009, expected)
        assert found.p == pytest.approx(expected)
        assert found.count == sum(counts.ids.tolist().count(i) for i in places)
        assert found.share == found.count / 1009
        assert found.deviation == pytest.approx(binomial.std() / 1009)
        assert found.z == pytest.approx((found.count - binomial.mean()) / binomial.std())


def test_a_certain_token_has_no_whisker():
    counts = draw_counts([0.0, 1.0], seeded(), 7)
    assert sampling.whisker(counts, [1]) == sampling.Whisker(1.0, 7, 1.0, 0.0, 0.0)
    with pytest.raises(ValueError, match="ids must be token ids from 0 to 1"):
        sampling.whisker(counts, [2])


# The worked table


@pytest.mark.parametrize("T", [0.05, 0.7, 1.0, 5.0])
def test_the_mistake_gives_the_flatter_ratio(T):
    trace = worked_table(T)
    right, mistaken = trace.ratios
    assert right == pytest.approx((0.664 / 0.199) ** (1 / T), rel=1e-5)
    assert mistaken == pytest.approx(math.exp((0.664 - 0.199) / T), rel=1e-5)
    assert float(trace.mistake[0] / trace.mistake[1]) == pytest.approx(mistaken, rel=1e-3)
    assert 1 < mistaken < right
