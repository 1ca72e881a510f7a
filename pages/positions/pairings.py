"""Adjacent and half-split pairs, and the mistakes made in converting between them."""

from __future__ import annotations

from typing import Any

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
    base, way, index = controls.base.value, controls.way.value, controls.index.value
    q, result = _compared(size, base, controls.seed.value)
    with ui.figure():
        alt = _("One query at position {m}, not rotated and rotated in four ways.")
        ui.plot(
            charts.vectors(q, result, position, (way, index)),
            key="pos_vectors",
            alt=alt.format(m=position),
            height=400,
            on_click=_choose_component,
        )
    with ui.second_figure():
        alt = _(
            "q·k at distance {d} along the text; mismatched tables: up to {a} apart at one "
            "distance."
        )
        ui.plot(
            charts.along(result, distance),
            key="pos_along",
            alt=alt.format(d=distance, a=number(result.not_relative_by["mixed"])),
            height=400,
        )
    part = core.explain_component(q, position, index, way, base)
    ui.formula(
        rf"q'_{{{index}}}=({part.own:.3f})\cdot\cos({part.angle:.3f})+({part.partner:.3f})\cdot"
        rf"\sin({part.angle:.3f})={part.value:.3f}"
    )
    ui.note(
        _(
            "Component {index} of q at position {m}, {way}: the angle is mθ = {angle} radians. "
            "Click a cell to see its numbers."
        ).format(index=index, m=position, way=charts.way_name(way), angle=number(part.angle, 4)),
        keep=True,
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


def _choose_component(mark: dict[str, Any]) -> None:
    """Choose the clicked component; the first row is the vector before rotation."""
    row, column = mark.get("y"), mark.get("x")
    if isinstance(row, int | float) and row in range(1, len(core.PAIRING_WAYS) + 1):
        controls.way.set(core.PAIRING_WAYS[int(row) - 1])
        controls.index.set(column)
