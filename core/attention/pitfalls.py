"""Common mistakes in attention, each as a function that can be run."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from core.attention.masks import check_mask
from core.attention.scaled import AttentionTrace, attention, grouped_matmul
from core.attention.weights import row_entropy
from core.checks import integer, number
from core.errors import InputError


def mask_after_softmax(q: Tensor, k: Tensor, v: Tensor, mask: Tensor) -> AttentionTrace:
    """Mistake: softmax first, then zero the forbidden weights, so that rows no longer sum to 1.

    Args:
        q: (..., Tq, d).
        k: (..., Tk, d).
        v: (..., Tk, dv).
        mask: bool, True = may attend.

    Returns:
        A trace whose weights are too small by what the forbidden keys took.

    Example:
        >>> z = torch.zeros(2, 1)
        >>> mask_after_softmax(z, z, z, torch.tensor([[True, False]])).weights.tolist()
        [[0.5, 0.0], [0.5, 0.0]]
    """
    trace = attention(q, k, v)
    mask = check_mask(mask, trace.scores.shape)
    weights = trace.weights.masked_fill(~mask, 0.0)
    return _with_weights(trace, mask, trace.scores, weights)


def mask_with_zero(q: Tensor, k: Tensor, v: Tensor, mask: Tensor) -> AttentionTrace:
    """Mistake: write 0 for a forbidden score in place of -inf; e⁰ = 1 still takes a share."""
    return _filled(q, k, v, mask, 0.0)


def mask_with_large_negative(
    q: Tensor, k: Tensor, v: Tensor, mask: Tensor, value: float = -1e9
) -> AttentionTrace:
    """Write a large negative number for a forbidden score: right, until a row is all forbidden.

    Args:
        q: (..., Tq, d).
        k: (..., Tk, d).
        v: (..., Tk, dv).
        mask: bool, True = may attend.
        value: the number, finite and below 0.

    Returns:
        A trace whose fully masked rows are uniform over the masked keys.
    """
    return _filled(q, k, v, mask, number("value", value, high=0.0, high_open=True))


def mask_with_minus_infinity(q: Tensor, k: Tensor, v: Tensor, mask: Tensor) -> AttentionTrace:
    """Write -inf and nothing more: right, until a fully masked row divides 0 by 0.

    Returns:
        A trace in which such a row is NaN, on purpose: this function shows the mistake.
    """
    return _filled(q, k, v, mask, -math.inf)


def unscaled_attention(
    q: Tensor, k: Tensor, v: Tensor, mask: Tensor | None = None
) -> AttentionTrace:
    """Mistake: forget 1/√d; the scores' variance grows with d and softmax picks one key."""
    return attention(q, k, v, mask, scale=1.0)


MASK_PITFALLS: dict[str, Callable[[Tensor, Tensor, Tensor, Tensor], AttentionTrace]] = {
    "after_softmax": mask_after_softmax,
    "zero": mask_with_zero,
    "large_negative": mask_with_large_negative,
    "minus_infinity": mask_with_minus_infinity,
    "unscaled": unscaled_attention,
}


@dataclass(frozen=True, slots=True)
class ScaleStudy:
    """Attention over random keys at several head sizes, with and without 1/√d; all (len(dims),)."""

    dims: tuple[int, ...]
    scaled_score_std: Tensor
    unscaled_score_std: Tensor
    scaled_entropy: Tensor  # bits, mean over queries
    unscaled_entropy: Tensor
    scaled_top_weight: Tensor  # largest weight of a row, mean over queries
    unscaled_top_weight: Tensor
    uniform_entropy: float  # log2(keys), the most there can be


def scale_study(
    dims: Sequence[int], keys: int, generator: torch.Generator, queries: int = 64
) -> ScaleStudy:
    """Measure what forgetting 1/√d does to the attention of standard normal q and k.

    Args:
        dims: head sizes to try, each at least 1.
        keys: number of keys, at least 1.
        generator: the source of q and k.
        queries: rows to average over.

    Returns:
        Standard deviation of the scores (√d without the scale, 1 with it), entropy and top weight.

    Source: Vaswani et al. 2017, arXiv:1706.03762, section 3.2.1, footnote 4.
    """
    sizes = tuple(integer("dims", d, 1) for d in dims)
    if not sizes:
        raise InputError("dims must hold at least one head size; got none.")
    keys, queries = integer("keys", keys, 1), integer("queries", queries, 1)
    rows = []
    for d in sizes:
        q = torch.randn(queries, d, generator=generator, dtype=torch.float64)
        k = torch.randn(keys, d, generator=generator, dtype=torch.float64)
        for scale in (None, 1.0):
            t = attention(q, k, k, scale=scale)
            rows.append(
                (
                    float(t.scores.std(correction=0)),
                    float(row_entropy(t.weights).mean()),
                    float(t.weights.max(dim=-1).values.mean()),
                )
            )
    table = torch.tensor(rows, dtype=torch.float64).view(len(sizes), 2, 3)
    return ScaleStudy(
        dims=sizes,
        scaled_score_std=table[:, 0, 0],
        unscaled_score_std=table[:, 1, 0],
        scaled_entropy=table[:, 0, 1],
        unscaled_entropy=table[:, 1, 1],
        scaled_top_weight=table[:, 0, 2],
        unscaled_top_weight=table[:, 1, 2],
        uniform_entropy=math.log2(keys),
    )


def _filled(q: Tensor, k: Tensor, v: Tensor, mask: Tensor, value: float) -> AttentionTrace:
    trace = attention(q, k, v)
    mask = check_mask(mask, trace.scores.shape)
    masked = trace.scores.masked_fill(~mask, value)
    return _with_weights(trace, mask, masked, torch.softmax(masked, dim=-1))


def _with_weights(
    trace: AttentionTrace, mask: Tensor, masked_scores: Tensor, weights: Tensor
) -> AttentionTrace:
    grouped = trace.v.ndim >= 3 and trace.weights.shape[-3] != trace.v.shape[-3]
    groups = trace.weights.shape[-3] // trace.v.shape[-3] if grouped else 1
    return dataclasses.replace(
        trace,
        mask=mask,
        masked_scores=masked_scores,
        weights=weights,
        output=grouped_matmul(weights, trace.v, groups),
    )
