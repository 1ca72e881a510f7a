"""The effect of RoPE on q·k: term by term, over distance, and on a whole text."""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch
from torch import Tensor

from core.checks import finite, floating, integer, number
from core.errors import InputError
from core.positions.rope import (
    Positions,
    apply_rope,
    even_dim,
    rope_angles,
    rope_frequencies,
    split_pairs,
)
from core.positions.scaling import RopeScaling


def rotation_matrix(position: float, frequencies: Tensor) -> Tensor:
    """Return RoPE at one position as the matrix it is: 2×2 rotations along the diagonal.

    Args:
        position: token position, any finite number.
        frequencies: (P,) radians per token, from `rope_frequencies`.

    Returns:
        (2P, 2P), for the interleaved pairing, frequencies' dtype; times a column vector it equals
        `apply_rope`.

    Example:
        >>> rotation_matrix(math.pi / 2, torch.ones(1)).round().int().tolist()
        [[0, -1], [1, 0]]

    Source: RoFormer, equation 15.
    """
    position = number("position", position)
    frequencies = finite("frequencies", frequencies, min_ndim=1, max_ndim=1)
    angles = position * frequencies.to(torch.float64)
    cos, sin = angles.cos(), angles.sin()
    blocks = torch.stack((torch.stack((cos, -sin), -1), torch.stack((sin, cos), -1)), -2)
    return torch.block_diag(*blocks).to(frequencies.dtype)


@dataclass(frozen=True, slots=True)
class RopeScore:
    """One query at position m, one key at n: the arrows, and what each pair adds to q·k."""

    m: float
    n: float
    q_rotated: Tensor  # (head_dim,)
    k_rotated: Tensor  # (head_dim,)
    angles: Tensor  # (head_dim/2,) radians that pair i rotated between k and q: (m - n)·θ
    pair_terms: Tensor  # (head_dim/2,) each pair's share of the score
    score: float  # their sum, unscaled
    score_without_rope: float


def rope_score(
    q: Tensor,
    k: Tensor,
    m: float,
    n: float,
    base: float = 10000.0,
    pairing: str = "interleaved",
    scaling: RopeScaling | None = None,
) -> RopeScore:
    """Rotate q by m and k by n and take the product apart, pair by pair.

    Args:
        q: (head_dim,).
        k: (head_dim,).
        m: the query's position.
        n: the key's position.
        base: RoPE base.
        pairing: "interleaved" or "half".
        scaling: optional context extension.

    Returns:
        The score and its terms; moving m and n together changes no term.

    Example:
        >>> q = torch.tensor([1.0, 0.0])
        >>> round(rope_score(q, q, 5, 3).score, 4)  # cos 2
        -0.4161

    Source: RoFormer, equation 16.
    """
    q, k = _pair(q, k)
    m, n = number("m", m), number("n", n)
    rotated = apply_rope(torch.stack((q, k)), [m, n], base, pairing, scaling)
    first, second = split_pairs(rotated, pairing)
    terms = first[0] * first[1] + second[0] * second[1]
    angles = rope_angles([m, n], len(q), base, scaling)
    return RopeScore(
        m=m,
        n=n,
        q_rotated=rotated[0],
        k_rotated=rotated[1],
        angles=angles[0] - angles[1],
        pair_terms=terms,
        score=float(terms.sum().detach()),
        score_without_rope=float((q * k).sum().detach()),
    )


