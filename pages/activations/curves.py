"""Activation curves with a cursor; GELU's two forms; Swish from linear to ReLU."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import streamlit as st
import torch

import ui
from charts import activations as charts
from charts.format import number, probability
from core import activations as core
from core.activations import Curve
from pages.activations import controls
from ui import _


@st.cache_resource(max_entries=1, show_spinner=False)
def all_curves() -> dict[str, Curve]:
    """Return every activation over the x axis; read-only."""
    x = torch.linspace(-controls.ENDS, controls.ENDS, 241, dtype=torch.float64)
    return {curve.name: curve for curve in core.activation_curves(list(core.ACTIVATIONS), x)}


@st.cache_resource(max_entries=1, show_spinner=False)
def gelu_error() -> core.GeluError:
    """Return GELU's two forms over a finer x axis; read-only."""
    return core.gelu_error(torch.linspace(-controls.ENDS, controls.ENDS, 1001))


def draw() -> None:
    """Draw the chosen curves and read them at the cursor."""
    {"any": _any, "gelu": _gelu, "swish": _swish}[controls.shown.value](controls.cursor.value)


def _any(x: float) -> None:
    names = controls.chosen.value
    if not names:
        ui.note(_("Choose one or more activations."), keep=True)
        return
    at = core.activation_curves(names, [x])
    _plot([all_curves()[name] for name in names], at)
    last = core.ACTIVATIONS[names[-1]]
    value = float(at[-1].value[0])
    ui.formula(rf"\text{{{last.label}}}({_at(x)}) = {last.latex} = {value:.4f}")
    ui.note(
        _(
            "Where a derivative is close to 0, almost no gradient passes. The sigmoid's derivative "
            "never exceeds 1/4. GELU, SiLU and Mish are not monotonic: they fall below 0 and rise "
            "again."
        )
    )


def _swish(x: float) -> None:
    beta = controls.beta.value
    others = ("relu", "gelu", "silu")
    lines = [all_curves()[name] for name in others]
    at = core.activation_curves(others, torch.tensor([x], dtype=torch.float64))
    for curves in (lines, at):
        where = curves[0].x
        for name, label, b in (
            ("half", "x/2 (β = 0)", 0.0),
            ("swish", _("Swish, β = {b}").format(b=f"{beta:g}"), beta),
        ):
            slope = core.swish_derivative(where, b)
            curves.append(Curve(name, label, where, core.swish(where, b), slope))
    _plot(lines, at)
    ui.formula(
        rf"x\,\sigma(\beta x) = {x:.2f}\cdot\sigma({beta:g}\cdot({x:.2f}))"
        rf" = {float(at[-1].value[0]):.4f}"
    )
    gate = core.activation_curves(["sigmoid"], [beta * x])[0]
    ui.note(
        _("At x = {x}, the gate σ(βx) lets {share} of x pass.").format(
            x=_at(x), share=probability(float(gate.value[0]))
        ),
        keep=True,
    )
    ui.note(
        _(
            "β sets how sharply the gate σ(βx) opens. Swish was proposed with a learned β. With "
            "β = 1 it is SiLU, which is what most libraries mean by Swish."
        )
    )


def _plot(lines: Sequence[Curve], at: Sequence[Curve]) -> None:
    """Draw curves over one another, and a table of their values at the cursor."""
    x = _at(float(at[0].x[0]))
    rows = [
        [here.label, number(float(here.value[0])), number(float(here.derivative[0]))] for here in at
    ]
    with ui.figure():
        ui.plot(
            charts.curves(lines, at, controls.slopes.value),
            key="act_plot",
            alt=_("Activation curves; at x = {x}: {values}.").format(
                x=x, values=", ".join(f"{label} {value}" for label, value, _slope in rows)
            ),
            height=440,
            on_click=_choose_x,
        )
    ui.note(
        _("At x = {x}, backpropagation multiplies the gradient by f′(x): {slopes}.").format(
            x=x, slopes=", ".join(f"{label} {slope}" for label, _value, slope in rows)
        ),
        keep=True,
    )
    ui.table([_("at x = {x}").format(x=x), "f(x)", "f′(x)"], rows, numbers=[1, 2])


def _gelu(x: float) -> None:
    error, at = gelu_error(), core.gelu_error([x])
    exact, approximate = float(at.exact[0]), float(at.approximate[0])
    most, where = number(error.largest), number(abs(error.largest_at))
    with ui.figure():
        ui.plot(
            charts.gelu_forms(error, at),
            key="act_gelu",
            alt=_("GELU and its tanh form differ by at most {most}.").format(most=most),
            height=440,
            on_click=_choose_x,
        )
    ui.facts(
        [
            ui.Fact(_("exact"), number(exact, 6), "x·Φ(x)"),
            ui.Fact(_("tanh form"), number(approximate, 6), "GPT-2"),
            ui.Fact(_("difference"), number(float(at.error[0])), _("tanh − exact")),
            ui.Fact(_("largest difference"), most, _("at |x| = {x}").format(x=where)),
        ]
    )
    ui.formula(rf"{core.ACTIVATIONS['gelu_tanh'].latex} = {approximate:.6f}")
    text = _("At x = {x}, the tanh form gives {a} and the exact form {b}: a difference of {d}.")
    a, b, d = number(approximate, 6), number(exact, 6), number(approximate - exact)
    ui.note(text.format(x=_at(x), a=a, b=b, d=d), keep=True)
    ui.note(
        _(
            "The tanh form avoids erf, which used to be slow. The difference is small, but it "
            "occurs in every unit of every layer. Run a model with the form that it was trained "
            "with."
        )
    )


def _at(x: float) -> str:
    """Return the cursor's place with two decimals."""
    return f"{round(x, 2) + 0.0:.2f}".replace("-", "−")


def _choose_x(mark: dict[str, Any]) -> None:
    controls.cursor.set(mark.get("x"))
