"""The tables of the optimizers page."""

from __future__ import annotations

import ui
from pages.optimizers import adam, clipping, muon, paths, quadratic, schedules
from ui import _


def downloads() -> list[ui.Download]:
    """Return what the page offers."""
    return [
        ui.Download(_("Every update (CSV)"), "optimizer-updates.csv", paths.table),
        ui.Download(_("The curves (CSV)"), "adam-comparison.csv", adam.table),
        ui.Download(_("Distances (CSV)"), "best-rates.csv", quadratic.table),
        ui.Download(_("Rates and losses (CSV)"), "schedules.csv", schedules.table),
        ui.Download(_("Both paths (CSV)"), "clipping.csv", clipping.table),
        ui.Download(_("Iterations (CSV)"), "muon.csv", muon.table),
    ]
