"""Figures of the sampling page."""

from charts.sampling.bars import (
    alternatives,
    distribution,
    draws,
    shown_ids,
    side_by_side,
    tails,
)
from charts.sampling.beams import beam_tree, beam_tree_height

__all__ = [
    "alternatives",
    "beam_tree",
    "beam_tree_height",
    "distribution",
    "draws",
    "shown_ids",
    "side_by_side",
    "tails",
]
