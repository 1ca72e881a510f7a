"""FlashAttention: tiles, overflow, memory traffic, GPUs, measurements.

The algorithm itself, one row of tiles at a time, is `core.online_softmax`.
"""

from __future__ import annotations

from core.flash_attention.cards import (
    CARDS,
    PRINTED_FLOPS,
    PRINTED_SETUP,
    PRINTED_TRAFFIC,
    Card,
    figure_2,
)
from core.flash_attention.overflow import (
    FORMATS,
    Overflow,
    SoftmaxInFormat,
    exponent_range,
    softmax_in_format,
)
from core.flash_attention.tiles import TiledTrace, TileVisit, tiled_attention
from core.flash_attention.traffic import (
    A100_SRAM_NUMBERS,
    KINDS,
    Traffic,
    attention_traffic,
)

__all__ = [
    "A100_SRAM_NUMBERS",
    "CARDS",
    "FORMATS",
    "KINDS",
    "PRINTED_FLOPS",
    "PRINTED_SETUP",
    "PRINTED_TRAFFIC",
    "Card",
    "Overflow",
    "SoftmaxInFormat",
    "TileVisit",
    "TiledTrace",
    "Traffic",
    "attention_traffic",
    "exponent_range",
    "figure_2",
    "softmax_in_format",
    "tiled_attention",
]
