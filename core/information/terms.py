"""The terms of a comparison by outcome, for drawing: the largest one by one, all others added up.

The measures themselves are always those of the whole distributions. Adding up *terms* keeps every
sum; adding up *probabilities* and then comparing them would lower every divergence.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from core import checks
from core.information.comparison import Comparison


@dataclass(frozen=True, slots=True)
class Terms:
    """K outcomes one by one and, if there are more, one last place for the sums over all others.

    Each tensor is (N,) with N = K or K + 1, in the unit of the comparison.

    Attributes:
        ids: the K outcomes with a place of their own.
        rest: how many outcomes the last place adds up; 0 if there is no such place.
        p, q: probabilities.
        entropy: p · -log p; their sum is H(p).
        cross_entropy: p · -log q; their sum is H(p, q).
        surprisal_p, surprisal_q: -log p and -log q; of the last place their means weighted by p,
            NaN if p gives it nothing.
        kl: p · log(p / q); their sum is D(p‖q).
        reverse_kl: q · log(q / p); their sum is D(q‖p).
    """

    ids: tuple[int, ...]
    rest: int
    p: Tensor
    q: Tensor
    entropy: Tensor
    cross_entropy: Tensor
    surprisal_p: Tensor
    surprisal_q: Tensor
    kl: Tensor
    reverse_kl: Tensor


def terms_by_outcome(result: Comparison, most: int) -> Terms:
    """Return the terms of the `most` most likely outcomes, and the sums over all others.

    Args:
        result: from `compare`.
        most: how many outcomes get a place of their own, at least 1. With at most one more, all of
            them do, in their own order; otherwise the most likely under p or q come first.

    Returns:
        A Terms.

    Raises:
        ValueError: if most is below 1.

    Example:
        For p = q = [0.5, 0.25, 0.25] and most = 1, in bits: p is [0.5, 0.5], entropy [0.5, 1.0].

    Source: Cover and Thomas (2006), section 2.8: merging outcomes never raises a divergence.
    """
    size = result.p.numel()
    if size <= checks.integer("most", most, 1) + 1:
        ids = torch.arange(size, device=result.p.device)
    else:
        best = torch.maximum(result.p, result.q)
        ids = torch.sort(best, descending=True, stable=True).indices[:most]
    others = torch.ones(size, dtype=torch.bool, device=result.p.device).index_fill(0, ids, False)
    rest = int(others.sum())

    def gathered(column: Tensor) -> Tensor:
        return torch.cat((column[ids], column[others].sum()[None])) if rest else column[ids]

    def averaged(column: Tensor, total: Tensor, weight: Tensor) -> Tensor:
        return torch.cat((column[ids], (total / weight)[-1:])) if rest else column[ids]

    p, q = gathered(result.p), gathered(result.q)
    parts, crossed = (
        gathered(torch.where(result.p > 0, result.p * column, 0.0))
        for column in (result.self_information_p, result.self_information_q)
    )
    return Terms(
        ids=tuple(ids.tolist()),
        rest=rest,
        p=p,
        q=q,
        entropy=parts,
        cross_entropy=crossed,
        surprisal_p=averaged(result.self_information_p, parts, p),
        surprisal_q=averaged(result.self_information_q, crossed, p),
        kl=gathered(result.pointwise),
        reverse_kl=gathered(result.reverse_pointwise),
    )
