"""Figures of the optimizers page."""

from __future__ import annotations

from charts.optimizers.curves import Curve, curves
from charts.optimizers.muon import muon
from charts.optimizers.paths import paths
from charts.optimizers.schedules import mean_losses, schedules

__all__ = ["Curve", "curves", "mean_losses", "muon", "paths", "schedules"]
