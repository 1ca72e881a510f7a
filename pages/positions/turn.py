"""One pair as an arrow; all pairs, or the rotation matrix, beside it."""

from __future__ import annotations

from typing import Any

import ui
from charts import positions as charts
from charts.format import number
from core import positions as core
from pages.positions import controls
from ui import _

TRAIL = 16  # earlier positions drawn
HEIGHT = 360  # a square in its column


def draw() -> None:
    """Draw the rotation at one position."""
    position, pair = controls.position.value, controls.pair.value
    size, base = int(controls.size.value), controls.base.value
    cos, sin = core.rope_tables(range(max(0, position - TRAIL), position + 1), size, base)
    clocks = core.pair_clocks(size, max(position, 1), base)
    theta, wavelength = float(clocks.frequencies[pair]), float(clocks.wavelengths[pair])
    angle = number(float(core.rope_angles([position], size, base)[0, pair]), 4)
    with ui.figure():
        alt = _("Pair {i} at position {m}: an arrow rotated by {a} radians from (1, 0).")
        ui.plot(
            charts.arrow(cos[:, pair], sin[:, pair], pair, completed=wavelength < position),
            key="pos_arrow",
            alt=alt.format(i=pair, m=position, a=angle),
            height=HEIGHT,
        )
    with ui.second_figure():
        if controls.beside.value == "clocks":
            fast, slow = clocks.wavelengths[[0, -1]].tolist()
            alt = _("All pairs as clocks; one turn takes between {fast} and {slow} tokens.")
            ui.plot(
                charts.clocks(clocks, cos[-1], sin[-1], position, pair),
                key="pos_clocks",
                alt=alt.format(fast=number(fast), slow=number(slow)),
                height=HEIGHT,
                on_click=_choose_pair,
            )
        else:
            alt = _("The {d} × {d} rotation matrix: 2 × 2 blocks on the diagonal, 0 elsewhere.")
            ui.plot(
                charts.matrix(core.rotation_matrix(position, clocks.frequencies.float()), pair),
                key="pos_matrix",
                alt=alt.format(d=size),
                height=HEIGHT,
                on_click=_choose_block,
            )
    completed = f"{int((clocks.wavelengths < position).sum())} / {size // 2}"
    ui.note(
        _(
            "At position {m}, pair {i} has rotated by mθ = {m} · {theta} = {angle} radians, that "
            "is {turns} turns. Pairs that have completed at least one turn: {full} of {pairs}."
        ).format(
            m=position,
            i=pair,
            theta=number(theta),
            angle=angle,
            turns=number(position / wavelength),
            full=int((clocks.wavelengths < position).sum()),
            pairs=size // 2,
        ),
        keep=True,
    )
    ui.facts(
        [
            ui.Fact(_("θ of pair {i}").format(i=pair), number(theta), _("radians per token")),
            ui.Fact(_("wavelength"), number(wavelength), _("tokens per turn")),
            ui.Fact(f"mθ = {position} · θ", angle, _("radians")),
            ui.Fact(_("rotation so far"), number(position / wavelength), _("turns")),
            ui.Fact(_("at least one turn"), completed, _("pairs, up to this position")),
        ]
    )
    ui.formula(_formula(float(cos[-1, pair]), float(sin[-1, pair])))


def _choose_pair(mark: dict[str, Any]) -> None:
    if isinstance(mark.get("point"), int):
        controls.pair.set(mark["point"])


def _choose_block(mark: dict[str, Any]) -> None:
    """Choose the pair of the clicked column of the matrix."""
    controls.pair.set(mark["x"] // 2)


def _formula(c: float, s: float) -> str:
    """The pair's rotation with its current numbers."""
    return (
        r"\begin{pmatrix}\cos m\theta & -\sin m\theta\\ \sin m\theta & \cos m\theta\end{pmatrix}"
        rf"=\begin{{pmatrix}}{c:.3f} & {-s:.3f}\\ {s:.3f} & {c:.3f}\end{{pmatrix}}"
    )
