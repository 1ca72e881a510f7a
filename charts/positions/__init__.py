"""Figures of the positions page."""

from __future__ import annotations

from charts.positions.scores import by_distance, plane
from charts.positions.turning import arrow, clocks, matrix, two_arrows

__all__ = ["arrow", "by_distance", "clocks", "matrix", "plane", "two_arrows"]
