"""Figures of the page on coding and channels."""

from __future__ import annotations

from charts.coding.tree import MOST_ROWS, TreeLayout, average_so_far, layout, tree

__all__ = ["MOST_ROWS", "TreeLayout", "average_so_far", "layout", "tree"]
