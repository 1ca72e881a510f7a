"""Figures of the FlashAttention page."""

from __future__ import annotations

from charts.flash_attention.measured import measured, measured_name
from charts.flash_attention.overflow import exponents, weights
from charts.flash_attention.tiles import running, tiles
from charts.flash_attention.traffic import kernel_name, moved, roofline

__all__ = [
    "exponents",
    "kernel_name",
    "measured",
    "measured_name",
    "moved",
    "roofline",
    "running",
    "tiles",
    "weights",
]
