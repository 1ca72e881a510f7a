"""The chain rule: by hand, against torch's cross-entropy, as an identity, and its refusals."""

from __future__ import annotations

import math
from itertools import pairwise

import pytest
import scipy.special
import scipy.stats
import torch
import torch.nn.functional as F
from hypothesis import given, settings
from hypothesis import strategies as st

from core.text_comparison import compare_texts
from core.text_scoring import chain_rule, count_characters, prediction_rows, vanishes_at

T, V = 11, 37  # primes; below, also more rows than are handled at once


@pytest.fixture
def logits() -> torch.Tensor:
    return torch.randn(T, V, generator=torch.Generator().manual_seed(2)) * 3


@pytest.fixture
def ids() -> list[int]:
    return torch.randint(0, V, (T,), generator=torch.Generator().manual_seed(3)).tolist()


def by_hand() -> tuple[torch.Tensor, list[int]]:
    """Three places, four tokens: probabilities 1/2, 1/4, 1/8, 1/8 in changing order."""
    p = torch.tensor(
        [[1 / 2, 1 / 4, 1 / 8, 1 / 8], [1 / 8, 1 / 2, 1 / 8, 1 / 4], [1 / 4, 1 / 4, 1 / 4, 1 / 4]],
        dtype=torch.float64,
    )
    return p.log() + torch.tensor([[5.0], [-3.0], [0.5]]), [0, 3, 2]


# --- by hand ---


def test_by_hand():
    scored = chain_rule(*by_hand(), top=2, token_bytes=[b"ab", "é".encode(), b"\xe4\xbd"])
    assert scored.ids == (0, 3, 2)
    torch.testing.assert_close(scored.surprisal, torch.tensor([1.0, 2.0, 2.0]).double())
    torch.testing.assert_close(scored.log2_probs, torch.tensor([-1.0, -3.0, -5.0]).double())
    torch.testing.assert_close(scored.entropy, torch.tensor([1.75, 1.75, 2.0]).double())
    torch.testing.assert_close(scored.probs, torch.tensor([0.5, 0.25, 0.25]).double())
    assert scored.ranks.tolist() == [1, 2, 1]
    assert scored.top_ids[:2].tolist() == [[0, 1], [1, 3]]
    torch.testing.assert_close(scored.tail_mass, torch.tensor([0.25, 0.25, 0.5]).double())
    assert scored.tail_count == 2
    torch.testing.assert_close(scored.product_float64[-1].item(), 2.0**-5)
    assert scored.log2_prob == pytest.approx(-5)
    assert scored.bits == pytest.approx(5)
    assert scored.bits_per_token == pytest.approx(5 / 3)
    assert scored.perplexity == pytest.approx(2 ** (5 / 3))
    assert scored.mean_entropy == pytest.approx(5.5 / 3)
    assert (scored.characters, scored.bytes) == (4, 6)
    assert scored.bits_per_character == pytest.approx(5 / 4)
    assert scored.bits_per_byte == pytest.approx(5 / 6)
    assert scored.perplexity_per_character == pytest.approx(2**1.25)
    assert scored.perplexity_per_byte == pytest.approx(2 ** (5 / 6))
    assert scored.vocab_size == 4


def test_a_fair_choice_has_its_size_as_perplexity():
    assert chain_rule(torch.zeros(5, 7), [0, 1, 2, 3, 4]).perplexity == pytest.approx(7)


def test_all_tokens_kept_leave_no_tail():
    scored = chain_rule(*by_hand(), top=99)
    assert scored.tail_count == 0
    assert scored.tail_mass.tolist() == [0.0, 0.0, 0.0]
    assert scored.top_probs.sum(1).tolist() == pytest.approx([1.0, 1.0, 1.0])


def test_an_impossible_token_is_infinitely_surprising():
    rows = torch.tensor([[0.0, 0.0, -math.inf], [0.0, -math.inf, -math.inf]])
    scored = chain_rule(rows, [2, 0])
    assert scored.surprisal.tolist() == [math.inf, 0.0]
    assert scored.entropy.tolist() == pytest.approx([1.0, 0.0])
    assert scored.perplexity == math.inf
    assert scored.bits_per_character == math.inf


def test_a_perplexity_too_large_to_write_is_infinite():
    assert chain_rule([[0.0, 2000.0]], [0]).perplexity == math.inf


