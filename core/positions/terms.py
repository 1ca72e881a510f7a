"""What a score consists of when position vectors are added to the content."""

from __future__ import annotations

import math
from dataclasses import dataclass

from torch import Tensor

from core.checks import finite
from core.errors import InputError


@dataclass(frozen=True, slots=True)
class AdditiveTerms:
    """(q + p)·(k + r)/√d multiplied out."""

    content: float  # q·k/√d
    query_position: float  # p·k/√d: the query's position with the key's content
    key_position: float  # q·r/√d: the query's content with the key's position
    positions: float  # p·r/√d
    score: float  # their sum


def additive_terms(q: Tensor, k: Tensor, p: Tensor, r: Tensor) -> AdditiveTerms:
    """Multiply out a score to whose query and key position vectors were added.

    Args:
        q: (d,) the query's content.
        k: (d,) the key's content.
        p: (d,) the query's position vector.
        r: (d,) the key's position vector.

    Returns:
        The four terms and their sum.

    Example:
        >>> import torch
        >>> one = torch.ones(1)
        >>> additive_terms(one, 2 * one, 3 * one, 4 * one)
        AdditiveTerms(content=2.0, query_position=6.0, key_position=4.0, positions=12.0, score=24.0)
    """
    vectors = [finite(n, t, max_ndim=1) for n, t in zip("qkpr", (q, k, p, r), strict=True)]
    if len({t.shape for t in vectors}) > 1:
        raise InputError(
            "q, k, p and r must have one size; got {sizes}.",
            sizes=", ".join(str(len(t)) for t in vectors),
        )
    scale = 1 / math.sqrt(len(q))
    terms = [scale * float(a @ b) for a, b in ((q, k), (p, k), (q, r), (p, r))]
    return AdditiveTerms(*terms, score=sum(terms))
