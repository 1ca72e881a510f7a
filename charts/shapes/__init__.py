"""Figures of the shapes page."""

from charts.shapes.block import axis_meanings, block, flops_text, node_at, tensor_names
from charts.shapes.grids import grids
from charts.shapes.growth import growth, part_names, parts

__all__ = [
    "axis_meanings",
    "block",
    "flops_text",
    "grids",
    "growth",
    "node_at",
    "part_names",
    "parts",
    "tensor_names",
]
