"""The tables of the page "Long text"."""

from __future__ import annotations

import ui
from pages.long_text import chunks, cost, retrieval, sinks
from ui import _


def downloads() -> list[ui.Download]:
    """Return what the page offers."""
    return [
        ui.Download(_("The chunks (CSV)"), "chunks.csv", chunks.table),
        ui.Download(_("Chunks and cosines (CSV)"), "retrieval.csv", retrieval.table),
        ui.Download(_("Pairs by length (CSV)"), "attention-pairs.csv", cost.table),
        ui.Download(_("Attention sinks (CSV)"), "attention-sinks.csv", sinks.table),
    ]
