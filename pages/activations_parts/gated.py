"""Gated units: how much of a value passes is decided by an activation of a gate."""

from __future__ import annotations

import streamlit as st
import torch

import ui
from charts import activations as charts
from charts.format import number
from core import activations as core
from ui import _

ENDS = 4.0
STEPS = 41


@st.cache_resource(max_entries=16, show_spinner=False)
def _grid(activation: str) -> core.GluSurface:
    line = torch.linspace(-ENDS, ENDS, STEPS, dtype=torch.float64)
    return core.glu_surface(line, line, activation)


def draw() -> None:
    """Draw the view."""
    columns = st.columns([2.1, 1, 1, 1.1], gap="medium", vertical_alignment="bottom")
    with columns[0]:
        activation = ui.choice(
            _("Activation of the gate"),
            {used: core.ACTIVATIONS[used].label for used in core.GLU_VARIANTS.values()},
            key="act_gate_fn",
            value="silu",
        )
    with columns[1]:
        gate = float(ui.live_slider(_("Gate g"), -ENDS, ENDS, 1.5, 0.1, key="act_gate"))
    with columns[2]:
        value = float(ui.live_slider(_("Value v"), -ENDS, ENDS, 2.0, 0.2, key="act_value"))
    with columns[3]:
        form = ui.choice(
            _("Drawn as"),
            {"plane": _("colors"), "surface": _("a surface")},
            key="act_form",
            hide_label=True,
        )
    grid = _grid(activation)
    here = core.glu_surface([value], [gate], activation)
    output = float(here.output[0, 0])
    figure, numbers = st.columns([1.35, 1], gap="large")
    with figure:
        drawn = charts.plane if form == "plane" else charts.surface
        ui.plot(
            drawn(grid, gate, value, output),
            key=f"act_glu_{form}",
            alt=_("{name} over gate and value; at gate {g} and value {v} it gives {out}.").format(
                name=grid.name, g=number(gate), v=number(value), out=number(output)
            ),
            height=460,
        )
    with numbers:
        _numbers(here, gate, value)
        ui.plot(
            charts.slice_of(grid, gate, value, output),
            key="act_glu_slice",
            alt=_("The output over the gate, at value {v}.").format(v=number(value)),
            height=220,
        )
        _named(activation, grid.name)


def _numbers(here: core.GluSurface, gate: float, value: float) -> None:
    opened = float(here.gate_open[0])
    ui.formula(
        rf"v\cdot f({gate:.1f}) = {value:.1f}\cdot({opened:.3f})"
        rf" = {float(here.output[0, 0]):.3f}"
    )
    ui.facts(
        [
            ui.Fact(_("this is"), here.name),
            ui.Fact(_("gate open by"), number(opened), _("f(g), the slope for v")),
            ui.Fact(
                _("slope for the gate"), number(float(here.gate_derivative[0, 0])), "v · f′(g)"
            ),
        ]
    )


def _named(activation: str, name: str) -> None:
    """Why "SwiGLU with GELU" is GEGLU."""
    if ui.presenting():
        return
    label = core.ACTIVATIONS[activation].label
    if activation == "silu":
        text = _(
            "The name says the gate's activation: Swi- is Swish, here SiLU. “SwiGLU with GELU” "
            "names two activations for one gate; put GELU in, and it is {other}."
        ).format(other=core.glu_name("gelu"))
    else:
        text = _(
            "With {label} in the gate this is {name}. It is SwiGLU only with Swish there: "
            "“SwiGLU with {label}” names two activations for one gate."
        ).format(label=label, name=name)
    ui.note(text)
