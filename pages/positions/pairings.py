"""Adjacent and half-split pairs, and the mistakes made in converting between them."""

from __future__ import annotations

import streamlit as st
import torch
from torch import Tensor

import ui
from charts import positions as charts
from charts.format import number
from core import positions as core
from pages.positions import controls
from pages.positions.vectors import vectors
from ui import _

ROUNDING = 1e-3  # float32 rounding in these sums stays far below


@st.cache_resource(max_entries=64, show_spinner=False)
def _compared(size: int, base: float, seed: int) -> tuple[Tensor, core.PairingComparison]:
    """A random q; it and a random k rotated in every way at every position."""
    q, k = vectors("random", size, seed)
    return q, core.compare_pairings(q, k, torch.arange(controls.PLACES), base)


def draw() -> None:
    """Draw one query in every pairing, and q·k at one distance along the text."""
    size = int(controls.pairing_size.value)
    position, distance = controls.place.value, controls.distance.value
    q, result = _compared(size, controls.base.value, controls.seed.value)
    with ui.figure():
        alt = _("One query at position {m}, rotated in four ways; mismatched tables differ.")
        ui.plot(
            charts.vectors(q, result, position),
            key="pos_vectors",
            alt=alt.format(m=position),
            height=400,
        )
    with ui.second_figure():
        alt = _("q·k at distance {d} along the text; mismatched tables vary by up to {a}.")
        ui.plot(
            charts.along(result, distance),
            key="pos_along",
            alt=alt.format(d=distance, a=number(result.not_relative_by["mixed"])),
            height=400,
        )
    head = [_("variant"), _("rotates together"), _("error"), _("spread per distance"), _("scores")]
    ui.table(head, [_row(way, result, size) for way in result.wrong_by], numbers=[2, 3])


def _row(way: str, result: core.PairingComparison, size: int) -> ui.Row:
    """A line of the table: which components rotate together, and the errors."""
    errors = result.wrong_by[way], result.not_relative_by[way]
    shown = ["≈ 0" if error < ROUNDING else number(error, 2) for error in errors]
    correct = errors[0] < ROUNDING
    verdict = _("correct") if correct else _("wrong")
    if way == "concatenated":
        verdict = _("correct, but only if q and k share the mistake")
    cells = [charts.way_name(way), charts.way_pairs(way, size), *shown, verdict]
    return ui.Row(cells, "" if correct else "marked")
