from __future__ import annotations

import math
from fractions import Fraction
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from core import coding
from core.coding import arithmetic_decode, arithmetic_encode, arithmetic_trace, ideal_bits, quantize

TOTAL = 2**32


def wrong(value: object) -> Any:
    """A value of a type that the signature does not take."""
    return value


def coin(_prefix: list[int]) -> list[float]:
    return [0.5, 0.5]


def by_context(size: int, seed: int, sharpness: float = 3.0):
    """A model whose distribution depends on the length and the last two ids."""

    def next_probs(prefix: list[int]) -> torch.Tensor:
        number = len(prefix) + 31 * sum(place * i for place, i in enumerate(prefix[-2:], 1))
        generator = torch.Generator().manual_seed(1009 * seed + number)
        noise = torch.randn(size, generator=generator, dtype=torch.float64)
        return (sharpness * noise).softmax(0)

    return next_probs


def test_by_hand():
    # Eight fair bits are the byte 01010101; trailing zero bytes need not be written.
    assert arithmetic_encode([0, 1] * 4, coin) == b"\x55"
    assert arithmetic_encode([1], coin) == b"\x80"
    assert arithmetic_encode([0] * 100, coin) == b""
    assert arithmetic_encode([], coin) == b""
    assert arithmetic_decode(b"", 3, coin) == [0, 0, 0]
    assert arithmetic_decode(b"\x55", 8, coin) == [0, 1] * 4
    assert arithmetic_decode(b"\x55", 0, coin) == []


def test_trace_by_hand():
    trace = arithmetic_trace([1, 0], lambda prefix: [[0.25, 0.75], [0.5, 0.5]][len(prefix)])
    first, second = trace.steps
    assert (first.low, first.high) == pytest.approx((0.25, 1.0), abs=1e-8)
    assert (second.low, second.high) == pytest.approx((0.25, 0.625), abs=1e-8)
    assert trace.ideal_bits == pytest.approx(-math.log2(0.375))
    assert trace.coded_bits == pytest.approx(trace.ideal_bits, abs=1e-8)
    assert trace.size_bits == 8 * len(trace.data)
    assert trace.overhead_bits == pytest.approx(trace.size_bits - trace.ideal_bits)


@settings(max_examples=60, deadline=None)
@given(st.data())
def test_round_trip_and_size(data):
    size = data.draw(st.sampled_from([1, 2, 3, 11, 101]))
    ids = data.draw(st.lists(st.integers(0, size - 1), max_size=61))
    model = by_context(size, data.draw(st.integers(0, 99)), data.draw(st.floats(0, 30)))
    trace = arithmetic_trace(ids, model)
    given_ids = list(ids)
    assert arithmetic_decode(trace.data, len(ids), model) == ids == given_ids
    assert trace.ideal_bits == pytest.approx(ideal_bits(ids, model))
    assert trace.size_bits <= trace.coded_bits + 9
    # No less than the ideal either, but for the last bytes, which may be zeros left out.
    assert trace.data == arithmetic_encode(ids, model)


@pytest.mark.parametrize("seed", range(5))
def test_the_code_names_a_number_inside_the_interval(seed):
    """Against one unlimited integer: the same interval, never written out, so without carries."""
    model = by_context(7, seed)
    ids = torch.randint(7, (53,), generator=torch.Generator().manual_seed(seed)).tolist()
    low, size, shift = 0, 2**72, 72
    for place, token in enumerate(ids):
        counts = quantize(model(ids[:place])).tolist()
        unit = size // TOTAL
        below = sum(counts[:token])
        low += unit * below
        size = size - unit * below if token == 6 else unit * counts[token]
        while size < 2**64:
            low, size, shift = low << 8, size << 8, shift + 8
    data = arithmetic_encode(ids, model)
    number = Fraction(int.from_bytes(data, "big"), 256 ** len(data))
    assert Fraction(low, 2**shift) <= number < Fraction(low + size, 2**shift)
    shorter = data[:-1]
    cut = Fraction(int.from_bytes(shorter, "big"), 256 ** len(shorter))
    step = Fraction(1, 256 ** len(shorter))
    for near in (cut, cut + step):
        assert not Fraction(low, 2**shift) <= near < Fraction(low + size, 2**shift)


@pytest.mark.parametrize("seed", range(3))
def test_carries_run_through_bytes_of_ones(seed):
    """The middle of three tokens again and again keeps the interval astride one number."""
    third = [1 / 3, 1 / 3, 1 / 3]
    generator = torch.Generator().manual_seed(seed)
    for tail in torch.randint(3, (31, 5), generator=generator).tolist():
        ids = [1] * 101 + tail
        data = arithmetic_encode(ids, lambda _: third)
        assert arithmetic_decode(data, len(ids), lambda _: third) == ids
    nearly = [0.5 - 2e-9, 4e-9, 0.5 - 2e-9]
    ids = [1, 2, 0, 1, 1, 0, 2, 2, 1] * 11
    assert arithmetic_decode(arithmetic_encode(ids, lambda _: nearly), 99, lambda _: nearly) == ids


