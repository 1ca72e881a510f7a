"""The capacity of noisy channels: closed forms, and the Blahut–Arimoto iteration."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from core import checks
from core.errors import InputError
from core.information import binary_entropy


@dataclass(frozen=True, slots=True)
class CapacityStep:
    """One iteration: the bounds between which the capacity lies, and the input so far.

    Attributes:
        lower, upper: bounds of the capacity, in bits; `upper` is the largest divergence.
        input_distribution: (X,) of this iteration.
        divergences: (X,) bits, D(row x ‖ outputs): what using input x tells. At the optimum it is
            the capacity for every input in use and at most that for the others.
    """

    lower: float
    upper: float
    input_distribution: Tensor
    divergences: Tensor


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


def bsc_capacity(flip: float) -> float:
    """Return capacity of the binary symmetric channel, 1 - H(flip).

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
    return max(0.0, 1.0 - binary_entropy(checks.number("flip", flip, 0.0, 1.0)))


def bec_capacity(erase: float) -> float:
    """Return capacity of the binary erasure channel, 1 - erase.

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
    return 1.0 - checks.number("erase", erase, 0.0, 1.0)


def z_channel_capacity(flip: float) -> float:
    """Return the Z channel's capacity, log2(1 + (1-f) f^(f/(1-f))); only a 1 can be inverted.

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
    flip = checks.number("flip", flip, 0.0, 1.0)
    if flip == 1.0:
        return 0.0
    return math.log2(1.0 + (1.0 - flip) * flip ** (flip / (1.0 - flip)))


def channel_matrix(channel: str, noise: float) -> Tensor:
    """Return the (X, Y) matrix of a named channel; row x holds the probabilities of the outputs.

    Args:
        channel: "bsc" (outputs 0, 1), "bec" (outputs 0, erased, 1) or "z" (only a 1 is inverted).
        noise: probability that a bit is inverted or erased.

    Raises:
        ValueError: if the channel is unknown or noise is no probability.

    Example:
        `channel_matrix("bec", 0.25)` is [[0.75, 0.25, 0], [0, 0.25, 0.75]].

    Source: Cover and Thomas (2006), sections 7.1.4 and 7.1.5, problem 7.8.
    """
    channel = checks.choice("channel", channel, tuple(CAPACITIES))
    f = checks.number("noise", noise, 0.0, 1.0)
    rows = {
        "bsc": [[1 - f, f], [f, 1 - f]],
        "bec": [[1 - f, f, 0.0], [0.0, f, 1 - f]],
        "z": [[1.0, 0.0], [f, 1 - f]],
    }
    return torch.tensor(rows[channel], dtype=torch.float64)


def best_input(channel: str, noise: float) -> float:
    """Return how often a 1 has to be sent to reach the capacity of a named channel.

    Args:
        channel: "bsc", "bec" or "z", as `channel_matrix`.
        noise: probability that a bit is inverted or erased.

    Returns:
        P(X = 1): 1/2 by symmetry for two of them; less for Z, where a 1 is less reliable. Where
        the capacity is 0, every input reaches it; Z's limit there is 1/e.

    Raises:
        ValueError: if the channel is unknown or noise is no probability.

    Example:
        `best_input("z", 0.5)` is 0.4.

    Source: MacKay (2003), section 9.5; Cover and Thomas (2006), problem 7.8.
    """
    channel = checks.choice("channel", channel, tuple(CAPACITIES))
    f = checks.number("noise", noise, 0.0, 1.0)
    if channel != "z":
        return 0.5
    if f == 1.0:
        return math.exp(-1)
    return 1.0 / ((1.0 - f) * (1.0 + 2.0 ** (binary_entropy(f) / (1.0 - f))))


def rate_limit(capacity: float, bit_error_rate: float) -> float:
    """Return the largest rate at which a code can have this bit error rate, C / (1 - H(p)).

    Bits that may be wrong with probability p are a compressed source of 1 - H(p) bits each, so that
    more of them pass. Every code of any length has at most this rate; long codes come close to it.

    Args:
        capacity: of the channel, in bits per use.
        bit_error_rate: p, from 0 to 0.5.

    Returns:
        Message bits per use; inf at p = 0.5, unless the capacity is 0.

    Raises:
        ValueError: if an argument cannot be used.

    Example:
        `rate_limit(0.5, 0.0)` is 0.5; `rate_limit(0.5, 0.11)` is 1.0.

    Source: MacKay (2003), equation 10.2 and section 10.1, part 3 of the theorem.
    """
    capacity = checks.number("capacity", capacity, 0.0)
    kept = 1.0 - binary_entropy(checks.number("bit_error_rate", bit_error_rate, 0.0, 0.5))
    if capacity == 0.0:
        return 0.0
    return capacity / kept if kept > 0 else math.inf


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
    tolerance = checks.number("tolerance", tolerance, 0.0, low_open=True)
    max_iterations = checks.integer("max_iterations", max_iterations, 1)
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
        bits = divergence / math.log(2)
        steps.append(CapacityStep(max(0.0, lower), max(0.0, upper), inputs, bits))
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


def _channel(channel: Tensor | Sequence[Sequence[float]]) -> Tensor:
    try:
        rows = channel if isinstance(channel, Tensor) else [list(row) for row in channel]
        table = torch.as_tensor(rows, dtype=torch.float64).detach()
    except (TypeError, ValueError, RuntimeError) as error:
        raise InputError(
            "channel must be a table with rows of one length; got {got}.",
            got=checks.short(channel),
        ) from error
    if table.ndim != 2 or not table.numel():
        raise InputError(
            "channel must be an (X, Y) table; got shape {shape}.",
            shape=tuple(table.shape),
        )
    for place, row in enumerate(table):
        checks.probabilities(f"channel row {place}", row)
    return table


#: Closed forms of the named channels, by the name that `channel_matrix` takes.
CAPACITIES: dict[str, Callable[[float], float]] = {
    "bsc": bsc_capacity,
    "bec": bec_capacity,
    "z": z_channel_capacity,
}