# --- oracle ---


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_cross_entropy_of_torch(logits, ids, dtype):
    scored = chain_rule(logits.to(dtype), ids)
    losses = F.cross_entropy(logits.double(), torch.tensor(ids), reduction="none")
    torch.testing.assert_close(scored.surprisal, losses / math.log(2), rtol=1e-6, atol=1e-9)
    assert scored.bits_per_token == pytest.approx(losses.mean().item() / math.log(2))
    assert scored.perplexity == pytest.approx(losses.mean().exp().item())


def test_entropy_of_torch(logits, ids):
    expected = torch.distributions.Categorical(logits=logits.double()).entropy() / math.log(2)
    torch.testing.assert_close(chain_rule(logits, ids).entropy, expected)


def test_more_rows_than_are_handled_at_once():
    rows = torch.randn(79, V, generator=torch.Generator().manual_seed(5))
    ids = torch.arange(79) % V
    whole = chain_rule(rows, ids)
    for t in (0, 31, 32, 63, 64, 78):
        alone = chain_rule(rows[t : t + 1], ids[t : t + 1])
        torch.testing.assert_close(whole.surprisal[t], alone.surprisal[0])
        torch.testing.assert_close(whole.top_ids[t], alone.top_ids[0])
        assert whole.ranks[t] == alone.ranks[0]


def test_ranks_agree_with_sorting(logits, ids):
    order = logits.argsort(dim=1, descending=True)
    expected = [order[t].tolist().index(token) + 1 for t, token in enumerate(ids)]
    assert chain_rule(logits, ids).ranks.tolist() == expected


# --- identities ---


@settings(max_examples=30, deadline=None)
@given(
    st.lists(st.lists(st.floats(-50, 50), min_size=5, max_size=5), min_size=1, max_size=7),
    st.randoms(use_true_random=False),
)
def test_surprisals_sum_to_minus_log2_of_the_product(rows, random):
    ids = [random.randrange(5) for _ in rows]
    scored = chain_rule(rows, ids)
    product = math.prod(
        math.exp(row[i] - max(row)) / math.fsum(math.exp(x - max(row)) for x in row)
        for row, i in zip(rows, ids, strict=True)
    )
    assert float(scored.surprisal.sum()) == pytest.approx(scored.bits)
    if product > 1e-290:
        assert scored.bits == pytest.approx(-math.log2(product), rel=1e-9, abs=1e-9)
    assert bool((scored.surprisal >= 0).all())
    assert all(a >= b - 1e-12 for a, b in pairwise(scored.log2_probs.tolist()))
    total = scored.top_probs.sum(1) + scored.tail_mass
    torch.testing.assert_close(total, torch.ones(len(rows)).double())


def test_expected_surprisal_is_the_entropy(logits):
    row = logits[:1]
    p = row.double().softmax(1)[0]
    each = [chain_rule(row, [i]) for i in range(V)]
    mean = sum(float(p[i]) * scored.bits for i, scored in enumerate(each))
    assert mean == pytest.approx(float(each[0].entropy[0]))


def test_the_product_underflows_and_the_sum_does_not():
    scored = chain_rule(torch.zeros(1201, 2), [0] * 1201)
    assert vanishes_at(scored.product_float32) == 149  # 2⁻¹⁴⁹ is the least float32
    assert vanishes_at(scored.product_float64) == 1074
    assert scored.log2_prob == pytest.approx(-1201)
    assert vanishes_at(torch.tensor([0.5, 0.25])) is None


# --- rows of a prediction ---


def test_rows_of_a_prediction_by_hand():
    halves = [math.log(p) for p in (1 / 2, 1 / 4, 1 / 8, 1 / 8)]
    rows = prediction_rows(chain_rule([halves], [1]), 0, 1)
    assert [(row.id, row.tokens) for row in rows] == [(0, 1), (1, 1), (None, 2)]
    assert [row.prob for row in rows] == pytest.approx([1 / 2, 1 / 4, 1 / 4])
    assert [row.entropy for row in rows] == pytest.approx([1 / 2, 1 / 2, 3 / 4])


@pytest.mark.parametrize("most", [1, 5, V])
def test_rows_make_the_whole_prediction(logits, ids, most):
    scored = chain_rule(logits, ids, top=20)
    for position in (0, T - 1):
        rows = prediction_rows(scored, position, most)
        assert sum(row.tokens for row in rows) == V
        assert sum(row.prob for row in rows) == pytest.approx(1)
        p = scipy.special.softmax(logits[position].double().numpy())
        assert sum(row.entropy for row in rows) == pytest.approx(scipy.stats.entropy(p, base=2))
        assert scored.ids[position] in [row.id for row in rows]


