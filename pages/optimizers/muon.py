"""Muon: the singular values of a 2×2 gradient under Newton–Schulz iterations."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import ui
from charts import optimizers as charts
from charts.format import number
from core import optimizers as core
from pages.optimizers import controls
from pages.optimizers.arithmetic import newton_schulz_formula
from ui import _

ITERATIONS = controls.ITERATIONS
Rows = tuple[tuple[float, ...], ...]
iterations = lru_cache(maxsize=512)(core.orthogonalization)


def gradient() -> Rows:
    """Return the visitor's gradient."""
    a, b, c, d = (entry.value for entry in controls.entries)
    return (a, b), (c, d)


def column() -> Rows:
    """Return the first column of the gradient, as a matrix with one column."""
    return tuple((row[0],) for row in gradient())


def draw() -> None:
    """Draw the image of the unit circle and the singular values at one iteration."""
    found = iterations(gradient(), ITERATIONS)
    step = controls.muon_step.within(ITERATIONS + 1)
    said = _sentence(found, step)
    with ui.figure():
        ui.plot(
            charts.muon(found, step),
            key="optimizers_muon",
            alt=said,
            height=330,
            least_height=150,
            on_click=_choose,
        )
        controls.muon_step.draw(ITERATIONS + 1)
    ui.note(said, keep=True)
    ui.formula(newton_schulz_formula(found, step))
    vector = iterations(column(), ITERATIONS)
    now = found.singular_values[step].tolist()
    ui.facts(
        [
            ui.Fact(
                _("first singular value"),
                number(now[0]),
                _("{n} in the gradient").format(n=number(float(found.before[0]))),
            ),
            ui.Fact(
                _("second singular value"),
                number(now[1]),
                _("{n} in the gradient").format(n=number(float(found.before[1]))),
            ),
            ui.Fact(
                _("first column alone"),
                number(float(vector.singular_values[step, 0])),
                _("its only singular value, which is its length"),
            ),
        ]
    )
    rows = zip(gradient(), found.matrices[step].tolist(), found.nearest.tolist(), strict=True)
    ui.table(
        ["G", "", "X", "", "U·Vᵀ", ""],
        [[number(value, 4) for part in row for value in part] for row in rows],
        numbers=range(6),
    )
    ui.note(
        _(
            "Muon replaces the gradient G of a weight matrix by a matrix with the same singular "
            "vectors and singular values near 1. The iterations do not converge to 1: the "
            "coefficients are chosen to raise small values fast. A vector has one singular value, "
            "its length, so for a vector this only sets the length and keeps the direction."
        )
    )


def _sentence(found: core.Orthogonalization, step: int) -> str:
    """Return the singular values at this iteration beside those of the gradient."""
    if not float(found.before[0]):
        return _("The gradient is 0: it has no direction, and X stays 0.")
    text = _(
        "After {n} iterations the singular values are {a} and {b}; those of the gradient are {c} "
        "and {d}."
    )
    values = *found.singular_values[step].tolist(), *found.before.tolist()
    names = dict(zip("abcd", (number(value) for value in values), strict=True))
    said = text.format(n=step, **names)
    if float(found.before[1]) < 1e-9 * float(found.before[0]):
        said += " " + _("The gradient has rank 1; a singular value of 0 stays 0.")
    return said


def _choose(mark: dict[str, Any]) -> None:
    """Go to the clicked iteration."""
    if mark["curve"] >= 2 and isinstance(mark["point"], int):
        controls.muon_step.set(mark["point"])


def table() -> ui.Table:
    """Return every iteration with its singular values."""
    found = iterations(gradient(), ITERATIONS)
    rows = [
        (i, *matrix.flatten().tolist(), *values.tolist())
        for i, (matrix, values) in enumerate(
            zip(found.matrices, found.singular_values, strict=True)
        )
    ]
    return [_("iteration"), "X11", "X12", "X21", "X22", "sigma 1", "sigma 2"], rows
