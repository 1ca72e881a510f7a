"""Probabilities from counts: maximum likelihood, Laplace, Lidstone, Kneser-Ney."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from core.checks import choice, integer, number
from core.ngrams.counts import Events

SMOOTHINGS = ("mle", "laplace", "lidstone", "kneser_ney")


def probabilities(
    events: Events,
    vocab_size: int,
    smoothing: str = "mle",
    alpha: float = 0.1,
    discount: float = 0.75,
) -> Tensor:
    """Return the probability of each prediction under the models of order 1 … n.

        mle:         c(h, w) / c(h); 0 after a context that never occurs
        lidstone:    (c(h, w) + α) / (c(h) + αV); laplace is α = 1
        kneser_ney:  max(c(h, w) - d, 0) / c(h) + λ(h) · p(w | h without its first token)
                     with λ(h) = d · N₁₊(h·) / c(h); below the highest order, continuation counts
                     N₁₊(·h w) take the place of c(h, w). A context that never occurs has λ = 1.

    With Kneser-Ney, n = 1 has no lower order and is the maximum-likelihood model.

    Args:
        events: T predictions, from `NGramCounts.look_up` or `NGramCounts.after`.
        vocab_size: V, the number of tokens that can be predicted.
        smoothing: one of `SMOOTHINGS`.
        alpha: α, above 0; only for Lidstone.
        discount: d, 0 … 1; only for Kneser-Ney.

    Returns:
        (n, T) float64; row n - 1 is the model of order n.

    Raises:
        ValueError: another name, α or d out of range, V below 1.

    Source: Chen and Goodman 1999, "An empirical study of smoothing techniques for language
    modeling", equations 2 (Lidstone) and 16 with interpolation (section 2.8); Kneser and Ney 1995.
    """
    choice("smoothing", smoothing, SMOOTHINGS)
    V = integer("vocab_size", vocab_size, 1)
    if smoothing == "mle":
        return _ratio(events.counts, events.totals)
    if smoothing != "kneser_ney":
        a = 1.0 if smoothing == "laplace" else number("alpha", alpha, 0, low_open=True)
        return (events.counts + a) / (events.totals + a * V)
    d = number("discount", discount, 0, 1)
    lower = _ratio(events.before[0], events.before_totals[0])
    rows = [_ratio(events.counts[0], events.totals[0])]
    for m in range(1, len(events.counts)):
        types = events.types[m]
        rows.append(_mix(events.counts[m], events.totals[m], types, d, lower))
        lower = _mix(events.before[m], events.before_totals[m], types, d, lower)
    return torch.stack(rows)


def _ratio(count: Tensor, total: Tensor) -> Tensor:
    return count / total.clamp_min(1)


def _mix(count: Tensor, total: Tensor, types: Tensor, d: float, lower: Tensor) -> Tensor:
    mixed = ((count - d).clamp_min(0) + d * types * lower) / total.clamp_min(1)
    return torch.where(total > 0, mixed, lower)


@dataclass(frozen=True, slots=True)
class Interpolation:
    """Kneser-Ney's sum for one token, from the longest context (m = n - 1) down to none (m = 0).

    Attributes:
        length: tokens of the context, m.
        count: c(h, w) at the top, N₁₊(·h w) below.
        total: the same, summed over all w; 0 if the context never occurs.
        types: N₁₊(h·), distinct tokens after the context.
        weight: product of the λ of all longer contexts: how much of the probability is left here.
        part: what this order adds to the probability; the parts add up to it.
    """

    length: int
    count: float
    total: float
    types: float
    weight: float
    part: float


def interpolation(events: Events, n: int, token: int, discount: float) -> list[Interpolation]:
    """Split one token's Kneser-Ney probability into the parts that the orders add.

    Args:
        events: from `NGramCounts.after`.
        n: order of the model, 1 … the longest counted.
        token: index of the prediction in `events`.
        discount: d, 0 … 1.
    """
    integer("n", n, 1, len(events.counts))
    integer("token", token, 0, events.counts.shape[1] - 1)
    d = number("discount", discount, 0, 1)
    rows, weight = [], 1.0
    for m in range(n - 1, -1, -1):
        top = m == n - 1
        counts = (events.counts, events.totals) if top else (events.before, events.before_totals)
        count, total = (float(field[m, token]) for field in counts)
        types = float(events.types[m, token])
        kept = count if m == 0 else max(count - d, 0.0)
        share = kept / total if total else 0.0
        rows.append(Interpolation(m, count, total, types, weight, weight * share))
        if m:
            weight *= d * types / total if total else 1.0
    return rows
