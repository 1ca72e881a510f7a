"""Paths: several optimizers on one surface, with the arithmetic of every update."""

from __future__ import annotations

import math
from functools import lru_cache
from typing import Any

from torch import Tensor

import ui
from charts import optimizers as charts
from charts.format import number
from charts.i18n import translated
from core import optimizers as core
from pages.optimizers import controls
from pages.optimizers.arithmetic import update_formula
from ui import _

COLUMNS, ROWS = 61, 41  # of the grid under the contours


@lru_cache(maxsize=64)
def surface_of(name: str, formula: str) -> core.Surface:
    """Return a known surface, or the visitor's."""
    return core.SURFACES[name] if name in core.SURFACES else core.parse_surface(formula)


@lru_cache(maxsize=64)
def grid(name: str, formula: str) -> tuple[Tensor, Tensor, Tensor]:
    """Return the surface's values on the grid under the contours."""
    return surface_of(name, formula).grid(COLUMNS, ROWS)


@lru_cache(maxsize=1024)
def path(
    name: str,
    formula: str,
    start: tuple[float, float],
    method: str,
    rate: float,
    settings: tuple[tuple[str, Any], ...],
) -> core.OptimizerTrace:
    """Return the path of one method."""
    surface = surface_of(name, formula)
    return core.optimize(surface, start, method, controls.STEPS, lr=rate, **dict(settings))


def place() -> tuple[str, str]:
    """Return the surface's name and the visitor's formula where it counts."""
    name = controls.surface.value
    return name, controls.formula.value if name == "own" else ""


def trace(method: str) -> core.OptimizerTrace:
    """Return a method's path under the current settings."""
    settings: tuple[tuple[str, Any], ...] = ()
    if method in ("momentum", "nesterov"):
        settings = (("momentum", controls.momentum.value),)
    elif method in ("adam", "adamw"):
        settings = (("betas", (0.9, controls.beta2.value)),)
    start = (controls.start_x.value, controls.start_y.value)
    return path(*place(), start, method, rate_of(method), settings)


def rate_of(method: str) -> float:
    """Return the learning rate that counts for a method."""
    return (controls.rate if method in controls.PLAIN else controls.adaptive_rate).value


def names() -> dict[str, str]:
    """Return the visible name of every method."""
    return {method: translated(name) for method, name in controls.NAMES.items()}


def draw() -> None:
    """Draw the contours with the paths so far, then the numbers of one method's update."""
    surface = surface_of(*place())
    traces = {method: trace(method) for method in controls.methods.value}
    step = controls.step.within(controls.STEPS + 1)
    values = {method: float(one.values[min(step, len(one))]) for method, one in traces.items()}
    said = ", ".join(f"{names()[method]} {number(value)}" for method, value in values.items())
    with ui.figure():
        ui.plot(
            charts.paths(grid(*place()), surface, traces, names(), step),
            key="optimizers_paths",
            alt=_(
                "Contours of f with the paths of the methods. f after {n} updates: {values}."
            ).format(n=step, values=said),
            height=370,
            least_height=250,
            on_click=_choose,
        )
        controls.step.draw(controls.STEPS + 1)
    ui.note(_sentence(traces, values, step), keep=True)
    ui.facts(
        [
            ui.Fact(names()[method], number(value), _distance(surface, traces[method], step))
            for method, value in values.items()
        ]
        or [ui.Fact(_("methods"), "0", _("choose one on the left"))]
    )
    _numbers(step)


def _sentence(traces: dict[str, core.OptimizerTrace], values: dict[str, float], step: int) -> str:
    """Return which method has the lowest value now, and which have left the surface."""
    gone = [names()[m] for m, one in traces.items() if one.left and step >= len(one)]
    here = {m: v for m, v in values.items() if names()[m] not in gone and math.isfinite(v)}
    parts = []
    if here:
        best = min(here, key=lambda method: here[method])
        text = _("After {n} updates, {best} has the lowest value of f: {value}.")
        parts.append(text.format(n=step, best=names()[best], value=number(here[best])))
    if gone:
        text = _("These paths have diverged or left the domain of f: {names}.")
        parts.append(text.format(names=", ".join(gone)))
    return " ".join(parts) or _("Choose a method to see its path.")


def _distance(surface: core.Surface, one: core.OptimizerTrace, step: int) -> str:
    if one.left and step >= len(one):
        return _("left the surface")
    if not surface.minima:
        return _("value of f")
    at = one.positions[min(step, len(one))].tolist()
    nearest = min(math.dist(at, minimum) for minimum in surface.minima)
    return _("f; {d} from a minimum").format(d=number(nearest))


def _numbers(step: int) -> None:
    """Draw the arithmetic of the next update of the chosen method."""
    method = controls.shown.value
    one = trace(method)
    if not len(one):
        ui.note(_("f has no value at the starting point. Move it."), keep=True)
        return
    i = min(step, len(one) - 1)
    found = one.step(i)
    momentum, beta2 = controls.momentum.value, controls.beta2.value
    ui.formula(update_formula(method, found, rate_of(method), momentum, beta2, i + 1))
    rows = {
        _("position"): found.position,
        _("gradient g"): found.gradient,
        "m": found.m,
        "v": found.v,
        "m̂": found.m_hat,
        "v̂": found.v_hat,
        _("update Δ"): found.update,
    }
    title = _("{method}, update {n}").format(method=names()[method], n=i + 1)
    ui.table(
        [title, "x", "y"],
        [
            [name, *(number(v, 4) for v in pair.tolist())] if pair is not None else [name, "—", "—"]
            for name, pair in rows.items()
        ],
        numbers=[1, 2],
    )
    ui.note(
        _(
            "Contours are equally spaced in log(f − lowest f in the window). Click a point of a "
            "path for its numbers. Every update equals that of torch.optim."
        )
    )


def _choose(mark: dict[str, Any]) -> None:
    """Show the numbers of the clicked path at the clicked update."""
    chosen = controls.methods.value
    if 1 <= mark["curve"] <= len(chosen) and isinstance(mark["point"], int):
        controls.shown.set(chosen[mark["curve"] - 1])
        controls.step.set(mark["point"])


def table() -> ui.Table:
    """Return every update of every chosen method."""
    rows = []
    for method in controls.methods.value:
        for i, step in enumerate(trace(method).steps):
            pairs = (step.gradient, step.m, step.v, step.m_hat, step.v_hat, step.update)
            numbers = [v for p in pairs for v in (["", ""] if p is None else p.tolist())]
            x, y = step.position.tolist()
            rows.append((names()[method], i + 1, x, y, step.value, *numbers))
    columns = ("g", "m", "v", "m_hat", "v_hat", "delta")
    head = [_("method"), _("update"), "x", "y", "f"]
    return head + [f"{name} {axis}" for name in columns for axis in "xy"], rows
