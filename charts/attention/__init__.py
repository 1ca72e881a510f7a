"""Figures of the attention page."""

from __future__ import annotations

from charts.attention.block import Block
from charts.attention.board import board, board_size
from charts.attention.hand import hand_lines, stage_keys, stages
from charts.attention.hand_view import HandView, Projections, weight_formula
from charts.attention.heads import (
    LABELED,
    LINED,
    THUMB,
    head_heatmap,
    head_lines,
    lines_height,
    thumbnails,
    tiles,
)
from charts.attention.masks import (
    architecture_lines,
    compare_lines,
    mask_block,
    mask_lines,
    part_name,
    weights_block,
)
from charts.attention.sharing import cache_bars, sharing
from charts.attention.spectrum import scale_lines, spectra

__all__ = [
    "LABELED",
    "LINED",
    "THUMB",
    "Block",
    "HandView",
    "Projections",
    "architecture_lines",
    "board",
    "board_size",
    "cache_bars",
    "compare_lines",
    "hand_lines",
    "head_heatmap",
    "head_lines",
    "lines_height",
    "mask_block",
    "mask_lines",
    "part_name",
    "scale_lines",
    "sharing",
    "spectra",
    "stage_keys",
    "stages",
    "thumbnails",
    "tiles",
    "weight_formula",
    "weights_block",
]