def score_by_offset(
    q: Tensor,
    k: Tensor,
    offsets: Positions,
    base: float = 10000.0,
    pairing: str = "interleaved",
    scaling: RopeScaling | None = None,
) -> Tensor:
    """Return q·k as a function of the distance m - n alone, in closed form.

    Pair i adds (q·k)ᵢ·cos δθᵢ + (q×k)ᵢ·sin δθᵢ, with q×k the cross product of the two arrows.

    Args:
        q: (head_dim,).
        k: (head_dim,).
        offsets: (N,) distances m - n; negative where the key comes later.
        base: RoPE base.
        pairing: "interleaved" or "half".
        scaling: optional context extension; "dynamic" takes the largest offset + 1 as the length.

    Returns:
        (N,) unscaled scores.

    Source: RoFormer, equation 35.
    """
    q, k = _pair(q, k)
    angles = rope_angles(offsets, len(q), base, scaling)  # (N, head_dim/2)
    factor = 1.0 if scaling is None else scaling.attention_factor**2
    (q1, q2), (k1, k2) = split_pairs(q, pairing), split_pairs(k, pairing)
    dot, cross = q1 * k1 + q2 * k2, q1 * k2 - q2 * k1
    terms = dot * angles.cos().to(q.dtype) + cross * angles.sin().to(q.dtype)
    return factor * terms.sum(dim=-1)


@dataclass(frozen=True, slots=True)
class ScoreComparison:
    """The attention scores of a text with and without its positions; scaled by 1/√head_dim."""

    q_rotated: Tensor  # (..., T, head_dim)
    k_rotated: Tensor  # (..., T, head_dim)
    without_rope: Tensor  # (..., T, T)
    with_rope: Tensor  # (..., T, T)
    difference: Tensor  # with - without


def compare_scores(
    q: Tensor,
    k: Tensor,
    positions: Positions,
    base: float = 10000.0,
    pairing: str = "interleaved",
    scaling: RopeScaling | None = None,
) -> ScoreComparison:
    """Score queries against keys before and after rotation.

    Args:
        q: (..., T, head_dim) before rotation.
        k: (..., T, head_dim) before rotation, as many heads as q (see `attention.repeat_kv`).
        positions: (T,).
        base: RoPE base.
        pairing: "interleaved" or "half".
        scaling: optional context extension.

    Returns:
        Both score matrices and their difference; no mask is applied.
    """
    q, k = floating("q", q, min_ndim=2), floating("k", k, min_ndim=2)
    if q.shape != k.shape:
        raise InputError(
            "q and k must have one shape; got {q_shape}, {k_shape}.",
            q_shape=tuple(q.shape),
            k_shape=tuple(k.shape),
        )
    rotated_q = apply_rope(q, positions, base, pairing, scaling)
    rotated_k = apply_rope(k, positions, base, pairing, scaling)
    scale = q.shape[-1] ** -0.5
    without = q * scale @ k.transpose(-2, -1)
    with_rope = rotated_q * scale @ rotated_k.transpose(-2, -1)
    return ScoreComparison(rotated_q, rotated_k, without, with_rope, with_rope - without)


@dataclass(frozen=True, slots=True)
class PairClocks:
    """Every pair of a head as a clock: its speed, and how far it rotates within a context."""

    frequencies: Tensor  # (P,) radians per token, float64
    wavelengths: Tensor  # (P,) tokens per turn
    turns: Tensor  # (P,) full turns within the context
    never_full: int  # pairs that complete no turn within the context


def pair_clocks(
    head_dim: int,
    context: int,
    base: float = 10000.0,
    scaling: RopeScaling | None = None,
) -> PairClocks:
    """Compare each pair's wavelength with the context length.

    Args:
        head_dim: size of one head, even.
        context: tokens in the text, at least 1.
        base: RoPE base.
        scaling: optional context extension.

    Returns:
        The clocks, fastest first.

    Example:
        >>> pair_clocks(64, 2048).never_full
        11
    """
    context = integer("context", context, 1)
    frequencies = rope_frequencies(head_dim, base, scaling, dtype=torch.float64)
    turns = context * frequencies / (2 * math.pi)
    return PairClocks(frequencies, 2 * math.pi / frequencies, turns, int((turns < 1).sum()))


def _pair(q: Tensor, k: Tensor) -> tuple[Tensor, Tensor]:
    q, k = finite("q", q, min_ndim=1, max_ndim=1), finite("k", k, min_ndim=1, max_ndim=1)
    if q.shape != k.shape:
        raise InputError(
            "q and k must have one size; got {q_size} and {k_size}.",
            q_size=len(q),
            k_size=len(k),
        )
    even_dim(len(q))
    return q, k
