"""Adjacent against half-split pairs, and the slips between them."""

from __future__ import annotations

import streamlit as st
import torch
from torch import Tensor

import ui
from charts import positions as charts
from charts.format import number
from core import positions as core
from pages.positions_parts import shared
from ui import _

LENGTH = 33
SAME = 1e-3  # float32's rounding in these sums stays far below


@st.cache_resource(max_entries=64, show_spinner=False)
def compared(size: int, base: float, seed: int) -> tuple[Tensor, core.PairingComparison]:
    """A random q, and it and a random k under every way at positions 0 … 32."""
    q, k = shared.vectors("random", size, seed)
    return q, core.compare_pairings(q, k, torch.arange(LENGTH), base)


def draw() -> None:
    """Draw the view."""
    columns = st.columns([1, 1, 1, 1, 0.6], gap="medium", vertical_alignment="bottom")
    with columns[0]:
        position = int(ui.live_slider(_("q at m"), 0, LENGTH - 1, 3, key="rope_pm"))
    with columns[1]:
        distance = int(ui.live_slider("m − n", 0, LENGTH - 3, 4, key="rope_pd"))
    with columns[2]:
        base = shared.base()
    with columns[3]:
        names = {name: name for name in ("4", "8", "16")}
        size = int(ui.choice(_("Head size d"), names, key="rope_ph", value="8"))
    with columns[4], ui.more(_("More")):
        seed = shared.seed()
    q, result = compared(size, base, seed)
    left, right = st.columns([1.15, 1], gap="medium", vertical_alignment="bottom")
    with left:
        ui.plot(
            charts.vectors(q, result, position),
            key="pos_vectors",
            alt=_(
                "One query at position {m} under four ways of pairing: the same numbers in other "
                "places, except for the wrong tables."
            ).format(m=position),
            height=380,
            least_width=440,
        )
    with right:
        ui.plot(
            charts.along(result, distance),
            key="pos_along",
            alt=_(
                "q·k at distance {d} as both move: level for adjacent and half-split pairs, "
                "varying by {a} for the wrong tables."
            ).format(d=distance, a=number(result.not_relative_by["mixed"])),
            height=380,
        )
    verdicts(result, size)


def verdicts(result: core.PairingComparison, size: int) -> None:
    """What each way does, and its errors, as a table."""
    rows = []
    for way, wrong in result.wrong_by.items():
        spread = result.not_relative_by[way]
        right = wrong < SAME
        if way == "concatenated":
            said = _("correct, while q and k share the slip")
        else:
            said = _("correct") if right else _("wrong")
        cells = [charts.way_name(way), does(way, size), off(wrong), off(spread), said]
        rows.append(ui.Row(cells, "" if right else "marked"))
    head = [
        _("way"),
        _("turns together"),
        _("score off by"),
        _("spread at equal distance"),
        _("scores"),
    ]
    ui.table(head, rows, numbers=[2, 3])


def does(way: str, size: int) -> str:
    """A way of pairing in a few words."""
    adjacent = "(0, 1), (2, 3), …"
    half = size // 2
    return {
        "interleaved": adjacent,
        "half": f"(0, {half}), (1, {half + 1}), …",
        "concatenated": _("{pairs}; then all a before all b").format(pairs=adjacent),
        "mixed": _("{pairs}; but a and b by two angles").format(pairs=adjacent),
        "concatenated q, proper k": _("q as halves joined, k adjacent"),
    }[way]


def off(error: float) -> str:
    """An error as text; what is only rounding has no digits worth reading."""
    return "≈ 0" if error < SAME else number(error, 2)
