"""Figures of the positions page."""

from __future__ import annotations

from charts.positions.curves import decay, near, scaling_name, slowed, waves
from charts.positions.pairings import along, vectors, way_name
from charts.positions.scores import by_distance, plane
from charts.positions.texts import (
    distance_curves,
    pair_cloud,
    row_scores,
    scheme_name,
    scheme_plane,
    table_rows,
    text_scores,
)
from charts.positions.turning import arrow, clocks, matrix, two_arrows

__all__ = [
    "along",
    "arrow",
    "by_distance",
    "clocks",
    "decay",
    "distance_curves",
    "matrix",
    "near",
    "pair_cloud",
    "plane",
    "row_scores",
    "scaling_name",
    "scheme_name",
    "scheme_plane",
    "slowed",
    "table_rows",
    "text_scores",
    "two_arrows",
    "vectors",
    "waves",
    "way_name",
]
