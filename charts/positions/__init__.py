"""Figures of the positions page."""

from __future__ import annotations

from charts.positions.curves import decay, near, scaled, scaling_idea, scaling_name, waves
from charts.positions.pairings import along, vectors, way_name, way_pairs
from charts.positions.rotation import arrow, clocks, matrix, two_arrows
from charts.positions.schemes import distance_curves, scheme_name, scheme_plane, table_rows
from charts.positions.scores import by_distance, plane
from charts.positions.texts import (
    heatmap_title,
    pair_cloud,
    row_scores,
    text_scores,
    text_vectors,
    text_weights,
    with_or_without,
)

__all__ = [
    "along",
    "arrow",
    "by_distance",
    "clocks",
    "decay",
    "distance_curves",
    "heatmap_title",
    "matrix",
    "near",
    "pair_cloud",
    "plane",
    "row_scores",
    "scaled",
    "scaling_idea",
    "scaling_name",
    "scheme_name",
    "scheme_plane",
    "table_rows",
    "text_scores",
    "text_vectors",
    "text_weights",
    "two_arrows",
    "vectors",
    "waves",
    "way_name",
    "way_pairs",
    "with_or_without",
]
