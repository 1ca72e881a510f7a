"""Context extension for RoPE: five ways to slow the rotations so that longer texts fit."""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch
from torch import Tensor

from core.checks import choice, integer, number
from core.errors import InputError

ROPE_SCALINGS = ("linear", "ntk", "dynamic", "yarn", "llama3")


@dataclass(frozen=True, slots=True)
class RopeScaling:
    """How RoPE's frequencies are changed to reach beyond the training length.

    Args:
        kind: "linear" divides every frequency by the factor (position interpolation, Chen et al.
            2023, arXiv:2306.15595). "ntk" raises the base so that the slowest pair slows by the
            factor and the fastest hardly at all (bloc97, 2023). "dynamic" is "ntk" with a factor
            that grows with the text, and none up to `original_length` (emozilla, 2023). "yarn"
            interpolates slow pairs, leaves fast pairs, ramps between (Peng et al. 2023,
            arXiv:2309.00071, section 3.2). "llama3" does so by wavelength (Llama 3.1).
        factor: how many times longer the text may be, at least 1.
        original_length: tokens of context that the model was trained on.
        current_length: "dynamic" only: tokens in the text now; None lets `apply_rope` use the
            largest position + 1, and `rope_frequencies` the original length.
        beta_fast: "yarn": pairs that rotate at least this often in `original_length` stay.
        beta_slow: "yarn": pairs that rotate at most this often are divided by the factor.
        truncate: "yarn": round the ends of the ramp to whole pairs.
        attention_scale: "yarn": replaces the recommended `attention_factor`.
        low_freq_factor: "llama3": wavelengths above original_length / this are divided.
        high_freq_factor: "llama3": wavelengths below original_length / this stay.

    Raises:
        ValueError: for an unknown kind or a number outside its range.

    Example:
        >>> round(RopeScaling("yarn", factor=4.0, original_length=2048).attention_factor, 4)
        1.1386
    """

    kind: str
    factor: float = 1.0
    original_length: int = 2048
    current_length: int | None = None
    beta_fast: float = 32.0
    beta_slow: float = 1.0
    truncate: bool = True
    attention_scale: float | None = None
    low_freq_factor: float = 1.0
    high_freq_factor: float = 4.0

    def __post_init__(self) -> None:
        """Refuse what the formulas cannot use."""
        choice("kind", self.kind, ROPE_SCALINGS)
        number("factor", self.factor, 1.0)
        integer("original_length", self.original_length, 1)
        if self.current_length is not None:
            integer("current_length", self.current_length, 1)
        number("beta_slow", self.beta_slow, 0.0, low_open=True)
        number("beta_fast", self.beta_fast, self.beta_slow, low_open=True)
        number("low_freq_factor", self.low_freq_factor, 0.0, low_open=True)
        number("high_freq_factor", self.high_freq_factor, self.low_freq_factor, low_open=True)
        if self.attention_scale is not None:
            number("attention_scale", self.attention_scale, 0.0, low_open=True)

    @property
    def attention_factor(self) -> float:
        """Return the factor for rotated q and k, each: 0.1·ln(factor) + 1 for YaRN, else 1."""
        if self.kind != "yarn":
            return 1.0
        if self.attention_scale is not None:
            return self.attention_scale
        return 0.1 * math.log(self.factor) + 1.0


def scaled_frequencies(head_dim: int, base: float, scaling: RopeScaling) -> Tensor:
    """Return RoPE's frequencies under a scaling, in float64.

    Args:
        head_dim: size of one head, even; at least 4 for "ntk" and "dynamic".
        base: the base before scaling.
        scaling: what to do.

    Returns:
        (head_dim / 2,) radians per token.

    Example:
        >>> scaled_frequencies(4, 10000.0, RopeScaling("linear", factor=2.0)).tolist()
        [0.5, 0.005]
    """
    if scaling.kind in ("ntk", "dynamic"):
        stretched = _stretched_base(head_dim, base, scaling)
        return plain_frequencies(head_dim, stretched)
    frequencies = plain_frequencies(head_dim, base)
    slowed = frequencies / scaling.factor
    if scaling.kind == "linear":
        return slowed
    keep = (
        yarn_keep_share(head_dim, base, scaling)
        if scaling.kind == "yarn"
        else llama3_keep_share(frequencies, scaling)
    )
    return slowed * (1.0 - keep) + frequencies * keep


def plain_frequencies(head_dim: int, base: float) -> Tensor:
    """Return base^(-2i/head_dim) for each pair i, in float64 (RoFormer, equation 15)."""
    exponents = torch.arange(0, head_dim, 2, dtype=torch.float64) / head_dim
    return base**-exponents


def yarn_keep_share(head_dim: int, base: float, scaling: RopeScaling) -> Tensor:
    """Return how much of each pair's own frequency YaRN keeps: 1 fast, 0 slow, a ramp between.

    Args:
        head_dim: size of one head.
        base: RoPE base, more than 1.
        scaling: its `beta_fast`, `beta_slow`, `original_length` and `truncate` are used.

    Returns:
        (head_dim / 2,) in [0, 1]: 1 - gamma in YaRN, section 3.2.
    """

    def pair_turning(times: float) -> float:
        # The pair index whose wavelength fits `times` times into the training length.
        ratio = scaling.original_length / (times * 2 * math.pi)
        return head_dim * math.log(ratio) / (2 * math.log(base))

    first, last = pair_turning(scaling.beta_fast), pair_turning(scaling.beta_slow)
    if scaling.truncate:
        first, last = math.floor(first), math.ceil(last)
    first, last = max(first, 0), min(last, head_dim - 1)
    if first == last:
        last += 0.001  # the reference implementations' step in place of a division by zero
    pairs = torch.arange(head_dim // 2, dtype=torch.float64)
    return 1.0 - ((pairs - first) / (last - first)).clamp(0.0, 1.0)


def llama3_keep_share(frequencies: Tensor, scaling: RopeScaling) -> Tensor:
    """Return how much of each frequency Llama 3.1 keeps, by its turns within the training length.

    Args:
        frequencies: (head_dim / 2,) radians per token.
        scaling: its `low_freq_factor`, `high_freq_factor` and `original_length` are used.

    Returns:
        (head_dim / 2,) in [0, 1].
    """
    turns = scaling.original_length * frequencies / (2 * math.pi)
    low, high = scaling.low_freq_factor, scaling.high_freq_factor
    return ((turns - low) / (high - low)).clamp(0.0, 1.0)


def _stretched_base(head_dim: int, base: float, scaling: RopeScaling) -> float:
    if head_dim < 4:
        raise InputError(
            "head_dim must be at least 4 for {kind!r} scaling, which needs two "
            "pairs; got {head_dim}.",
            kind=scaling.kind,
            head_dim=head_dim,
        )
    stretch = scaling.factor
    if scaling.kind == "dynamic":
        length = max(scaling.current_length or 0, scaling.original_length)
        stretch = scaling.factor * length / scaling.original_length - (scaling.factor - 1.0)
    return base * stretch ** (head_dim / (head_dim - 2))
