"""One pair as an arrow; all pairs, or the whole rotation matrix, beside it."""

from __future__ import annotations

from typing import Any

import ui
from charts import positions as charts
from charts.format import number
from core import positions as core
from pages.positions import controls
from ui import _

TRAIL = 16  # earlier positions drawn


def draw() -> None:
    """Draw the rotation at one position."""
    position, pair = controls.position.value, controls.pair.value
    size, base = int(controls.size.value), controls.base.value
    cos, sin = core.rope_tables(range(max(0, position - TRAIL), position + 1), size, base)
    clocks = core.pair_clocks(size, max(position, 1), base)
    x, y = float(cos[-1, pair]), float(sin[-1, pair])
    with ui.figure():
        ui.plot(
            charts.arrow(
                cos[:, pair],
                sin[:, pair],
                pair,
                completed=bool(clocks.wavelengths[pair] < position),
            ),
            key="pos_arrow",
            alt=_(
                "Pair {i} at position {m}: the arrow started at (1, 0) and is now at ({x}, {y})."
            ).format(i=pair, m=position, x=number(x), y=number(y)),
            height=420,
        )
    with ui.second_figure():
        if controls.beside.value == "clocks":
            ui.plot(
                charts.clocks(clocks, cos[-1], sin[-1], position, pair),
                key="pos_clocks",
                alt=_(
                    "{pairs} pairs, from fast to slow; one turn takes between {fast} and {slow} "
                    "tokens."
                ).format(
                    pairs=size // 2,
                    fast=number(float(clocks.wavelengths[0])),
                    slow=number(float(clocks.wavelengths[-1])),
                ),
                height=420,
                on_click=_choose_pair,
            )
        else:
            ui.plot(
                charts.matrix(core.rotation_matrix(position, clocks.frequencies.float()), pair),
                key="pos_matrix",
                alt=_(
                    "The {d} × {d} rotation matrix: {pairs} blocks of 2 × 2 on the diagonal, 0 "
                    "elsewhere."
                ).format(d=size, pairs=size // 2),
                height=420,
            )
    _facts(position, clocks, pair, float(core.rope_angles([position], size, base)[0, pair]))
    ui.formula(_formula(x, y))


def _choose_pair(mark: dict[str, Any]) -> None:
    if isinstance(mark.get("point"), int):
        controls.pair.set(mark["point"])


def _formula(x: float, y: float) -> str:
    """The pair's rotation with its current numbers."""
    c, s, minus = f"{x:.3f}", f"{y:.3f}", f"{-y:.3f}"
    return (
        r"\begin{pmatrix}\cos m\theta & -\sin m\theta\\ \sin m\theta & \cos m\theta\end{pmatrix}"
        rf"=\begin{{pmatrix}}{c} & {minus}\\ {s} & {c}\end{{pmatrix}}"
    )


def _facts(position: int, clocks: core.PairClocks, pair: int, angle: float) -> None:
    turns = float(clocks.turns[pair]) if position else 0.0
    ui.facts(
        [
            ui.Fact(
                _("θ of pair {i}").format(i=pair),
                number(float(clocks.frequencies[pair])),
                _("radians per token"),
            ),
            ui.Fact(_("wavelength"), number(float(clocks.wavelengths[pair])), _("tokens per turn")),
            ui.Fact(f"mθ = {position} · θ", number(angle, 4), _("radians")),
            ui.Fact(_("rotation so far"), number(turns), _("turns")),
            ui.Fact(
                _("completed at least one turn"),
                f"{int((clocks.wavelengths < position).sum())} / {len(clocks.turns)}",
                _("pairs, up to this position"),
            ),
        ]
    )
