"""Figures of the attention page."""

from __future__ import annotations

from charts.attention.board import Block, board, board_height
from charts.attention.hand import HandView, Projections, hand_lines, stage_keys, stages

__all__ = [
    "Block",
    "HandView",
    "Projections",
    "board",
    "board_height",
    "hand_lines",
    "stage_keys",
    "stages",
]
