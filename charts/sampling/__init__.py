"""Figures of the sampling page."""

from charts.sampling.bars import distribution, share, shares, shown_ids, tails
from charts.sampling.beams import beam_tree, beam_tree_height, beam_tree_width
from charts.sampling.pairs import alternatives, draws, side_by_side

__all__ = [
    "alternatives",
    "beam_tree",
    "beam_tree_height",
    "beam_tree_width",
    "distribution",
    "draws",
    "share",
    "shares",
    "shown_ids",
    "side_by_side",
    "tails",
]
