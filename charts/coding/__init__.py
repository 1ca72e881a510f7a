"""Figures of the page on coding and channels."""

from __future__ import annotations

from charts.coding.tree import MOST_ROWS, TreeLayout, gauge, layout, tree

__all__ = ["MOST_ROWS", "TreeLayout", "gauge", "layout", "tree"]
