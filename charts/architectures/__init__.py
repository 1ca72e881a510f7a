"""Figures of the page "Architectures and the KV cache"."""

from __future__ import annotations

from charts.architectures.cache import cache_curves
from charts.architectures.gaps import candidates, curves, learned_tokens, twin_name
from charts.architectures.masking import COLORS, kind_name, rounding, shares
from charts.architectures.masks import MASKED, architecture_name, masks, panel_of
from charts.architectures.pairs import kind_of, overlaps
from charts.architectures.reuse import (
    AGAIN,
    NEW,
    REUSED,
    architecture_names,
    kind_names,
    parts,
    reuse_bars,
)
from charts.architectures.timing import names, timing

__all__ = [
    "AGAIN",
    "COLORS",
    "MASKED",
    "NEW",
    "REUSED",
    "architecture_name",
    "architecture_names",
    "cache_curves",
    "candidates",
    "curves",
    "kind_name",
    "kind_names",
    "kind_of",
    "learned_tokens",
    "masks",
    "names",
    "overlaps",
    "panel_of",
    "parts",
    "reuse_bars",
    "rounding",
    "shares",
    "timing",
    "twin_name",
]
