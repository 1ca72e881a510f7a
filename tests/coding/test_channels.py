"""Given noise, confidence intervals, limits of the rate, messages of any length."""

from __future__ import annotations

import itertools
import math
from typing import Any

import pytest
import scipy.stats
import torch

from core import coding
from core.coding import blahut_arimoto, huffman_code, printed, rate_limit, wilson_interval
from core.information import entropy, kl_divergence, mutual_information


def seeded(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


# The channel of the issue


def test_the_3_by_3_channel_never_uses_its_second_input() -> None:
    table = [[0.6, 0.3, 0.1], [0.7, 0.1, 0.2], [0.5, 0.05, 0.45]]
    found = blahut_arimoto(table)
    assert found.capacity == pytest.approx(0.1616, abs=5e-5)
    assert found.input_distribution[1] < 1e-6
    joint = found.input_distribution[:, None] * torch.tensor(table, dtype=torch.float64)
    assert mutual_information(joint) == pytest.approx(found.capacity, abs=1e-8)


def test_divergences_are_those_of_the_rows_and_tell_the_optimum() -> None:
    table = torch.tensor([[0.6, 0.3, 0.1], [0.7, 0.1, 0.2], [0.5, 0.05, 0.45]]).double()
    kept = table.clone()
    found = blahut_arimoto(table)
    assert torch.equal(table, kept)
    for step in found.steps[:3]:
        outputs = step.input_distribution @ table
        expected = [kl_divergence(row, outputs) for row in table]
        assert step.divergences.tolist() == pytest.approx(expected)
        assert step.upper == pytest.approx(max(expected))
    first, unused, third = found.steps[-1].divergences.tolist()
    assert (first, third) == pytest.approx((found.capacity, found.capacity), abs=1e-8)
    assert unused < found.capacity, "Kuhn–Tucker: an input that is not used tells less"


@pytest.mark.parametrize("name", list(coding.CAPACITIES))
@pytest.mark.parametrize("noise", [0.0, 0.07, 0.5, 0.83])
def test_named_channels_reach_their_capacity_at_the_best_input(name: str, noise: float) -> None:
    table, share = coding.channel_matrix(name, noise), coding.best_input(name, noise)
    assert table.sum(1).tolist() == pytest.approx([1, 1])
    capacity = coding.CAPACITIES[name](noise)

    def information(p: float) -> float:
        return mutual_information(torch.tensor([[1 - p], [p]], dtype=torch.float64) * table)

    assert information(share) == pytest.approx(capacity, abs=1e-9)
    assert max(information(p / 100) for p in range(101)) <= capacity + 1e-9
    assert blahut_arimoto(table).capacity == pytest.approx(capacity, abs=1e-8)


def test_best_input_by_hand() -> None:
    assert coding.best_input("z", 0.5) == pytest.approx(0.4)
    assert coding.best_input("z", 1.0) == pytest.approx(math.exp(-1))
    assert coding.best_input("z", 0.999_999) == pytest.approx(math.exp(-1), abs=1e-4)


def test_printed_numbers_agree() -> None:
    f, g = printed.PRINTED_FLIP, printed.PRINTED_NOISE
    for number, code in (
        (printed.REPETITION_3_ERROR, "repetition-3"),
        (printed.HAMMING_7_4_ERROR, "hamming-7-4"),
    ):
        assert number.agrees(100 * coding.expected_bit_error_rate(code, f))
    assert printed.BSC_CAPACITY.agrees(coding.bsc_capacity(g))
    assert printed.Z_CAPACITY.agrees(coding.z_channel_capacity(g))
    assert printed.Z_BEST_INPUT.agrees(coding.best_input("z", g))


# Codes


@pytest.mark.parametrize("flip", [0.0, 0.03, 0.25, 0.5])
def test_repetition_errors_are_scipys_binomial_tails(flip: float) -> None:
    for n in (3, 5, 7):
        tail = scipy.stats.binom.sf(n // 2, n, flip)
        assert coding.expected_bit_error_rate(f"repetition-{n}", flip) == pytest.approx(tail)


@pytest.mark.parametrize("code", coding.CODES)
@pytest.mark.parametrize("flip", [0.01, 0.11, 0.2, 0.4])
def test_no_code_beats_the_limit_of_the_rate(code: str, flip: float) -> None:
    error = coding.expected_bit_error_rate(code, flip)
    rate = coding.message_bits(code) / coding.codeword_bits(code)
    assert rate <= rate_limit(coding.bsc_capacity(flip), error) + 1e-12


def test_the_limit_by_hand() -> None:
    assert rate_limit(0.5, 0.0) == 0.5
    assert rate_limit(coding.bsc_capacity(0.11), 0.11) == pytest.approx(1.0)
    assert rate_limit(0.5, 0.5) == math.inf
    assert rate_limit(0.0, 0.5) == 0.0


@pytest.mark.parametrize(("wrong", "count"), [(0, 101), (1, 7), (13, 1009), (7, 7)])
def test_intervals_are_scipys(wrong: int, count: int) -> None:
    oracle = scipy.stats.binomtest(wrong, count).proportion_ci(method="wilson")
    assert wilson_interval(wrong / count, count) == pytest.approx((oracle.low, oracle.high))


def test_intervals_hold_the_exact_rate_about_as_often_as_they_say() -> None:
    inside = 0
    for seed in range(200):
        run = coding.simulate_bsc("hamming-7-4", 0.1, 211, seeded(seed))
        low, high = run.error_interval
        inside += low <= run.expected_bit_error_rate <= high
    assert inside >= 186, "95 % of 200 less three standard deviations"


def test_larger_flip_inverts_the_same_bits_and_more() -> None:
    messages = torch.randint(2, (53, 4), generator=seeded()).bool()
    levels = torch.rand(53, 7, generator=seeded(1))
    kept = messages.clone(), levels.clone()
    few, many = (coding.transmit("hamming-7-4", f, messages, levels) for f in (0.1, 0.3))
    inverted = few.sent ^ few.received
    assert 0 < int(inverted.sum()) < int((many.sent ^ many.received).sum())
    assert not bool((inverted & (many.sent == many.received)).any())
    assert torch.equal(messages, kept[0])
    assert torch.equal(levels, kept[1])


# Messages


@pytest.mark.parametrize("code", coding.CODES)
@pytest.mark.parametrize("length", [1, 5, 8, 13])
def test_a_message_of_any_length_comes_back_from_a_clean_channel(code: str, length: int) -> None:
    bits = torch.randint(2, (length,), generator=seeded(length)).bool()
    levels = torch.rand(7 * (length + 3), generator=seeded(2))
    found = coding.send_bits(bits, code, 0.0, levels)
    assert torch.equal(found.decoded, bits)
    assert found.uses == coding.uses_of(code, length) == found.run.sent.numel()
    assert found.flipped == int(found.wrong.sum()) == 0
    size = coding.message_bits(code)
    assert (length + found.padding) % size == 0 <= found.padding < size


def test_sent_bits_meet_exactly_their_noise() -> None:
    bits = torch.tensor([True, False, True])
    levels = torch.tensor([0.9, 0.05, 0.9, 0.05, 0.05, 0.9, 0.9, 0.9, 0.9, 0.0])
    found = coding.send_bits(bits, "repetition-3", 0.1, levels)
    assert found.run.received.int().tolist() == [[1, 0, 1], [1, 1, 0], [1, 1, 1]]
    assert found.decoded.tolist() == [True, True, True]
    assert found.wrong.tolist() == [False, True, False]
    assert found.flipped == 3


@pytest.mark.parametrize("text", ["A", "ab c", "héllo", "信道 👩🏽‍💻", "a\0b", "�"])
def test_texts_round_trip_through_bits(text: str) -> None:
    bits = coding.text_bits(text)
    assert bits.shape == (8 * len(text.encode()),)
    assert "".join(coding.read_characters(text, bits)) == text


def test_texts_by_hand() -> None:
    bits = coding.text_bits("A")
    assert bits.int().tolist() == [0, 1, 0, 0, 0, 0, 0, 1]
    bits[6] = True
    assert coding.read_characters("A", bits) == ("C",)
    damaged = coding.text_bits("信A")
    damaged[0] = False
    assert coding.read_characters("信A", damaged)[1] == "A", "a damaged one shifts nothing"
    assert "�" in coding.read_characters("信A", damaged)[0]


def test_the_picture_is_a_symmetric_face() -> None:
    picture = coding.sample_picture()
    assert picture.shape == (40, 40)
    assert torch.equal(picture, picture.flip(1))
    assert not torch.equal(picture, picture.flip(0))
    assert 0.1 < float(picture.double().mean()) < 0.4


# Source coding


def test_the_books_hidden_rise() -> None:
    p = [0.8, 0.1, 0.1]
    values = [round(coding.block_huffman(p, n), 4) for n in range(1, 6)]
    assert values == [1.2, 0.96, 0.9253, 0.9404, 0.9379]
    assert entropy(p) == pytest.approx(0.9219, abs=5e-5)
    for n, m in itertools.product((1, 2, 3), (2,)):
        assert coding.block_huffman(p, n * m) <= coding.block_huffman(p, n) + 1e-12


def test_merges_sum_to_the_average_length_and_get_heavier() -> None:
    weights = {chr(97 + i): w for i, w in enumerate([13, 1, 2, 7, 5, 3, 11])}
    code = huffman_code(weights)
    merged = [step.weight for step in code.steps]
    assert merged == sorted(merged), "the last merges are the upper part of the tree"
    assert sum(merged) / sum(weights.values()) == pytest.approx(code.average_length)


@pytest.mark.parametrize("count", [1, 2, 7, 22, 23, 101])
@pytest.mark.parametrize("kind", ["real", "ties"])
def test_the_top_of_a_tree_is_that_of_the_whole(count: int, kind: str) -> None:
    weights = torch.rand(count, generator=seeded(count)).double()
    if kind == "ties":
        weights = (4 * weights).ceil()
    kept = weights.clone()
    top, whole = (
        coding.huffman_top(weights, 22),
        huffman_code({str(i): w for i, w in enumerate(weights.tolist())}),
    )
    assert torch.equal(weights, kept)
    assert top.average_length == pytest.approx(whole.average_length)
    assert top.entropy == pytest.approx(whole.entropy)
    assert top.skipped == max(0, count - 22)
    assert sum(top.members) == count
    assert [s.weight for s in top.top.steps] == pytest.approx(
        [s.weight for s in whole.steps[top.skipped :]]
    )
    for place, symbol in enumerate(top.symbols):
        if symbol is not None:
            assert top.top.codes[str(place)] == whole.codes[str(symbol)]
    roots = sorted(whole.nodes[i].weight for i in whole.forest(top.skipped))
    assert sorted(top.top.weights.values()) == pytest.approx(roots)


def test_the_top_by_hand() -> None:
    found = coding.huffman_top([4, 2, 1, 1], 3)
    assert (found.members, found.symbols) == ((1, 1, 2), (0, 1, None))
    assert found.skipped_bits == 0.25
    assert found.average_length == 1.75
    tied = coding.huffman_top([1, 1, 2, 2, 9], 3)
    assert tied.members == (1, 2, 2), "of equal weights, a leaf is merged before a tree"


def wrong(value: object) -> Any:
    """A value of a type that the signature does not take."""
    return value


@pytest.mark.parametrize(
    ("call", "sentence"),
    [
        (lambda: coding.channel_matrix("y", 0.1), "channel must be one of"),
        (lambda: coding.best_input("z", 2.0), "noise must lie in"),
        (lambda: rate_limit(-1.0, 0.1), "capacity must lie in"),
        (lambda: rate_limit(0.5, 0.6), "bit_error_rate must lie in"),
        (lambda: wilson_interval(0.5, 0), "count must be at least 1"),
        (
            lambda: coding.transmit("none", 0.1, torch.ones(2, 1).bool(), torch.zeros(2, 3)),
            r"levels must have the codewords' shape \(2, 1\)",
        ),
        (lambda: coding.send_bits(wrong([1]), "none", 0.1, torch.zeros(1)), "bits must be"),
        (
            lambda: coding.send_bits(torch.ones(2).bool(), "none", 0.1, torch.zeros(1)),
            "levels must hold 2 numbers",
        ),
        (lambda: coding.read_characters("ab", torch.zeros(8).bool()), "16 bits of the text"),
        (lambda: coding.huffman_top([1.0], 0), "most must be at least 1"),
        (lambda: coding.huffman_top([0.0, 0.0]), "not all be 0"),
        (lambda: coding.sample_picture(3), "size must be from 8"),
    ],
)
def test_refusals_are_sentences(call, sentence) -> None:
    with pytest.raises(ValueError, match=sentence):
        call()
