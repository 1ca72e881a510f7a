"""Figures of the page "Architectures and the KV cache"."""

from __future__ import annotations

from charts.architectures.gaps import candidates, curves, learned_tokens, twin_name
from charts.architectures.masking import COLORS, kind_name, rounding, shares
from charts.architectures.masks import architecture_name, masks, panel_of
from charts.architectures.pairs import kind_of, overlaps

__all__ = [
    "COLORS",
    "architecture_name",
    "candidates",
    "curves",
    "kind_name",
    "kind_of",
    "learned_tokens",
    "masks",
    "overlaps",
    "panel_of",
    "rounding",
    "shares",
    "twin_name",
]
