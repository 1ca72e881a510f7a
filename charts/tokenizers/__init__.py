"""Figures of the tokenizer page."""

from charts.tokenizers.arcs import lattice
from charts.tokenizers.steps import Panel, growth, merges_growth, rounds_growth
from charts.tokenizers.texts import Curve, lengths, per_character, zipf

__all__ = [
    "Curve",
    "Panel",
    "growth",
    "lattice",
    "lengths",
    "merges_growth",
    "per_character",
    "rounds_growth",
    "zipf",
]
