"""Figures of the attention page."""

from __future__ import annotations

from charts.attention.ablation import SHOWN, dumbbells
from charts.attention.arithmetic import arithmetic
from charts.attention.block import Block, sum_text, weight_text
from charts.attention.board import board, board_size, cell_at, cell_text
from charts.attention.hand import hand_lines, stage_keys, stages
from charts.attention.hand_sentences import score_spread, stage_sentence
from charts.attention.hand_view import HandView, Projections, largest_cell, weight_formula
from charts.attention.heads import (
    LABELED,
    LINED,
    OVERLAID,
    SCALE,
    THUMB,
    head_heatmap,
    head_lines,
    heads_overlay,
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
from charts.attention.sharing import cache_sizes, sharing
from charts.attention.spectrum import effective_ranks, scale_lines, spectra

__all__ = [
    "LABELED",
    "LINED",
    "OVERLAID",
    "SCALE",
    "SHOWN",
    "THUMB",
    "Block",
    "HandView",
    "Projections",
    "architecture_lines",
    "arithmetic",
    "board",
    "board_size",
    "cache_sizes",
    "cell_at",
    "cell_text",
    "compare_lines",
    "dumbbells",
    "effective_ranks",
    "hand_lines",
    "head_heatmap",
    "head_lines",
    "heads_overlay",
    "largest_cell",
    "lines_height",
    "mask_block",
    "mask_lines",
    "part_name",
    "scale_lines",
    "score_spread",
    "sharing",
    "spectra",
    "stage_keys",
    "stage_sentence",
    "stages",
    "sum_text",
    "thumbnails",
    "tiles",
    "weight_formula",
    "weight_text",
    "weights_block",
]
