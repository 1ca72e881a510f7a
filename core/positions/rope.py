"""Rotary position embedding: each pair of a head's numbers is rotated by its token's position."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Sequence

import torch
from torch import Tensor

from core.checks import choice, finite, floating, integer, number
from core.errors import InputError
from core.positions.scaling import RopeScaling, plain_frequencies, scaled_frequencies

PAIRINGS = ("interleaved", "half")
Positions = Tensor | Sequence[int] | Sequence[float]


def rope_frequencies(
    head_dim: int,
    base: float = 10000.0,
    scaling: RopeScaling | None = None,
    *,
    dtype: torch.dtype = torch.float32,
) -> Tensor:
    """Return the angle in radians that each pair rotates per token, from fast to slow.

    Args:
        head_dim: size of one head, even.
        base: more than 1; a larger base rotates the slow pairs more slowly.
        scaling: optional context extension.
        dtype: of the result; the computation is in float64 and rounded once.

    Returns:
        (head_dim / 2,): base^(-2i / head_dim) for pair i.

    Raises:
        ValueError: for an odd head_dim or a base that is not more than 1.

    Example:
        >>> [round(f, 4) for f in rope_frequencies(4).tolist()]
        [1.0, 0.01]

    Source: Su et al. 2021, RoFormer, arXiv:2104.09864, equation 15.
    """
    head_dim = even_dim(head_dim)
    base = number("base", base, 1.0, low_open=True)
    if scaling is None:
        return plain_frequencies(head_dim, base).to(dtype)
    if not isinstance(scaling, RopeScaling):
        raise InputError(
            "scaling must be a RopeScaling or None; got {scaling!r}.",
            scaling=scaling,
        )
    return scaled_frequencies(head_dim, base, scaling).to(dtype)


def wavelengths(frequencies: Tensor | Sequence[float]) -> Tensor:
    """Return how many tokens each pair needs for one full turn, 2π / frequency.

    Args:
        frequencies: (P,) radians per token, positive.

    Returns:
        (P,) tokens per turn.

    Example:
        >>> round(float(wavelengths([1.0])), 4)
        6.2832
    """
    frequencies = finite("frequencies", frequencies, min_ndim=1)
    if bool((frequencies <= 0).any()):
        raise InputError(
            "frequencies must be above 0; got {got:g}. A pair that does not rotate "
            "has no wavelength.",
            got=float(frequencies.min()),
        )
    return 2 * math.pi / frequencies


def rope_angles(
    positions: Positions,
    head_dim: int,
    base: float = 10000.0,
    scaling: RopeScaling | None = None,
) -> Tensor:
    """Return position × frequency in float64, the angle of every arrow on the page of clocks.

    Args:
        positions: (..., T) token positions; they may be fractions and may be negative.
        head_dim: size of one head, even.
        base: RoPE base.
        scaling: optional context extension; "dynamic" without a `current_length` takes the largest
            position + 1, as transformers does.

    Returns:
        (..., T, head_dim / 2) radians, float64: a float32 angle near 100 000 is off by 0.004.

    Example:
        >>> rope_angles([0, 2], 4).tolist()
        [[0.0, 0.0], [2.0, 0.02]]
    """
    where = finite("positions", positions, min_ndim=1).to(torch.float64)
    if scaling is not None and scaling.kind == "dynamic" and scaling.current_length is None:
        longest = max(int(where.max()) + 1, 1)
        scaling = dataclasses.replace(scaling, current_length=longest)
    frequencies = rope_frequencies(head_dim, base, scaling, dtype=torch.float64)
    return where.unsqueeze(-1) * frequencies.to(where.device)


def rope_tables(
    positions: Positions,
    head_dim: int,
    base: float = 10000.0,
    scaling: RopeScaling | None = None,
    *,
    dtype: torch.dtype = torch.float32,
) -> tuple[Tensor, Tensor]:
    """Return cos and sin of all angles, times the scaling's `attention_factor`; for `rotate`.

    Args:
        positions: (..., T) token positions.
        head_dim: size of one head, even.
        base: RoPE base.
        scaling: optional context extension.
        dtype: of the two tables.

    Returns:
        cos and sin, each (..., T, head_dim / 2). Compute them once and use them in every layer.

    Example:
        >>> cos, sin = rope_tables([0], 2)
        >>> cos.item(), sin.item()
        (1.0, 0.0)
    """
    angles = rope_angles(positions, head_dim, base, scaling)
    factor = 1.0 if scaling is None else scaling.attention_factor
    return (angles.cos() * factor).to(dtype), (angles.sin() * factor).to(dtype)


def rotate(x: Tensor, cos: Tensor, sin: Tensor, pairing: str = "interleaved") -> Tensor:
    """Turn every pair of `x` by the angles whose cos and sin are given.

    Args:
        x: (..., T, head_dim).
        cos: broadcastable to (..., T, head_dim / 2); see `rope_tables`.
        sin: like cos.
        pairing: "interleaved" rotates (2i, 2i+1) together, "half" rotates (i, i + head_dim/2).

    Returns:
        (..., T, head_dim), the pairs where they were.

    Source: RoFormer, equation 34; "half" is GPT-NeoX's and the transformers library's layout.
    """
    first, second = split_pairs(x, pairing)
    return join_pairs(first * cos - second * sin, first * sin + second * cos, pairing)


def apply_rope(
    x: Tensor,
    positions: Positions,
    base: float = 10000.0,
    pairing: str = "interleaved",
    scaling: RopeScaling | None = None,
) -> Tensor:
    """Rotate queries or keys by their positions.

    Args:
        x: (..., T, head_dim), float.
        positions: (T,), or any shape that broadcasts against x's (..., T), as (B, 1, T) does
            when left padding gives every sentence positions of its own.
        base: more than 1.
        pairing: "interleaved" (RoFormer, GGUF) or "half" (GPT-NeoX, transformers).
        scaling: optional context extension; its `attention_factor` multiplies the result.

    Returns:
        (..., T, head_dim), x's dtype; differentiable.

    Raises:
        ValueError: when shapes do not fit, head_dim is odd, or an argument is out of range.

    Example:
        >>> x = torch.tensor([[1.0, 0.0]])
        >>> [round(v, 4) for v in apply_rope(x, [1])[0].tolist()]   # cos 1, sin 1
        [0.5403, 0.8415]

    Source: Su et al. 2021, RoFormer, arXiv:2104.09864, section 3.2.2.
    """
    x = floating("x", x, min_ndim=2)
    head_dim = even_dim(x.shape[-1])
    choice("pairing", pairing, PAIRINGS)
    cos, sin = rope_tables(positions, head_dim, base, scaling, dtype=x.dtype)
    check_positions(x, cos)
    return rotate(x, cos.to(x.device), sin.to(x.device), pairing)


def split_pairs(x: Tensor, pairing: str) -> tuple[Tensor, Tensor]:
    """Return the first and the second number of every pair, each (..., head_dim / 2), as views."""
    if choice("pairing", pairing, PAIRINGS) == "interleaved":
        return x[..., 0::2], x[..., 1::2]
    half = x.shape[-1] // 2
    return x[..., :half], x[..., half:]


def join_pairs(first: Tensor, second: Tensor, pairing: str) -> Tensor:
    """Undo `split_pairs`: put both numbers of every pair back where the pairing keeps them."""
    if choice("pairing", pairing, PAIRINGS) == "interleaved":
        return torch.stack((first, second), dim=-1).flatten(-2)
    return torch.cat((first, second), dim=-1)


def even_dim(head_dim: int) -> int:
    """Return an even head_dim of at least 2, or say why RoPE needs one."""
    head_dim = integer("head_dim", head_dim, 2)
    if head_dim % 2:
        raise InputError(
            "head_dim must be even, because RoPE rotates pairs; got {head_dim}.",
            head_dim=head_dim,
        )
    return head_dim


def check_positions(x: Tensor, table: Tensor) -> None:
    """Refuse positions that do not broadcast against x's (..., T)."""
    if table.ndim - 1 > x.ndim - 1 or any(
        have not in (1, want)
        for have, want in zip(table.shape[-2::-1], x.shape[-2::-1], strict=False)
    ):
        raise InputError(
            "positions must have one entry per token of x, ({length},), or broadcast "
            "against {expected}; got {got}.",
            length=x.shape[-2],
            expected=tuple(x.shape[:-1]),
            got=tuple(table.shape[:-1]),
        )