# --- comparison ---


def test_comparison_by_hand():
    first = chain_rule(by_hand()[0], [0, 1, 2])  # 1 + 1 + 2 bits
    second = chain_rule(by_hand()[0], [0, 0, 2])  # 1 + 3 + 2 bits
    compared = compare_texts(first, second)
    assert compared.shared == 1
    assert compared.difference == pytest.approx(2)
    assert compared.odds == pytest.approx(4)
    assert compared.fork == pytest.approx(2)
    assert compared.rest == pytest.approx(0, abs=1e-12)
    assert compare_texts(second, first).odds == pytest.approx(1 / 4)
    assert compared.difference_at(0) == pytest.approx((0, 0), abs=1e-12)
    assert compared.difference_at(1) == pytest.approx((2, 2))
    assert compared.difference_at(2) == pytest.approx((0, 2), abs=1e-12)
    with pytest.raises(ValueError, match="position must be from 0 to 2; got 3"):
        compared.difference_at(3)


def test_a_text_against_its_beginning_and_itself(logits, ids):
    whole, part = chain_rule(logits, ids), chain_rule(logits[:7], ids[:7])
    compared = compare_texts(part, whole)
    assert (compared.shared, compared.fork) == (7, 0.0)
    assert compared.difference == pytest.approx(float(whole.surprisal[7:].sum()))
    same = compare_texts(whole, whole)
    assert (same.shared, same.difference, same.odds) == (T, 0.0, 1.0)


def test_odds_beyond_all_numbers():
    good, bad = chain_rule([[3000.0, 0.0]], [0]), chain_rule([[3000.0, 0.0]], [1])
    assert compare_texts(good, bad).odds == math.inf
    assert compare_texts(bad, good).odds == 0.0
    never = chain_rule([[0.0, -math.inf]], [1])
    assert compare_texts(good, never).difference == math.inf
    assert compare_texts(good, never).rest == 0.0
    with pytest.raises(ValueError, match="both have probability 0"):
        compare_texts(never, chain_rule([[-math.inf, 0.0]], [0]))


# --- characters ---


@pytest.mark.parametrize("text", ["", "abc", "你好", "👨‍👩‍👧", "שלום", "e\u0301", "\0\n"])
def test_characters_whatever_the_cuts(text):
    data = text.encode()
    assert count_characters(data) == len(text)
    for cut in range(len(data) + 1):
        assert count_characters(data[:cut]) + count_characters(data[cut:]) == len(text)


# --- inputs and refusals ---


def test_inputs_stay_as_they_are(logits, ids):
    before, ids_before = logits.clone(), list(ids)
    logits.requires_grad_(True)
    scored = chain_rule(logits, ids)
    assert torch.equal(logits.detach(), before)
    assert ids == ids_before
    assert not scored.surprisal.requires_grad


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"logits": torch.zeros(0, V), "ids": []}, "must not be empty"),
        ({"logits": torch.zeros(V)}, "2"),
        ({"ids": [1, 2]}, "one token for each row"),
        ({"ids": [V] * T}, f"from 0 to {V - 1}"),
        ({"ids": [-1] * T}, "negative"),
        ({"ids": [0.5] * T}, "whole numbers"),
        ({"logits": torch.full((T, V), math.nan)}, "finite"),
        ({"logits": torch.full((T, V), math.inf)}, "finite"),
        ({"logits": torch.full((T, V), -math.inf)}, "finite"),
        ({"top": 0}, "top"),
        ({"top": 2.5}, "top"),
        ({"token_bytes": [b"a"]}, "token_bytes"),
    ],
)
def test_refusals(logits, ids, change, sentence):
    arguments = {"logits": logits, "ids": ids} | change
    first, second = arguments.pop("logits"), arguments.pop("ids")
    with pytest.raises(ValueError, match=sentence):
        chain_rule(first, second, **arguments)


def test_a_single_nan_is_refused(logits, ids):
    spoilt = logits.clone()
    spoilt[3, 5] = math.nan
    with pytest.raises(ValueError, match="NaN"):
        chain_rule(spoilt, ids)


def test_other_refusals():
    with pytest.raises(ValueError, match="bytes"):
        count_characters("text")  # ty: ignore[invalid-argument-type]
    with pytest.raises(ValueError, match="product"):
        vanishes_at(torch.zeros(2, 2))
    with pytest.raises(ValueError, match="ChainRule"):
        compare_texts(chain_rule([[0.0]], [0]), 3)  # ty: ignore[invalid-argument-type]
