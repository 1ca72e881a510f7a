"""Figures of the page on coding and channels."""

from __future__ import annotations

from charts.coding.blocks import blocks
from charts.coding.capacity import bounds, capacities, diagram, input_name, input_share, inputs
from charts.coding.picture import pictures
from charts.coding.plane import plane
from charts.coding.tree import Row, TreeLayout, layout, tree

__all__ = [
    "Row",
    "TreeLayout",
    "blocks",
    "bounds",
    "capacities",
    "diagram",
    "input_name",
    "input_share",
    "inputs",
    "layout",
    "pictures",
    "plane",
    "tree",
]
