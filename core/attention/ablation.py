"""What an ablated head changes: the prediction with and without it, compared."""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch
from torch import Tensor

from core.checks import integer, vector
from core.errors import InputError


@dataclass(frozen=True, slots=True)
class PredictionShift:
    """Two predictions of the next token. The measures are of the whole vocabulary."""

    ids: tuple[int, ...]  # tokens that are among the likeliest of either, by their mean
    before: Tensor  # (len(ids),) probabilities, float64
    after: Tensor
    kl: float  # bits, of `before` from `after`
    entropy_before: float  # bits
    entropy_after: float


def prediction_shift(before: Tensor, after: Tensor, count: int = 8) -> PredictionShift:
    """Compare two predictions of the next token.

    Args:
        before: (V,) finite logits.
        after: (V,) finite logits, for example with a head ablated.
        count: how many tokens to name, at least 1.

    Returns:
        The tokens with the largest probability in either prediction, and the KL divergence
        Σ before · log2(before / after).

    Example:
        >>> shift = prediction_shift(torch.tensor([1.0, 1.0]), torch.tensor([1.0, 1.0]))
        >>> shift.kl, shift.entropy_before
        (0.0, 1.0)
    """
    p, q = (vector(name, x).detach().double() for name, x in (("before", before), ("after", after)))
    if len(p) != len(q):
        raise InputError(
            "before and after must have one number per token; got {before} and {after}.",
            before=len(p),
            after=len(q),
        )
    p, q = p.log_softmax(dim=0), q.log_softmax(dim=0)
    likeliest = torch.maximum(p, q).topk(min(integer("count", count, 1), len(p))).indices
    order = (p.exp() + q.exp())[likeliest].argsort(descending=True)
    ids = likeliest[order]
    return PredictionShift(
        ids=tuple(ids.tolist()),
        before=p[ids].exp(),
        after=q[ids].exp(),
        kl=max(0.0, float((p.exp() * (p - q)).sum())) / math.log(2),
        entropy_before=float(-(p.exp() * p).sum()) / math.log(2),
        entropy_after=float(-(q.exp() * q).sum()) / math.log(2),
    )
