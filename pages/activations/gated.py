"""Gated units: the activation of a gate scales how much of a value passes."""

from __future__ import annotations

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
    output = float(here.output[0, 0])
    form = controls.form.value
    with ui.figure():
        ui.plot(
            (charts.plane if form == "plane" else charts.surface)(grid, gate, value, output),
            key=f"act_glu_{form}",
            alt=_("{name} over gate and value; {out} at the point.").format(
                name=grid.name, out=number(output)
            ),
            height=420,
        )
    with ui.second_figure():
        ui.plot(
            charts.gate_slice(grid, gate, value, output),
            key="act_glu_slice",
            alt=_("The output as a function of the gate, at value {v}.").format(v=number(value)),
            height=420,
        )
    opening = float(here.gate_open[0])
    derivative = float(here.gate_derivative[0, 0])
    ui.facts(
        [
            ui.Fact(_("gated unit"), here.name),
            ui.Fact("f(g)", number(opening), "∂ output / ∂v"),
            ui.Fact("v · f(g)", number(output), _("output")),
            ui.Fact("v · f′(g)", number(derivative), "∂ output / ∂g"),
        ]
    )
    ui.formula(rf"v\cdot f({gate:.1f}) = {value:.1f}\cdot({opening:.3f}) = {output:.3f}")
    ui.note(
        _(
            "The name states the activation of the gate: GLU has a sigmoid, ReGLU has ReLU, GEGLU "
            "has GELU, and SwiGLU has Swish, here SiLU. “SwiGLU with GELU” is therefore a "
            "contradiction: it is GEGLU."
        )
    )
