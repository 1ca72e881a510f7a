"""The tables of the normalization page."""

from __future__ import annotations

import ui
from pages.normalization import axes, gradients, model, training, vector
from ui import _


def downloads() -> list[ui.Download]:
    """Return what the page offers."""
    return [
        ui.Download(_("The batch (CSV)"), "batch.csv", axes.table),
        ui.Download(_("The vector (CSV)"), "vector.csv", vector.table),
        ui.Download(_("The residual stream (CSV)"), "residual-stream.csv", model.table),
        ui.Download(_("Gradients by layer (CSV)"), "gradients.csv", gradients.table),
        ui.Download(_("Training by update (CSV)"), "norm-training.csv", training.table),
    ]
