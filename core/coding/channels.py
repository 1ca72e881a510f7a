"""Error-correcting codes: repetition and Hamming on the binary symmetric channel."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from core import checks
from core.coding.capacity import bsc_capacity
from core.coding.confidence import wilson_interval
from core.errors import InputError

CODES: tuple[str, ...] = ("none", "repetition-3", "repetition-5", "repetition-7", "hamming-7-4")
MAX_RUN_BLOCKS = 5_000_000


@dataclass(frozen=True, slots=True)
class ChannelRun:
    """A code tried on a binary symmetric channel.

    Attributes:
        code, flip: the settings.
        rate: message bits per sent bit.
        bit_error_rate: share of message bits that came out wrong.
        error_interval: 95 % confidence interval of the bit error rate; see `wilson_interval`.
        block_error_rate: share of blocks with a wrong bit.
        expected_bit_error_rate: what the share tends to, computed from all error patterns.
        capacity: of the channel, in bits per use.
        messages: (B, k) bool, drawn at random.
        sent: (B, n) bool, the codewords.
        received: (B, n) bool, some of them flipped.
        decoded: (B, k) bool.
    """

    code: str
    flip: float
    rate: float
    bit_error_rate: float
    error_interval: tuple[float, float]
    block_error_rate: float
    expected_bit_error_rate: float
    capacity: float
    messages: Tensor
    sent: Tensor
    received: Tensor
    decoded: Tensor


def simulate_bsc(code: str, flip: float, blocks: int, generator: torch.Generator) -> ChannelRun:
    """Send random blocks through a binary symmetric channel and count what comes out wrong.

    Args:
        code: "none", "repetition-3", -5, -7 (majority vote) or "hamming-7-4" (four bits and
            three parities; the syndrome is the place of a single flipped bit).
        flip: probability that a bit is inverted.
        blocks: how many, at most 5 000 000. A block is 1 message bit, or 4 with Hamming.
        generator: the only source of randomness.

    Returns:
        A ChannelRun.

    Raises:
        ValueError: if an argument cannot be used.

    Example:
        "repetition-3" at flip 0.1 has rate 1/3 and an expected bit error rate of
        3 · 0.01 · 0.9 + 0.001 = 0.028.

    Source: Hamming (1950), "Error Detecting and Error Correcting Codes"; MacKay (2003), chapter 1.
    """
    code = checks.choice("code", code, CODES)
    flip = checks.number("flip", flip, 0.0, 1.0)
    blocks = checks.integer("blocks", blocks, 1, MAX_RUN_BLOCKS)
    if not isinstance(generator, torch.Generator):
        raise InputError(
            "generator must be a torch.Generator; got {got}.",
            got=checks.short(generator),
        )
    place = generator.device
    shape = blocks, message_bits(code)
    messages = torch.randint(2, shape, generator=generator, device=place).bool()
    shape = blocks, codeword_bits(code)
    levels = torch.rand(shape, generator=generator, device=place, dtype=torch.float64)
    return transmit(code, flip, messages, levels)


def transmit(code: str, flip: float, messages: Tensor, levels: Tensor) -> ChannelRun:
    """Send given messages through a binary symmetric channel with given noise.

    A bit is inverted where its level is below `flip`. With the same levels, a larger `flip` inverts
    the same bits and more of them, so that a moved slider changes nothing by chance.

    Args:
        code: one of `CODES`.
        flip: probability that a bit is inverted.
        messages: (B, k) bool.
        levels: (B, n) uniform in [0, 1), n the length of a codeword.

    Returns:
        A ChannelRun.

    Raises:
        ValueError: if an argument cannot be used.

    Example:
        Repetition-3 with levels (0.05, 0.5, 0.9) survives flip 0.1, but not 0.6.

    Source: as `simulate_bsc`; common random numbers, as Glasserman (2003), section 4.2.
    """
    flip = checks.number("flip", flip, 0.0, 1.0)
    sent = channel_encode(code, messages)
    if levels.shape != sent.shape:
        raise InputError(
            "levels must have the codewords' shape {shape}; got {got}.",
            shape=tuple(sent.shape),
            got=tuple(levels.shape),
        )
    received = sent ^ (levels < flip)
    decoded = channel_decode(code, received)
    wrong = decoded ^ messages
    rate = float(wrong.double().mean())
    return ChannelRun(
        code=code,
        flip=flip,
        rate=message_bits(code) / codeword_bits(code),
        bit_error_rate=rate,
        error_interval=wilson_interval(rate, len(wrong)),
        block_error_rate=float(wrong.any(1).double().mean()),
        expected_bit_error_rate=expected_bit_error_rate(code, flip),
        capacity=bsc_capacity(flip),
        messages=messages,
        sent=sent,
        received=received,
        decoded=decoded,
    )


def message_bits(code: str) -> int:
    """Return the message bits of a block: 4 with Hamming, else 1."""
    return 4 if checks.choice("code", code, CODES) == "hamming-7-4" else 1


def codeword_bits(code: str) -> int:
    """Return the sent bits of a block: 7 with Hamming, else the repetitions."""
    return 7 if checks.choice("code", code, CODES) == "hamming-7-4" else _repeats(code)


def channel_encode(code: str, messages: Tensor) -> Tensor:
    """Return the codewords of messages: (B, k) bool to (B, n) bool.

    Args:
        code: one of `CODES`.
        messages: (B, 1) bool, or (B, 4) for "hamming-7-4".

    Returns:
        (B, n) bool. Hamming's places are p1 p2 d1 p3 d2 d3 d4.

    Raises:
        ValueError: if the code is unknown or the messages have another size.

    Example:
        `channel_encode("hamming-7-4", 1011)` is 0110011.

    Source: as `simulate_bsc`.
    """
    hamming = checks.choice("code", code, CODES) == "hamming-7-4"
    bits = _bits("messages", messages, 4 if hamming else 1)
    if not hamming:
        return bits.repeat(1, _repeats(code))
    d1, d2, d3, d4 = bits.unbind(1)
    return torch.stack((d1 ^ d2 ^ d4, d1 ^ d3 ^ d4, d1, d2 ^ d3 ^ d4, d2, d3, d4), 1)


def channel_decode(code: str, received: Tensor) -> Tensor:
    """Return the most likely messages for the received blocks: (B, n) bool to (B, k) bool.

    Args:
        code: one of `CODES`.
        received: (B, n) bool.

    Returns:
        (B, k) bool.

    Raises:
        ValueError: if the code is unknown or the blocks have another size.

    Example:
        `channel_decode("repetition-3", 101)` is 1.

    Source: as `simulate_bsc`.
    """
    hamming = checks.choice("code", code, CODES) == "hamming-7-4"
    bits = _bits("received", received, 7 if hamming else _repeats(code))
    if not hamming:
        return bits.sum(1, keepdim=True) * 2 > bits.shape[1]
    b1, b2, b3, b4, b5, b6, b7 = bits.unbind(1)
    syndrome = (b1 ^ b3 ^ b5 ^ b7) * 1 + (b2 ^ b3 ^ b6 ^ b7) * 2 + (b4 ^ b5 ^ b6 ^ b7) * 4
    places = torch.arange(1, 8, device=bits.device)
    return (bits ^ (places == syndrome[:, None]))[:, [2, 4, 5, 6]]


def expected_bit_error_rate(code: str, flip: float) -> float:
    """Return the exact share of wrong message bits: all error patterns, weighted by probability.

    The codes are linear and the decoders look at the error pattern only, so what happens to the
    message of zeros happens to all.

    Args:
        code: one of `CODES`.
        flip: probability that a bit is inverted.

    Returns:
        From 0 to 1.

    Raises:
        ValueError: if an argument cannot be used.

    Example:
        `expected_bit_error_rate("repetition-3", 0.1)` is 0.028.

    Source: MacKay (2003), section 1.2.
    """
    flip = checks.number("flip", flip, 0.0, 1.0)
    length = codeword_bits(code)
    patterns = (torch.arange(2**length)[:, None] >> torch.arange(length)) % 2 == 1
    flipped = patterns.sum(1).double()
    weights = flip**flipped * (1.0 - flip) ** (length - flipped)
    return float((weights * channel_decode(code, patterns).double().mean(1)).sum())


def _repeats(code: str) -> int:
    return 1 if code == "none" else int(code[-1])


def _bits(name: str, value: Tensor, width: int) -> Tensor:
    if not isinstance(value, Tensor) or value.dtype != torch.bool or value.shape[1:] != (width,):
        raise InputError(
            "{name} must be a (B, {width}) bool tensor; got {got}.",
            name=name,
            width=width,
            got=checks.short(value),
        )
    return value
