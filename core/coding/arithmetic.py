"""Arithmetic coding: a whole text as one number, whose length is the text's surprisal in bits.

The interval is kept in integers of 72 bits and every distribution in counts of 2^32 together, so
encoder and decoder compute exactly the same and the round trip is lossless.

What it costs over the ideal Σ -log2 p: a count of at least 1 for each of V tokens takes V / 2^32 of
the mass, at most log2(1 / (1 - V / 2^32)) bits a token (0.000017 for V = 49 152); integer division
less than 2^-31 bits a token; the end at most 9 bits. A token whose probability is below 2^-32 costs
at most 32 bits, even one of probability 0.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

import torch
from torch import Tensor

from core import checks
from core.errors import InputError

NextProbs: TypeAlias = Callable[[list[int]], Any]

TOTAL_BITS = 32
TOTAL = 1 << TOTAL_BITS
STATE_BITS = 72
FULL = 1 << STATE_BITS
LOW_WATER = 1 << (STATE_BITS - 8)
MAX_VOCABULARY = 1 << 24


@dataclass(frozen=True, slots=True)
class ArithmeticStep:
    """One token on the way.

    Attributes:
        id: the token.
        probability: what the model gave it.
        bits: -log2 of that; inf for 0.
        coded_bits: -log2 of the probability as it was coded, count / 2^32.
        low, high: the interval in [0, 1) after the token, as floats (they meet after some 50 bits).
    """

    id: int
    probability: float
    bits: float
    coded_bits: float
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class ArithmeticTrace:
    """A message and its code.

    Attributes:
        data: the code; what `arithmetic_encode` returns.
        steps: one per token.
        ideal_bits: Σ -log2 p, the information in the message under the model.
        coded_bits: the same with the rounded probabilities.
        size_bits: 8 · len(data).
    """

    data: bytes
    steps: tuple[ArithmeticStep, ...]
    ideal_bits: float
    coded_bits: float
    size_bits: int

    @property
    def overhead_bits(self) -> float:
        """Return the bits that the code takes beyond the ideal."""
        return self.size_bits - self.ideal_bits


def arithmetic_encode(ids: Sequence[int], next_probs: NextProbs) -> bytes:
    """Encode token ids under a model, in about Σ -log2 p bits.

    Args:
        ids: the message; may be empty.
        next_probs: given the ids so far, (V,) probabilities of the next (float64 tensor, array or
            list). It must give bit for bit the same when decoding: call the model in the same way.

    Returns:
        The code. It does not contain the number of tokens; pass that to the decoder.

    Raises:
        ValueError: if an id is outside the vocabulary or `next_probs` gives no distribution.

    Example:
        Under a fair coin `arithmetic_encode([0, 1, 0, 1, 0, 1, 0, 1], coin)` is one byte, 0x55.

    Source: Rissanen (1976); Witten, Neal, Cleary (1987), "Arithmetic Coding for Data Compression";
    Martin (1979) for the range coder with carry.
    """
    return arithmetic_trace(ids, next_probs).data


def arithmetic_trace(ids: Sequence[int], next_probs: NextProbs) -> ArithmeticTrace:
    """Encode as `arithmetic_encode` does and record every step; the model is called once per token.

    Args:
        ids: the message; may be empty.
        next_probs: as `arithmetic_encode`.

    Returns:
        An ArithmeticTrace.

    Raises:
        ValueError: as `arithmetic_encode`.

    Example:
        After token 0 of probabilities 0.5, 0.5 the interval is [0, 0.5).

    Source: as `arithmetic_encode`.
    """
    message = _ids(ids)
    coded = bytearray()
    low, size = 0, FULL
    start, width = 0.0, 1.0
    steps: list[ArithmeticStep] = []
    for place, token in enumerate(message):
        probs = _distribution(next_probs, message[:place])
        if token >= probs.numel():
            raise InputError(
                "ids must be from 0 to {last}; got {got}.",
                last=probs.numel() - 1,
                got=token,
            )
        counts = _counts(probs)
        below, count = int(counts[:token].sum()), int(counts[token])
        offset, size = _narrow(size, below, count)
        low += offset
        if low >= FULL:
            low -= FULL
            _carry(coded)
        while size < LOW_WATER:
            coded.append(low >> (STATE_BITS - 8))
            low = (low << 8) & (FULL - 1)
            size <<= 8
        start, width = start + width * (below / TOTAL), width * (count / TOTAL)
        p = float(probs[token])
        bits = -math.log2(p) if p > 0 else math.inf
        coded_bits = TOTAL_BITS - math.log2(count)
        steps.append(ArithmeticStep(token, p, bits, coded_bits, start, start + width))
    if message:
        _finish(coded, low, size)
    return ArithmeticTrace(
        data=bytes(coded),
        steps=tuple(steps),
        ideal_bits=math.fsum(step.bits for step in steps),
        coded_bits=math.fsum(step.coded_bits for step in steps),
        size_bits=8 * len(coded),
    )


def arithmetic_decode(data: bytes, length: int, next_probs: NextProbs) -> list[int]:
    """Decode `length` token ids; the inverse of `arithmetic_encode`.

    Args:
        data: the code. Damaged or short data decode to other ids, never to an error.
        length: how many tokens.
        next_probs: the very function that encoded.

    Returns:
        The ids.

    Raises:
        ValueError: if an argument cannot be used.

    Example:
        `arithmetic_decode(arithmetic_encode(ids, f), len(ids), f) == ids`.

    Source: as `arithmetic_encode`.
    """
    return list(arithmetic_decode_steps(data, length, next_probs))


def arithmetic_decode_steps(data: bytes, length: int, next_probs: NextProbs) -> Iterator[int]:
    """Decode as `arithmetic_decode` does, yielding one token at a time.

    Args:
        data, length, next_probs: as `arithmetic_decode`.

    Yields:
        `length` ids.

    Raises:
        ValueError: as `arithmetic_decode`.

    Example:
        `list(arithmetic_decode_steps(b"", 0, f))` is `[]`.

    Source: as `arithmetic_encode`.
    """
    if not isinstance(data, (bytes, bytearray, memoryview)):
        raise InputError(
            "data must be bytes; got {got}.",
            got=checks.short(data),
        )
    length = checks.integer("length", length, 0)
    head = STATE_BITS // 8
    code = int.from_bytes(bytes(data[:head]).ljust(head, b"\0"), "big")
    rest = iter(bytes(data[head:]))
    size = FULL
    ids: list[int] = []
    for _ in range(length):
        counts = _counts(_distribution(next_probs, list(ids)))
        above = counts.cumsum(0)
        wanted = min(code // (size >> TOTAL_BITS), TOTAL - 1)
        token = int(torch.searchsorted(above, wanted, right=True))
        count = int(counts[token])
        offset, size = _narrow(size, int(above[token]) - count, count)
        code -= offset
        while size < LOW_WATER:
            code = (code << 8) | next(rest, 0)
            size <<= 8
        ids.append(token)
        yield token


def ideal_bits(ids: Sequence[int], next_probs: NextProbs) -> float:
    """Return a message's information under a model, Σ -log2 p(id | before), in bits.

    Args:
        ids: the message.
        next_probs: given the ids so far, (V,) probabilities of the next.

    Returns:
        Bits; inf where the model gives a token probability 0.

    Raises:
        ValueError: as `arithmetic_encode`.

    Example:
        Eight tosses of a fair coin hold 8 bits.

    Source: Shannon (1948), theorem 9.
    """
    message = _ids(ids)
    bits: list[float] = []
    for place, token in enumerate(message):
        probs = _distribution(next_probs, message[:place])
        if token >= probs.numel():
            raise InputError(
                "ids must be from 0 to {last}; got {got}.",
                last=probs.numel() - 1,
                got=token,
            )
        p = float(probs[token])
        bits.append(-math.log2(p) if p > 0 else math.inf)
    return math.fsum(bits)


def quantize(probs: Tensor | Sequence[float]) -> Tensor:
    """Return whole counts, at least 1 each, with sum 2^32, in proportion to the probabilities.

    Each gets 1 + ⌊p · (2^32 - V)⌋; what rounding leaves over goes to the most likely token, the
    first of a tie. Only multiplication and rounding down of float64, so any machine gets the same.

    Args:
        probs: (V,) probabilities, sum 1; V at most 2^24.

    Returns:
        (V,) int64.

    Raises:
        ValueError: if probs is no distribution or too long.

    Example:
        `quantize([0.5, 0.5])` is 2^31 and 2^31.

    Source: as in Witten, Neal, Cleary (1987), whose counts are also at least 1.
    """
    return _counts(checks.probabilities("probs", probs).detach().to(torch.float64))


def _counts(probs: Tensor) -> Tensor:
    size = probs.numel()
    if size > MAX_VOCABULARY:
        raise InputError(
            "probs must hold at most {max_vocabulary:,} values; got {size:,}.",
            max_vocabulary=MAX_VOCABULARY,
            size=size,
        )
    counts = (probs * (TOTAL - size)).floor().to(torch.int64) + 1
    counts[int(probs.argmax())] += TOTAL - int(counts.sum())
    return counts


def _narrow(size: int, below: int, count: int) -> tuple[int, int]:
    """Return offset and size of a token's interval; the last token gets the remainder."""
    unit = size >> TOTAL_BITS
    offset = unit * below
    return offset, size - offset if below + count == TOTAL else unit * count


