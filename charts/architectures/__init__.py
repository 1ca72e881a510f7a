"""Figures of the page "Architectures and the KV cache"."""

from charts.architectures.cache import cache_curves
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
    "NEW",
    "REUSED",
    "architecture_names",
    "cache_curves",
    "kind_names",
    "names",
    "parts",
    "reuse_bars",
    "timing",
]
