"""One pair as an arrow, all pairs as clocks, the rotation as a matrix."""

from __future__ import annotations

from typing import Any

import streamlit as st
from torch import Tensor

import ui
from charts import positions as charts
from charts.format import number
from core import positions as core
from pages.positions_parts import shared
from ui import _

FURTHEST = 8192
TRAIL = 16


def draw() -> None:
    """Draw the view."""
    columns = ui.controls(4)
    with columns[0]:
        position = int(ui.live_slider(_("Position m"), 0, FURTHEST, 12, key="rope_m", scale="log"))
    with columns[3]:
        size = shared.small_head()
    with columns[1]:
        chosen = shared.pair(size // 2)
    with columns[2]:
        base = shared.base()
    cos, sin = core.rope_tables(range(max(0, position - TRAIL), position + 1), size, base)
    clocks = core.pair_clocks(size, max(position, 1), base)
    here = float(cos[-1, chosen]), float(sin[-1, chosen])
    one, beside = st.columns([1, 1.45], gap="large", vertical_alignment="bottom")
    with one:
        ui.plot(
            charts.arrow(
                cos[:, chosen],
                sin[:, chosen],
                chosen,
                gone_round=bool(clocks.wavelengths[chosen] < position),
            ),
            key="pos_arrow",
            alt=_(
                "Pair {i} at position {m}: an arrow that began at (1, 0), now at ({x}, {y})."
            ).format(i=chosen, m=position, x=number(here[0]), y=number(here[1])),
            height=315,
        )
    with beside:
        shown = ui.choice(
            _("Beside it"),
            {"clocks": _("all pairs as clocks"), "matrix": _("the rotation matrix")},
            key="rope_beside",
            hide_label=True,
        )
        if shown == "clocks":
            all_clocks(clocks, cos[-1], sin[-1], position, chosen)
        else:
            whole_matrix(clocks, position, chosen)
    ui.formula(formula(here))
    facts(position, clocks, chosen, float(core.rope_angles([position], size, base)[0, chosen]))


def all_clocks(
    clocks: core.PairClocks, cos: Tensor, sin: Tensor, position: int, chosen: int
) -> None:
    """All pairs, fast to slow; a click chooses one."""
    ui.plot(
        charts.clocks(clocks, cos, sin, position, chosen),
        key="pos_clocks",
        alt=_("{pairs} clocks, fast to slow; a turn takes from {fast} to {slow} tokens.").format(
            pairs=len(cos),
            fast=number(float(clocks.wavelengths[0])),
            slow=number(float(clocks.wavelengths[-1])),
        ),
        height=315,
        on_click=choose_pair,
    )


def whole_matrix(clocks: core.PairClocks, position: int, chosen: int) -> None:
    """The rotation of the whole head."""
    pairs = len(clocks.frequencies)
    ui.plot(
        charts.matrix(core.rotation_matrix(position, clocks.frequencies.float()), chosen),
        key="pos_matrix",
        alt=_("The {d} × {d} rotation matrix: {pairs} blocks on its diagonal, else 0.").format(
            d=2 * pairs, pairs=pairs
        ),
        height=315,
    )


def choose_pair(mark: dict[str, Any]) -> None:
    """A click on a clock."""
    if isinstance(mark.get("point"), int):
        ui.set_state({"rope_pair": mark["point"]})


def formula(here: tuple[float, float]) -> str:
    """The pair's rotation with its numbers in it."""
    c, s, minus = f"{here[0]:.3f}", f"{here[1]:.3f}", f"{-here[1]:.3f}"
    return (
        r"\begin{pmatrix}\cos m\theta & -\sin m\theta\\ \sin m\theta & \cos m\theta\end{pmatrix}"
        rf"=\begin{{pmatrix}}{c} & {minus}\\ {s} & {c}\end{{pmatrix}}"
    )


def facts(position: int, clocks: core.PairClocks, chosen: int, angle: float) -> None:
    """The chosen pair's numbers."""
    turns = float(clocks.turns[chosen]) if position else 0.0
    ui.facts(
        [
            ui.Fact(
                _("θ of pair {i}").format(i=chosen),
                number(float(clocks.frequencies[chosen])),
                _("radians per token"),
            ),
            ui.Fact(
                _("wavelength"),
                number(float(clocks.wavelengths[chosen])),
                _("tokens for one turn"),
            ),
            ui.Fact(f"mθ = {position} · θ", number(angle, 4), _("radians")),
            ui.Fact(_("turned so far"), number(turns), _("full turns")),
            ui.Fact(
                _("gone round once"),
                f"{int((clocks.wavelengths < position).sum())} / {len(clocks.turns)}",
                _("pairs, by this position"),
            ),
        ]
    )
