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
        ui.plot(
            charts.vectors(q, result, position),
            key="pos_vectors",
            alt=_(
                "One query at position {m}, rotated in four ways. Three give the same numbers, in "
                "different order; mismatched tables give different numbers."
            ).format(m=position),
            height=400,
            least_width=440,
        )
    with ui.second_figure():
        ui.plot(
            charts.along(result, distance),
            key="pos_along",
            alt=_(
                "q·k at distance {d} over position m: constant for adjacent and half-split pairs; "
                "with mismatched tables it varies by up to {a}."
            ).format(d=distance, a=number(result.not_relative_by["mixed"])),
            height=400,
        )
    _errors(result, size)


def _errors(result: core.PairingComparison, size: int) -> None:
    """A table of what each way rotates together, and its errors."""
    rows = []
    for way, error in result.wrong_by.items():
        correct = error < ROUNDING
        if way == "concatenated":
            verdict = _("correct, but only if q and k share the mistake")
        else:
            verdict = _("correct") if correct else _("wrong")
        spread = result.not_relative_by[way]
        cells = [charts.way_name(way), _rotates(way, size), _error(error), _error(spread), verdict]
        rows.append(ui.Row(cells, "" if correct else "marked"))
    head = [
        _("implementation"),
        _("rotates together"),
        _("largest score error"),
        _("spread at equal distance"),
        _("scores"),
    ]
    ui.table(head, rows, numbers=[2, 3])


def _rotates(way: str, size: int) -> str:
    adjacent = "(0, 1), (2, 3), …"
    half = size // 2
    return {
        "interleaved": adjacent,
        "half": f"(0, {half}), (1, {half + 1}), …",
        "concatenated": _("{pairs}; writes all a, then all b").format(pairs=adjacent),
        "mixed": _("{pairs}, but a and b by different angles").format(pairs=adjacent),
        "concatenated q, proper k": _("q concatenated, k adjacent"),
    }[way]


def _error(error: float) -> str:
    """An error as text; rounding errors are shown as 0."""
    return "≈ 0" if error < ROUNDING else number(error, 2)
