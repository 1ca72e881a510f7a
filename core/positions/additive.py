"""Positions without rotation: sinusoids, a learned table, ALiBi, and all of them compared."""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch
from torch import Tensor

from core.checks import choice, finite, integer, number, token_ids
from core.errors import InputError
from core.positions.rope import apply_rope
from core.positions.scaling import RopeScaling

POSITION_SCHEMES = ("none", "learned", "sinusoidal", "rope", "alibi")


def sinusoidal_encoding(length: int, dim: int, base: float = 10000.0) -> Tensor:
    """Return the sine and cosine table of the first Transformer.

    Args:
        length: number of positions T.
        dim: number of columns; an odd one ends with a sine.
        base: more than 1.

    Returns:
        (T, dim) float32: sin(t / base^(2i/dim)) in column 2i, cos of the same in column 2i + 1.

    Example:
        >>> [round(v, 4) for v in sinusoidal_encoding(2, 2)[1].tolist()]  # sin 1, cos 1
        [0.8415, 0.5403]

    Source: Vaswani et al. 2017, arXiv:1706.03762, section 3.5.
    """
    length, dim = integer("length", length, 1), integer("dim", dim, 1)
    base = number("base", base, 1.0, low_open=True)
    frequencies = base ** -(torch.arange(0, dim, 2, dtype=torch.float64) / dim)
    angles = torch.arange(length, dtype=torch.float64).unsqueeze(1) * frequencies
    table = torch.stack((angles.sin(), angles.cos()), dim=-1).flatten(1)
    return table[:, :dim].to(torch.float32)


def learned_positions(table: Tensor, positions: Tensor) -> Tensor:
    """Look positions up in a learned table; there is nothing beyond its last row.

    Args:
        table: (L, D), one row per position seen in training.
        positions: (T,) whole numbers from 0 to L - 1.

    Returns:
        (T, D).

    Raises:
        ValueError: for a position that the table does not have.

    Example:
        >>> learned_positions(torch.tensor([[1.0], [2.0]]), [1, 0]).flatten().tolist()
        [2.0, 1.0]

    Source: Radford et al. 2018 (GPT), section 4.1; Devlin et al. 2018 (BERT), arXiv:1810.04805.
    """
    table = finite("table", table, min_ndim=2, max_ndim=2)
    where = token_ids("positions", positions)
    if int(where.max()) >= len(table):
        raise InputError(
            "positions must be from 0 to {last}, the rows of the table; got {got}. A "
            "learned table has no row for a longer text.",
            last=len(table) - 1,
            got=int(where.max()),
        )
    return table[where]


def random_position_table(
    length: int, dim: int, generator: torch.Generator, std: float = 0.02
) -> Tensor:
    """Return a learned table as it is before any learning: N(0, std²), GPT-2's initialization.

    Args:
        length: positions L.
        dim: D.
        generator: the source of the numbers.
        std: standard deviation, not negative.

    Returns:
        (L, D) float32.
    """
    length, dim = integer("length", length, 1), integer("dim", dim, 1)
    return number("std", std, 0.0) * torch.randn(length, dim, generator=generator)


def alibi_slopes(num_heads: int) -> Tensor:
    """Return how steeply each head's bias falls per token of distance.

    Args:
        num_heads: H. For a power of two the slopes are 2^(-8h/H), h = 1..H. Otherwise: those of
            the next smaller power of two, then every other one of twice that power.

    Returns:
        (H,) float32, positive.

    Example:
        >>> alibi_slopes(8)[:3].tolist()
        [0.5, 0.25, 0.125]

    Source: Press, Smith, Lewis 2021, arXiv:2108.12409, section 3; the rule for other head counts
    is that of the authors' code (ofirpress/attention_with_linear_biases).
    """
    num_heads = integer("num_heads", num_heads, 1)
    power = 2 ** (num_heads.bit_length() - 1)
    slopes = _geometric_slopes(power)
    if power < num_heads:
        finer = _geometric_slopes(2 * power)[0::2]
        slopes = torch.cat((slopes, finer[: num_heads - power]))
    return slopes.to(torch.float32)


def alibi_bias(num_heads: int, length: int, *, slopes: Tensor | None = None) -> Tensor:
    """Return what ALiBi adds to the scaled scores: minus slope times distance.

    Args:
        num_heads: H.
        length: number of tokens T.
        slopes: (H,) other slopes than `alibi_slopes(num_heads)`.

    Returns:
        (H, T, T) float32, or the slopes' dtype: 0 on the diagonal, -slope·|i - j| elsewhere. It is
        symmetric, so that it serves an encoder too. A decoder's causal mask hides the upper half.

    Example:
        >>> alibi_bias(1, 2)[0].tolist()
        [[-0.0, -0.00390625], [-0.00390625, -0.0]]

    Source: Press, Smith, Lewis 2021, arXiv:2108.12409, figure 3.
    """
    slopes = alibi_slopes(num_heads) if slopes is None else finite("slopes", slopes, max_ndim=1)
    places = torch.arange(integer("length", length, 1), dtype=slopes.dtype)
    distance = (places.unsqueeze(1) - places).abs()
    return -slopes[:, None, None] * distance


