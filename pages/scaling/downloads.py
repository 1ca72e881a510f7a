"""The tables of the page on scaling."""

from __future__ import annotations

import ui
from pages.scaling import chinchilla, emergence, repeated
from ui import _


def downloads() -> list[ui.Download]:
    """Return what the page offers."""
    return [
        ui.Download(_("Metrics by model (CSV)"), "metrics.csv", emergence.table),
        ui.Download(_("Optima by compute (CSV)"), "optima.csv", chinchilla.table),
        ui.Download(_("Effective epochs (CSV)"), "effective-epochs.csv", repeated.table),
    ]
