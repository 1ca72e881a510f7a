from __future__ import annotations

import gzip
import itertools
import math
from typing import Any

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from core import coding
from core.coding import blahut_arimoto, block_huffman, huffman_code, simulate_bsc
from core.information import entropy


def wrong(value: object) -> Any:
    """A value of a type that the signature does not take."""
    return value


def seeded(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


# Huffman


def test_huffman_by_hand():
    code = huffman_code({"a": 4, "b": 2, "c": 1, "d": 1})
    assert code.codes == {"a": "0", "b": "10", "c": "110", "d": "111"}
    assert code.average_length == code.entropy == 1.75
    assert code.efficiency == 1.0
    assert [(step.left, step.right, step.weight) for step in code.steps] == [
        (2, 3, 2.0),
        (1, 4, 4.0),
        (0, 5, 8.0),
    ]
    assert code.forest(0) == (2, 3, 1, 0)
    assert code.forest(1) == (1, 4, 0)
    assert code.forest(3) == (6,)
    assert code.encode("abad") == "0100111"
    assert code.decode("0100111") == "abad"


def test_ties_go_to_the_node_made_first():
    # 1 + 2 = 3 ties with the leaf 3, which is older; as floats 0.1 + 0.2 would not tie with 0.3.
    code = huffman_code({"x": 3, "y": 1, "z": 2, "w": 4})
    assert [(step.left, step.right) for step in code.steps] == [(1, 2), (0, 4), (3, 5)]
    assert huffman_code(dict.fromkeys("abcd", 1)).codes == {
        "a": "00",
        "b": "01",
        "c": "10",
        "d": "11",
    }


def test_one_symbol_alone_takes_one_bit():
    code = huffman_code({"女": 7})
    assert code.codes == {"女": "0"}
    assert (code.average_length, code.entropy, code.steps) == (1.0, 0.0, ())
    assert code.decode(code.encode("女女女")) == "女女女"
    with pytest.raises(ValueError, match="1 is not one of them"):
        code.decode("1")


texts = st.text(alphabet="ab女😀\x00 ", max_size=50)
counts = st.lists(st.integers(0, 100), min_size=2, max_size=11).filter(lambda w: sum(w) > 0)


@settings(max_examples=60, deadline=None)
@given(counts)
def test_huffman_is_a_complete_prefix_code_near_the_entropy(values):
    weights = {f"s{place}": value for place, value in enumerate(values)}
    before = dict(weights)
    code = huffman_code(weights)
    assert weights == before
    assert sum(2.0 ** -len(bits) for bits in code.codes.values()) == 1.0
    for a, b in itertools.permutations(code.codes.values(), 2):
        assert not b.startswith(a)
    if min(values) > 0:
        assert code.entropy - 1e-9 <= code.average_length < code.entropy + 1
    symbols = list(weights)
    assert code.decode(code.encode(symbols)) == "".join(symbols)


@pytest.mark.parametrize("seed", range(7))
def test_no_prefix_code_is_shorter(seed):
    weights = torch.randint(1, 20, (5,), generator=seeded(seed)).tolist()
    total = sum(weights)
    best = min(
        sum(w * length for w, length in zip(weights, lengths, strict=True)) / total
        for lengths in itertools.product(range(1, 5), repeat=5)
        if sum(2.0**-length for length in lengths) <= 1  # Kraft: such a prefix code exists
    )
    code = huffman_code({str(place): w for place, w in enumerate(weights)})
    assert code.average_length == pytest.approx(best)


@settings(max_examples=40, deadline=None)
@given(texts.filter(bool))
def test_huffman_round_trip(text):
    code = huffman_code({letter: text.count(letter) for letter in text})
    bits = code.encode(text)
    assert code.decode(bits) == text
    assert len(bits) == pytest.approx(code.average_length * len(text))
    assert code.encode("") == code.decode("") == ""


def test_blocks_come_nearer_to_the_entropy():
    lengths = [block_huffman([0.9, 0.1], n) for n in (1, 2, 3, 11)]
    assert lengths[:3] == pytest.approx([1.0, 0.645, 1.598 / 3])
    bound = entropy([0.9, 0.1])
    for n, length in zip((1, 2, 3, 11), lengths, strict=True):
        assert bound <= length < bound + 1 / n
    assert lengths[3] < 0.48


@settings(max_examples=20, deadline=None)
@given(st.lists(st.integers(1, 50), min_size=2, max_size=5), st.integers(1, 3))
def test_blocks_are_huffman_codes_of_products(values, n):
    p = [value / sum(values) for value in values]
    blocks = {str(key): math.prod(key) for key in enumerate_products(p, n)}
    code = huffman_code(blocks)
    assert block_huffman(p, n) == pytest.approx(code.average_length / n)


def enumerate_products(p: list[float], n: int) -> list[tuple[float, ...]]:
    # The place keeps equal products apart as keys; it is a factor of 1.
    return [
        (*block, 1.0 + place * 1e-15) for place, block in enumerate(itertools.product(p, repeat=n))
    ]


def test_impossible_symbols_need_no_block_code():
    assert block_huffman([0.5, 0.5, 0.0], 1) == block_huffman({"a": 0.5, "b": 0.5}, 1) == 1.0
    assert block_huffman([1.0, 0.0], 4) == 0.25


# Channels


def test_capacities_by_hand():
    assert coding.bsc_capacity(0.0) == coding.bsc_capacity(1.0) == 1.0
    assert coding.bsc_capacity(0.5) == 0.0
    assert coding.bsc_capacity(0.11) == pytest.approx(0.5, abs=1e-3)
    assert coding.bec_capacity(0.25) == 0.75
    assert coding.z_channel_capacity(0.5) == pytest.approx(math.log2(1.25))
    assert (coding.z_channel_capacity(0.0), coding.z_channel_capacity(1.0)) == (1.0, 0.0)


@pytest.mark.parametrize("x", [0.0, 0.03, 0.2, 0.5, 0.77, 0.99])
def test_blahut_arimoto_finds_the_closed_forms(x):
    bsc = blahut_arimoto([[1 - x, x], [x, 1 - x]])
    assert bsc.capacity == pytest.approx(coding.bsc_capacity(x), abs=1e-8)
    bec = blahut_arimoto([[1 - x, x, 0.0], [0.0, x, 1 - x]])
    assert bec.capacity == pytest.approx(coding.bec_capacity(x), abs=1e-8)
    z = blahut_arimoto([[1.0, 0.0], [x, 1 - x]])
    assert z.capacity == pytest.approx(coding.z_channel_capacity(x), abs=1e-8)
    assert z.converged
    assert float(z.input_distribution.sum()) == pytest.approx(1)


def test_blahut_arimoto_bounds_close_in_and_symmetric_channels_are_uniform():
    noise = torch.tensor([0.7, 0.1, 0.2, 0.0, 0.0], dtype=torch.float64)
    channel = torch.stack([noise.roll(shift) for shift in range(5)])
    before = channel.clone()
    found = blahut_arimoto(channel)
    assert torch.equal(channel, before)
    assert found.capacity == pytest.approx(math.log2(5) - entropy(noise))
    assert found.input_distribution.tolist() == pytest.approx([0.2] * 5)
    skewed = blahut_arimoto([[0.6, 0.3, 0.1], [0.1, 0.8, 0.1], [0.3, 0.3, 0.4]])
    for step in skewed.steps:
        assert step.lower <= skewed.capacity + 1e-9
        assert step.upper >= skewed.capacity - 1e-9
    lowers = [step.lower for step in skewed.steps]
    assert lowers == pytest.approx(sorted(lowers), abs=1e-12)
    assert blahut_arimoto([[0.3, 0.7]]).capacity == 0.0
    assert not blahut_arimoto([[1.0, 0.0], [0.5, 0.5]], max_iterations=2).converged


def test_hamming_by_hand_and_every_single_error():
    data = torch.tensor([[True, False, True, True]])
    word = coding.channel_encode("hamming-7-4", data)
    assert word.int().tolist() == [[0, 1, 1, 0, 0, 1, 1]]
    for message in itertools.product([False, True], repeat=4):
        sent = coding.channel_encode("hamming-7-4", torch.tensor([message]))
        for place in range(7):
            received = sent.clone()
            received[0, place] ^= True
            assert coding.channel_decode("hamming-7-4", received).tolist() == [list(message)]


@pytest.mark.parametrize("flip", [0.0, 0.1, 0.37, 0.5, 1.0])
def test_expected_error_rates_have_closed_forms(flip):
    f, g = flip, 1 - flip
    assert coding.expected_bit_error_rate("none", f) == pytest.approx(f)
    assert coding.expected_bit_error_rate("repetition-3", f) == pytest.approx(3 * f**2 * g + f**3)
    five = 10 * f**3 * g**2 + 5 * f**4 * g + f**5
    assert coding.expected_bit_error_rate("repetition-5", f) == pytest.approx(five)


@pytest.mark.parametrize(
    ("code", "rate"),
    [("none", 1), ("repetition-3", 1 / 3), ("repetition-5", 1 / 5), ("hamming-7-4", 4 / 7)],
)
def test_simulation_meets_the_expectation(code, rate):
    run = simulate_bsc(code, 0.1, 20_011, seeded(3))
    assert run.rate == pytest.approx(rate)
    expected = run.expected_bit_error_rate
    assert run.bit_error_rate == pytest.approx(expected, abs=5 * math.sqrt(expected / 20_011))
    wrong_bits = run.decoded != run.messages
    assert run.bit_error_rate == pytest.approx(float(wrong_bits.double().mean()))
    assert run.block_error_rate == pytest.approx(float(wrong_bits.any(1).double().mean()))
    assert float((run.sent != run.received).double().mean()) == pytest.approx(0.1, abs=0.01)
    assert torch.equal(run.received, simulate_bsc(code, 0.1, 20_011, seeded(3)).received)
    assert simulate_bsc(code, 0.0, 7, seeded()).bit_error_rate == 0.0


# Compressors


def test_compressors_shrink_what_repeats():
    sizes = coding.compare_compressors(b"abcabc" * 1009)
    assert list(sizes) == ["raw", "gzip", "bz2", "xz"]
    assert sizes["raw"] == 6054
    assert max(sizes["gzip"], sizes["bz2"], sizes["xz"]) < 150
    assert sizes["gzip"] == len(gzip.compress(b"abcabc" * 1009, 9, mtime=0))
    assert coding.compare_compressors(b"")["raw"] == 0


@pytest.mark.parametrize(
    ("call", "sentence"),
    [
        (lambda: huffman_code({}), "must map symbols to numbers"),
        (lambda: huffman_code(wrong([1, 2])), "must map symbols to numbers"),
        (lambda: huffman_code({"": 1}), "texts as symbols; got ''"),
        (lambda: huffman_code(wrong({1: 1})), "texts as symbols; got 1"),
        (lambda: huffman_code({"a": -1}), r"weights\['a'\] must lie in"),
        (lambda: huffman_code({"a": math.nan}), "finite number"),
        (lambda: huffman_code({"a": 0, "b": 0}), "not all be 0"),
        (lambda: huffman_code({"a": 1, "b": 1}).encode("abc"), "got 'c'"),
        (lambda: huffman_code({"a": 1, "b": 1}).decode("02"), "got '2' at place 1"),
        (lambda: huffman_code({"a": 2, "b": 1, "c": 1}).decode("01"), "'1' is left over"),
        (lambda: huffman_code({"a": 1, "b": 1}).forest(2), "merges must be from 0 to 1"),
        (lambda: block_huffman([0.5, 0.4], 1), "p must sum to 1"),
        (lambda: block_huffman([0.5, 0.5], 0), "n must be at least 1"),
        (lambda: block_huffman([0.5, 0.5], 18), "at most 131,072 blocks"),
        (lambda: coding.bsc_capacity(1.1), r"flip must lie in \[0, 1\]"),
        (lambda: coding.bec_capacity(wrong("x")), "erase must be a finite number"),
        (lambda: coding.z_channel_capacity(-0.1), "flip must lie in"),
        (lambda: blahut_arimoto([[0.5, 0.4]]), "channel row 0 must sum to 1"),
        (lambda: blahut_arimoto([[1.0], [0.5, 0.5]]), "rows of one length"),
        (lambda: blahut_arimoto(wrong([0.5, 0.5])), "rows of one length"),
        (lambda: simulate_bsc("turbo", 0.1, 1, seeded()), "code must be one of"),
        (lambda: simulate_bsc("none", 0.1, 0, seeded()), "blocks must be from 1"),
        (lambda: simulate_bsc("none", 0.1, 1, wrong(None)), "generator must be"),
        (lambda: coding.channel_decode("none", torch.ones(1, 2).bool()), r"\(B, 1\) bool"),
        (lambda: coding.compare_compressors(wrong("text")), "data must be bytes"),
    ],
)
def test_refusals_are_sentences(call, sentence):
    with pytest.raises(ValueError, match=sentence):
        call()