@dataclass(frozen=True, slots=True)
class PositionScores:
    """The scores of a text under one position scheme, 1/√D applied."""

    scheme: str
    scores: Tensor  # (T, T); 0 where not defined
    defined: Tensor  # (T, T) bool; False beyond a learned table
    by_distance: Tensor  # (T,) mean score of row i, column i - d, over the defined ones; else 0
    distance_defined: Tensor  # (T,) bool


def position_scores(
    q: Tensor,
    k: Tensor,
    scheme: str,
    *,
    table: Tensor | None = None,
    base: float = 10000.0,
    scaling: RopeScaling | None = None,
    slope: float = 0.5,
) -> PositionScores:
    """Score the same contents under one of five position schemes, on one scale.

    Args:
        q: (T, D) queries without positions; D even for "rope".
        k: (T, D) keys without positions.
        scheme: "none"; "learned" and "sinusoidal" add a row to q and to k; "rope" rotates both;
            "alibi" subtracts slope · distance from the scaled score.
        table: (L, D), for "learned"; rows and columns beyond L are not defined.
        base: for "rope" and "sinusoidal".
        scaling: for "rope".
        slope: for "alibi", not negative.

    Returns:
        The scores and their mean at each distance. (Real models add tables before the projections
        to q and k; adding to q and k themselves is the same with the identity as projection.)

    Raises:
        ValueError: for an unknown scheme, shapes that differ, or a missing table.
    """
    choice("scheme", scheme, POSITION_SCHEMES)
    q, k = finite("q", q, min_ndim=2, max_ndim=2), finite("k", k, min_ndim=2, max_ndim=2)
    if q.shape != k.shape:
        raise InputError(
            "q and k must have one shape; got {q_shape}, {k_shape}.",
            q_shape=tuple(q.shape),
            k_shape=tuple(k.shape),
        )
    length, dim = q.shape
    known = length
    if scheme == "learned":
        if table is None or table.ndim != 2 or table.shape[1] != dim:
            got = None if table is None else tuple(table.shape)
            raise InputError(
                "table must be (L, {dim}) for the learned scheme; got {got}.",
                dim=dim,
                got=got,
            )
        known = min(length, len(table))
        rows = torch.zeros_like(q)
        rows[:known] = learned_positions(table, torch.arange(known)).to(q.dtype)
        q, k = q + rows, k + rows
    elif scheme == "sinusoidal":
        rows = sinusoidal_encoding(length, dim, base).to(q.dtype)
        q, k = q + rows, k + rows
    elif scheme == "rope":
        places = torch.arange(length)
        q, k = (apply_rope(t, places, base, scaling=scaling) for t in (q, k))
    scores = q @ k.T / math.sqrt(dim)
    if scheme == "alibi":
        slopes = torch.tensor([number("slope", slope, 0.0)], dtype=q.dtype)
        scores = scores + alibi_bias(1, length, slopes=slopes)[0]
    reached = torch.arange(length) < known
    defined = reached.unsqueeze(1) & reached
    scores = scores.masked_fill(~defined, 0.0)
    by_distance, counted = _mean_by_distance(scores, defined)
    return PositionScores(scheme, scores, defined, by_distance, counted)


def causal_weights(scores: Tensor) -> Tensor:
    """Return the attention weights of a decoder: softmax of each row over the keys up to it.

    Args:
        scores: (T, T) scaled scores; rows are queries.

    Returns:
        (T, T); rows sum to 1, and keys after the query have weight 0.

    Example:
        >>> causal_weights(torch.zeros(2, 2)).tolist()
        [[1.0, 0.0], [0.5, 0.5]]
    """
    scores = finite("scores", scores, min_ndim=2, max_ndim=2)
    future = torch.ones(scores.shape, dtype=torch.bool).triu(1)
    return scores.masked_fill(future, -math.inf).softmax(dim=-1)


def _mean_by_distance(scores: Tensor, defined: Tensor) -> tuple[Tensor, Tensor]:
    counts = torch.stack([defined.diagonal(-d).sum() for d in range(len(scores))])
    sums = torch.stack([scores.diagonal(-d).sum() for d in range(len(scores))])
    return sums / counts.clamp(min=1), counts > 0


def _geometric_slopes(power: int) -> Tensor:
    return 2.0 ** (-8.0 / power * torch.arange(1, power + 1, dtype=torch.float64))
