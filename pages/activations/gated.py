"""Gated units: the activation of a gate scales how much of a value passes."""

from __future__ import annotations

from typing import Any

import streamlit as st
import torch

import ui
from charts import activations as charts
from charts.format import number
from core import activations as core
from pages.activations import controls
from ui import _


@st.cache_resource(max_entries=16, show_spinner=False)
def _grid(activation: str) -> core.GluSurface:
    ends = controls.GRID_ENDS
    line = torch.linspace(-ends, ends, 41, dtype=torch.float64)
    return core.glu_surface(line, line, activation)


def draw() -> None:
    """Draw the unit's output over gate and value, and its slice at the current value."""
    activation = controls.gate_activation.value
    gate, value = controls.gate.value, controls.value.value
    grid = _grid(activation)
    here = core.glu_surface([value], [gate], activation)
    output, opening = float(here.output[0, 0]), float(here.gate_open[0])
    form = controls.form.value
    with ui.figure():
        ui.plot(
            (charts.plane if form == "plane" else charts.surface)(grid, gate, value, output),
            key=f"act_glu_{form}",
            alt=_("{name} over gate and value; {out} at the point.").format(
                name=grid.name, out=number(output)
            ),
            height=420,
            on_click=_choose_point if form == "plane" else None,
        )
    with ui.second_figure():
        ui.plot(
            charts.gate_slice(core.glu_surface([value], grid.gates, activation), gate, output),
            key="act_glu_slice",
            alt=_("The output as a function of the gate, at value {v}.").format(v=number(value)),
            height=420,
        )
    derivative = float(here.gate_derivative[0, 0])
    latex = core.ACTIVATIONS[activation].latex
    ui.formula(
        rf"f(x)={latex},\qquad v\cdot f(g)={_short(value, 1)}\cdot f({_short(gate, 1)})"
        rf"={_short(value, 1)}\cdot({_short(opening, 3)})={_short(output, 3)}"
    )
    ui.note(
        _(
            "The gate g = {g} has the activation f(g) = {open}, so the value v = {v} becomes "
            "{out}. A gate 0.01 larger changes the output by about {change} (0.01 · v · f′(g)); a "
            "value 0.01 larger changes it by {per_value} (0.01 · f(g)). Click the heatmap to move "
            "the point."
        ).format(
            g=number(gate),
            open=number(opening),
            v=number(value),
            out=number(output),
            change=number(0.01 * derivative),
            per_value=number(0.01 * opening),
        ),
        keep=True,
    )
    ui.facts(
        [
            ui.Fact(_("gated unit"), here.name),
            ui.Fact("f(g)", number(opening), "∂ output / ∂v"),
            ui.Fact("v · f(g)", number(output), _("output")),
            ui.Fact("v · f′(g)", number(derivative), "∂ output / ∂g"),
        ]
    )
    ui.note(
        _(
            "The name states the activation of the gate: GLU has a sigmoid, ReGLU has ReLU, GEGLU "
            "has GELU, and SwiGLU has Swish, here SiLU. “SwiGLU with GELU” is therefore a "
            "contradiction: it is GEGLU."
        )
    )


def _short(x: float, digits: int) -> str:
    """Return a number for a formula; a tiny negative one is 0, not −0."""
    return f"{round(x, digits) + 0.0:.{digits}f}"


def _choose_point(mark: dict[str, Any]) -> None:
    """Move the point to the clicked gate and value."""
    controls.gate.set(mark["x"])
    controls.value.set(mark["y"])
