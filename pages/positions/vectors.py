"""Example queries and keys."""

from __future__ import annotations

import torch
from torch import Tensor


def generator(seed: int) -> torch.Generator:
    """Return a seeded source of random numbers."""
    return torch.Generator().manual_seed(seed)


def vectors(kind: str, size: int, seed: int, pair: int = 0) -> tuple[Tensor, Tensor]:
    """Return q and k (d,) before rotation: "random", "equal" (all ones) or one "pair" of ones."""
    if kind == "random":
        q, k = torch.randn(2, size, generator=generator(seed))
        return q, k
    q = torch.ones(size)
    if kind == "pair":
        q = only_pair(q, pair)
    return q, q.clone()


def only_pair(x: Tensor, pair: int) -> Tensor:
    """Return `x` with all other pairs set to 0."""
    kept = torch.zeros_like(x)
    kept[..., 2 * pair : 2 * pair + 2] = x[..., 2 * pair : 2 * pair + 2]
    return kept
