"""Noisy channels: how much they can carry, and what simple codes make of them."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from core import _check
from core.information import binary_entropy

CODES: tuple[str, ...] = ("none", "repetition-3", "repetition-5", "hamming-7-4")
MAX_RUN_BLOCKS = 5_000_000


@dataclass(frozen=True, slots=True)
class CapacityStep:
    """One iteration: the bounds between which the capacity lies, and the input so far."""

    lower: float
    upper: float
    input_distribution: Tensor


@dataclass(frozen=True, slots=True)
class ChannelCapacity:
    """The most that a channel can carry.

    Attributes:
        capacity: bits per use.
        input_distribution: (X,) that reaches it.
        output_distribution: (Y,) that comes of it.
        steps: the iterations; the bounds close in on the capacity.
        gap: what is left between the bounds, in bits.
        converged: whether the gap is within the tolerance.
    """

    capacity: float
    input_distribution: Tensor
    output_distribution: Tensor
    steps: tuple[CapacityStep, ...]
    gap: float
    converged: bool


@dataclass(frozen=True, slots=True)
class ChannelRun:
    """A code tried on a binary symmetric channel.

    Attributes:
        code, flip: the settings.
        rate: message bits per sent bit.
        bit_error_rate: share of message bits that came out wrong.
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
    block_error_rate: float
    expected_bit_error_rate: float
    capacity: float
    messages: Tensor
    sent: Tensor
    received: Tensor
    decoded: Tensor


def bsc_capacity(flip: float) -> float:
    """Capacity of the binary symmetric channel, 1 - H(flip).

    Args:
        flip: probability that a bit is inverted.

    Returns:
        Bits per use; 0 at flip 0.5.

    Raises:
        ValueError: if flip is no probability.

    Example:
        `bsc_capacity(0.11)` is 0.5001.

    Source: Shannon (1948), section 15; Cover and Thomas (2006), eq. 7.5.
    """
    return max(0.0, 1.0 - binary_entropy(_check.number("flip", flip, 0.0, 1.0)))


def bec_capacity(erase: float) -> float:
    """Capacity of the binary erasure channel, 1 - erase.

    Args:
        erase: probability that a bit is lost, seen to be lost.

    Returns:
        Bits per use.

    Raises:
        ValueError: if erase is no probability.

    Example:
        `bec_capacity(0.25)` is 0.75.

    Source: Elias (1955); Cover and Thomas (2006), eq. 7.15.
    """
    return 1.0 - _check.number("erase", erase, 0.0, 1.0)


def z_channel_capacity(flip: float) -> float:
    """Capacity of the Z channel, where only a 1 can be inverted: log2(1 + (1-f) f^(f/(1-f))).

    Args:
        flip: f, probability that a 1 arrives as 0.

    Returns:
        Bits per use.

    Raises:
        ValueError: if flip is no probability.

    Example:
        `z_channel_capacity(0.5)` is log2(1.25) = 0.3219.

    Source: Cover and Thomas (2006), problem 7.8; MacKay (2003), section 9.6.
    """
    flip = _check.number("flip", flip, 0.0, 1.0)
    if flip == 1.0:
        return 0.0
    return math.log2(1.0 + (1.0 - flip) * flip ** (flip / (1.0 - flip)))


def blahut_arimoto(
    channel: Tensor | Sequence[Sequence[float]],
    tolerance: float = 1e-9,
    max_iterations: int = 10_000,
) -> ChannelCapacity:
    """Find a channel's capacity by giving more to the inputs that tell more, again and again.

    Args:
        channel: (X, Y), row x the probabilities of the outputs for input x.
        tolerance: stop when the bounds are this close, in bits.
        max_iterations: stop at the latest then.

    Returns:
        A ChannelCapacity.

    Raises:
        ValueError: if the table is not two-dimensional or a row is no distribution.

    Example:
        `blahut_arimoto([[0.9, 0.1], [0.1, 0.9]]).capacity` is 1 - H(0.1) = 0.531.

    Source: Blahut (1972), "Computation of Channel Capacity"; Arimoto (1972).
    """
    table = _channel(channel)
    tolerance = _check.number("tolerance", tolerance, 0.0, low_open=True)
    max_iterations = _check.integer("max_iterations", max_iterations, 1)
    inputs = torch.full((table.shape[0],), 1.0 / table.shape[0], dtype=torch.float64)
    informative = torch.special.entr(table).sum(1)
    steps: list[CapacityStep] = []
    lower = upper = 0.0
    for _ in range(max_iterations):
        outputs = inputs @ table
        # D(row ‖ outputs) in nats: what each input tells about itself.
        surprise = torch.where(table > 0, -table * outputs.log(), 0.0).sum(1)
        divergence = surprise - informative
        told = inputs.log() + divergence
        lower = float(torch.logsumexp(told, 0)) / math.log(2)
        upper = float(divergence.max()) / math.log(2)
        steps.append(CapacityStep(max(0.0, lower), max(0.0, upper), inputs))
        if upper - lower <= tolerance:
            break
        inputs = told.softmax(0)
    final = steps[-1].input_distribution
    return ChannelCapacity(
        capacity=steps[-1].lower,
        input_distribution=final,
        output_distribution=final @ table,
        steps=tuple(steps),
        gap=max(0.0, upper - lower),
        converged=upper - lower <= tolerance,
    )


