"""Figures of the normalization page."""

from __future__ import annotations

from charts.normalization.gradients import gradients, placements, ratio
from charts.normalization.sheets import cell_at, means, sheets
from charts.normalization.stream import predictions, stream
from charts.normalization.training import run_name, smoothed, training
from charts.normalization.vector import names as norm_names
from charts.normalization.vector import vector

__all__ = [
    "cell_at",
    "gradients",
    "means",
    "norm_names",
    "placements",
    "predictions",
    "ratio",
    "run_name",
    "sheets",
    "smoothed",
    "stream",
    "training",
    "vector",
]
