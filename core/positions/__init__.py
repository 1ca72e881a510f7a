"""Positions: RoPE with its scalings and pairings, sinusoids, a learned table, ALiBi."""

from __future__ import annotations

from core.positions.rope import (
    PAIRINGS,
    apply_rope,
    join_pairs,
    rope_angles,
    rope_frequencies,
    rope_tables,
    rotate,
    split_pairs,
    wavelengths,
)
from core.positions.scaling import ROPE_SCALINGS, RopeScaling

__all__ = [
    "PAIRINGS",
    "ROPE_SCALINGS",
    "RopeScaling",
    "apply_rope",
    "join_pairs",
    "rope_angles",
    "rope_frequencies",
    "rope_tables",
    "rotate",
    "split_pairs",
    "wavelengths",
]