def test_impossible_tokens_survive_at_32_bits():
    certain = [1.0, 0.0, 0.0]
    trace = arithmetic_trace([0, 1, 0, 2], lambda _: certain)
    assert arithmetic_decode(trace.data, 4, lambda _: certain) == [0, 1, 0, 2]
    assert trace.ideal_bits == math.inf
    assert trace.coded_bits == pytest.approx(64, abs=1e-6)
    assert trace.size_bits <= 73


def test_a_vocabulary_of_49152_costs_a_few_bits_over_the_ideal():
    size, length = 49_152, 31
    model = by_context(size, 1, sharpness=4.0)
    generator = torch.Generator().manual_seed(0)
    ids: list[int] = []
    for _ in range(length):
        ids.append(int(torch.multinomial(model(ids), 1, generator=generator)))
    trace = arithmetic_trace(ids, model)
    assert arithmetic_decode(trace.data, length, model) == ids
    assert trace.coded_bits - trace.ideal_bits < length * 2e-5
    assert -9 < trace.overhead_bits < 9
    assert trace.ideal_bits > 100


def test_long_messages_keep_to_the_entropy():
    p = [0.9, 0.06, 0.04]
    ids = torch.multinomial(
        torch.tensor(p), 2003, replacement=True, generator=torch.Generator().manual_seed(2)
    ).tolist()
    trace = arithmetic_trace(ids, lambda _: p)
    assert arithmetic_decode(trace.data, len(ids), lambda _: p) == ids
    assert abs(trace.overhead_bits) < 9


@pytest.mark.parametrize(
    "kind", [lambda p: p, lambda p: p.numpy(), lambda p: p.tolist(), lambda p: p.float()]
)
def test_any_kind_of_vector_will_do(kind):
    model = by_context(11, 3)
    ids = [0, 5, 10, 5, 5, 2]
    data = arithmetic_encode(ids, lambda prefix: kind(model(prefix)))
    assert arithmetic_decode(data, 6, lambda prefix: kind(model(prefix))) == ids


def test_ids_may_be_a_tensor_and_nothing_is_changed():
    p = torch.tensor([0.2, 0.3, 0.5], dtype=torch.float64)
    ids = torch.tensor([2, 0, 1])
    before = p.clone()

    def meddles(prefix: list[int]) -> torch.Tensor:
        prefix.append(7)
        return p

    assert arithmetic_decode(arithmetic_encode(wrong(ids), meddles), 3, meddles) == [2, 0, 1]
    assert torch.equal(p, before)
    assert ids.tolist() == [2, 0, 1]


@settings(max_examples=60, deadline=None)
@given(st.binary(max_size=40), st.integers(0, 23))
def test_damaged_data_decode_to_something(data, length):
    model = by_context(5, 1)
    ids = arithmetic_decode(data, length, model)
    assert len(ids) == length
    assert all(0 <= i < 5 for i in ids)


@settings(max_examples=60, deadline=None)
@given(st.lists(st.floats(0, 1e9), min_size=1, max_size=101).filter(lambda w: sum(w) > 1e-9))
def test_counts_are_whole_positive_and_exact_in_sum(weights):
    p = torch.tensor(weights, dtype=torch.float64)
    p = p / p.sum()
    counts = quantize(p)
    assert counts.dtype == torch.int64
    assert int(counts.sum()) == TOTAL
    assert int(counts.min()) >= 1
    assert float((counts.double() / TOTAL - p).abs().max()) < 2 * len(weights) / TOTAL


def test_counts_by_hand():
    assert quantize([0.5, 0.5]).tolist() == [TOTAL // 2, TOTAL // 2]
    assert quantize([1.0, 0.0]).tolist() == [TOTAL - 1, 1]
    assert quantize([1.0]).tolist() == [TOTAL]


def test_decoding_can_be_watched():
    steps = coding.arithmetic_decode_steps(b"\x55", 8, coin)
    assert next(steps) == 0
    assert list(steps) == [1, 0, 1, 0, 1, 0, 1]


@pytest.mark.parametrize(
    ("call", "sentence"),
    [
        (lambda: arithmetic_encode([2], coin), "ids must be from 0 to 1; got 2"),
        (lambda: arithmetic_encode([-1], coin), "ids must be at least 0; got -1"),
        (lambda: arithmetic_encode(wrong([0.5]), coin), "ids must be a whole number"),
        (lambda: arithmetic_encode(wrong(5), coin), "ids must be a list"),
        (lambda: arithmetic_encode([0], wrong(None)), "next_probs must be a function"),
        (lambda: arithmetic_encode([0], lambda _: [0.5, 0.4]), "must sum to 1"),
        (lambda: arithmetic_encode([0], lambda _: [math.nan, 1.0]), "finite"),
        (lambda: arithmetic_encode([0], lambda _: "no"), "must return"),
        (lambda: arithmetic_encode([0], lambda _: torch.ones(1, 1)), r"shape \(1, 1\)"),
        (lambda: arithmetic_encode([0], lambda _: np.zeros(0)), "at least 1"),
        (lambda: ideal_bits([2], coin), "ids must be from 0 to 1"),
        (lambda: arithmetic_decode(wrong("55"), 1, coin), "data must be bytes"),
        (lambda: arithmetic_decode(b"", -1, coin), "length must be at least 0"),
        (lambda: quantize([0.5, 0.6]), "probs must sum to 1"),
    ],
)
def test_refusals_are_sentences(call, sentence):
    with pytest.raises(ValueError, match=sentence):
        call()
