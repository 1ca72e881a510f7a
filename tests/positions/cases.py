"""What the tests of core.positions share: one scaling of each kind, seeded random numbers."""

from __future__ import annotations

import torch

from core.positions import RopeScaling

SCALINGS = [
    RopeScaling("linear", factor=3.0),
    RopeScaling("ntk", factor=3.0),
    RopeScaling("dynamic", factor=3.0, original_length=11, current_length=29),
    RopeScaling("yarn", factor=3.0, original_length=101),
    RopeScaling("llama3", factor=3.0, original_length=101),
]


def generator(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def randn(*shape: int, seed: int = 0, dtype: torch.dtype = torch.float64) -> torch.Tensor:
    return torch.randn(*shape, generator=generator(seed), dtype=dtype)