def simulate_bsc(code: str, flip: float, blocks: int, generator: torch.Generator) -> ChannelRun:
    """Send random blocks through a binary symmetric channel and count what comes out wrong.

    Args:
        code: "none", "repetition-3", "repetition-5" (majority vote) or "hamming-7-4" (four bits and
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
    code = _check.choice("code", code, CODES)
    flip = _check.number("flip", flip, 0.0, 1.0)
    blocks = _check.integer("blocks", blocks, 1, MAX_RUN_BLOCKS)
    if not isinstance(generator, torch.Generator):
        raise ValueError(f"generator must be a torch.Generator; got {_check.short(generator)}.")
    size = 4 if code == "hamming-7-4" else 1
    place = generator.device
    messages = torch.randint(2, (blocks, size), generator=generator, device=place).bool()
    sent = channel_encode(code, messages)
    noise = torch.rand(sent.shape, generator=generator, device=place, dtype=torch.float64) < flip
    received = sent ^ noise
    decoded = channel_decode(code, received)
    wrong = decoded ^ messages
    return ChannelRun(
        code=code,
        flip=flip,
        rate=size / sent.shape[1],
        bit_error_rate=float(wrong.double().mean()),
        block_error_rate=float(wrong.any(1).double().mean()),
        expected_bit_error_rate=expected_bit_error_rate(code, flip),
        capacity=bsc_capacity(flip),
        messages=messages,
        sent=sent,
        received=received,
        decoded=decoded,
    )


def channel_encode(code: str, messages: Tensor) -> Tensor:
    """Codewords of messages: (B, k) bool to (B, n) bool.

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
    hamming = _check.choice("code", code, CODES) == "hamming-7-4"
    bits = _bits("messages", messages, 4 if hamming else 1)
    if not hamming:
        return bits.repeat(1, _repeats(code))
    d1, d2, d3, d4 = bits.unbind(1)
    return torch.stack((d1 ^ d2 ^ d4, d1 ^ d3 ^ d4, d1, d2 ^ d3 ^ d4, d2, d3, d4), 1)


def channel_decode(code: str, received: Tensor) -> Tensor:
    """The most likely messages for what was received: (B, n) bool to (B, k) bool.

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
    hamming = _check.choice("code", code, CODES) == "hamming-7-4"
    bits = _bits("received", received, 7 if hamming else _repeats(code))
    if not hamming:
        return bits.sum(1, keepdim=True) * 2 > bits.shape[1]
    b1, b2, b3, b4, b5, b6, b7 = bits.unbind(1)
    syndrome = (b1 ^ b3 ^ b5 ^ b7) * 1 + (b2 ^ b3 ^ b6 ^ b7) * 2 + (b4 ^ b5 ^ b6 ^ b7) * 4
    places = torch.arange(1, 8, device=bits.device)
    return (bits ^ (places == syndrome[:, None]))[:, [2, 4, 5, 6]]


def expected_bit_error_rate(code: str, flip: float) -> float:
    """The exact share of wrong message bits: every error pattern, weighed by its probability.

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
    flip = _check.number("flip", flip, 0.0, 1.0)
    length = 7 if _check.choice("code", code, CODES) == "hamming-7-4" else _repeats(code)
    patterns = (torch.arange(2**length)[:, None] >> torch.arange(length)) % 2 == 1
    flipped = patterns.sum(1).double()
    weights = flip**flipped * (1.0 - flip) ** (length - flipped)
    return float((weights * channel_decode(code, patterns).double().mean(1)).sum())


def _repeats(code: str) -> int:
    return 1 if code == "none" else int(code[-1])


def _bits(name: str, value: Tensor, width: int) -> Tensor:
    if not isinstance(value, Tensor) or value.dtype != torch.bool or value.shape[1:] != (width,):
        raise ValueError(f"{name} must be a (B, {width}) bool tensor; got {_check.short(value)}.")
    return value


def _channel(channel: Tensor | Sequence[Sequence[float]]) -> Tensor:
    try:
        rows = channel if isinstance(channel, Tensor) else [list(row) for row in channel]
        table = torch.as_tensor(rows, dtype=torch.float64).detach()
    except (TypeError, ValueError, RuntimeError) as error:
        raise ValueError(
            f"channel must be a table with rows of one length; got {_check.short(channel)}."
        ) from error
    if table.ndim != 2 or not table.numel():
        raise ValueError(f"channel must be an (X, Y) table; got shape {tuple(table.shape)}.")
    for place, row in enumerate(table):
        _check.probabilities(f"channel row {place}", row)
    return table