def _carry(coded: bytearray) -> None:
    """Add one to the number written so far."""
    place = len(coded) - 1
    while coded[place] == 0xFF:
        coded[place] = 0
        place -= 1
    coded[place] += 1


def _finish(coded: bytearray, low: int, size: int) -> None:
    """Write as few bytes as name a number in [low, low + size); the decoder appends zeros."""
    for count in range(STATE_BITS // 8 + 1):
        rest = (1 << (STATE_BITS - 8 * count)) - 1
        number = (low + rest) & ~rest
        if number < low + size:
            break
    if number >= FULL:
        number -= FULL
        _carry(coded)
    coded += number.to_bytes(STATE_BITS // 8, "big")[:count]
    while coded and coded[-1] == 0:
        coded.pop()


def _distribution(next_probs: NextProbs, prefix: list[int]) -> Tensor:
    """Call the model and bring its answer to a float64 distribution on the CPU."""
    if not callable(next_probs):
        raise InputError(
            "next_probs must be a function; got {got}.",
            got=checks.short(next_probs),
        )
    given = next_probs(prefix)
    try:
        probs = torch.as_tensor(given, dtype=torch.float64, device="cpu").detach()
    except (TypeError, ValueError, RuntimeError) as error:
        raise InputError(
            "next_probs must return (V,) probabilities; got {got}.",
            got=checks.short(given),
        ) from error
    probs = checks.probabilities("next_probs(prefix)", probs, tolerance=1e-3)
    return probs / probs.sum()


def _ids(ids: Sequence[int]) -> list[int]:
    try:
        values = ids.tolist() if isinstance(ids, Tensor) else list(ids)
    except TypeError as error:
        raise InputError(
            "ids must be a list of token ids; got {got}.",
            got=checks.short(ids),
        ) from error
    if not isinstance(values, list):
        raise InputError(
            "ids must be a list of token ids; got {got}.",
            got=checks.short(values),
        )
    return [checks.integer("ids", value, 0) for value in values]
