"""Figures of the optimizers page."""

from __future__ import annotations

from charts.optimizers.curves import Curve, curves
from charts.optimizers.paths import paths

__all__ = ["Curve", "curves", "paths"]
