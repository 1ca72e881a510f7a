"""Curves over one another with a cursor; GELU's two forms; Swish from linear to ReLU."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st
import torch

import ui
from charts import activations as charts
from charts.format import number
from core import activations as core
from core.activations import Curve
from ui import _

ENDS = 5.0  # the curves are drawn from -ENDS to ENDS
POINTS = 241
SHOWN = ("relu", "gelu", "silu")


def line() -> torch.Tensor:
    """Where the curves are evaluated."""
    return torch.linspace(-ENDS, ENDS, POINTS, dtype=torch.float64)


@st.cache_resource(max_entries=1, show_spinner=False)
def all_curves() -> dict[str, Curve]:
    """Every activation over the line; read-only."""
    return {curve.name: curve for curve in core.activation_curves(list(core.ACTIVATIONS), line())}


@st.cache_resource(max_entries=1, show_spinner=False)
def gelu_line() -> core.GeluError:
    """GELU's two forms over a finer line; read-only."""
    return core.gelu_error(torch.linspace(-ENDS, ENDS, 1001))


def draw() -> None:
    """Draw the view."""
    columns = st.columns([1.6, 1.1, 0.6], gap="large", vertical_alignment="bottom")
    with columns[0]:
        which = ui.choice(
            _("Look at"),
            {
                "any": _("any of them"),
                "gelu": _("GELU's two forms"),
                "swish": _("Swish-β"),
            },
            key="act_curves",
        )
    with columns[1]:
        x = float(ui.live_slider(_("x, the cursor"), -ENDS, ENDS, -1.28, 0.01, key="act_x"))
    if which == "gelu":
        _gelu(x)
        return
    with columns[2]:
        slopes = ui.switch(_("Derivatives"), key="act_slopes", value=True)
    {"any": _any, "swish": _swish}[which](x, slopes)


def _any(x: float, slopes: bool) -> None:
    names = ui.choices(
        _("Activations"),
        {name: entry.label for name, entry in core.ACTIVATIONS.items()},
        key="act_set",
        value=SHOWN,
        hide_label=True,
    )
    if not names:
        ui.note(_("Choose one or more activations."))
        return
    held = all_curves()
    at = core.activation_curves(names, [x])
    figure, numbers = st.columns([1.9, 1], gap="large")
    with figure:
        _plot([held[name] for name in names], at, slopes, 480)
        last = core.ACTIVATIONS[names[-1]]
        ui.formula(rf"\text{{{last.label}}}({x:.2f}) = {last.latex} = {float(at[-1].value[0]):.4f}")
    with numbers:
        _read(x, at)
        if not ui.presenting():
            ui.note(
                _(
                    "Where a slope is near 0 hardly any gradient comes back. Sigmoid's slope is "
                    "never above 1/4; GELU, SiLU and Mish dip below 0 and come up again."
                )
            )


def _plot(lines: Sequence[Curve], at: Sequence[Curve], slopes: bool, height: int) -> None:
    told = ", ".join(f"{here.label} {number(float(here.value[0]))}" for here in at)
    ui.plot(
        charts.curves(lines, at, slopes),
        key="act_plot",
        alt=_("Activation curves; at x = {x}: {told}.").format(
            x=number(float(at[0].x[0])), told=told
        ),
        height=height if slopes else 400,
    )


def _read(x: float, at: Sequence[Curve]) -> None:
    rows = [
        [here.label, number(float(here.value[0])), number(float(here.derivative[0]))] for here in at
    ]
    ui.table(
        [_("at x = {x}").format(x=f"{x:.2f}".replace("-", "−")), "f(x)", "f′(x)"],
        rows,
        numbers=[1, 2],
    )


def _gelu(x: float) -> None:
    error = gelu_line()
    at = core.gelu_error([x])
    figure, numbers = st.columns([1.9, 1], gap="large")
    with figure:
        ui.plot(
            charts.gelu_forms(error, at),
            key="act_gelu",
            alt=_(
                "GELU and its tanh form; their difference is at most {most}, at |x| = {at}; at the "
                "cursor it is {here}."
            ).format(
                most=number(error.largest, 3),
                at=number(abs(error.largest_at)),
                here=number(float(at.error[0])),
            ),
            height=520,
        )
        form = core.ACTIVATIONS["gelu_tanh"].latex
        ui.formula(rf"\begin{{aligned}}&{form}\\ &= {float(at.approximate[0]):.6f}\end{{aligned}}")
    with numbers:
        ui.facts(
            [
                ui.Fact(_("exact"), number(float(at.exact[0]), 6), "x·Φ(x)"),
                ui.Fact(_("tanh form"), number(float(at.approximate[0]), 6), "GPT-2"),
                ui.Fact(_("difference"), number(float(at.error[0])), _("tanh − exact")),
                ui.Fact(
                    _("largest difference"),
                    number(error.largest),
                    _("at |x| = {x}").format(x=number(abs(error.largest_at))),
                ),
            ]
        )
        if not ui.presenting():
            ui.note(
                _(
                    "The tanh form was made when erf was slow. The difference is small, but it "
                    "is there in every unit of every layer: run a model with the form that it was "
                    "trained with."
                )
            )


def _swish(x: float, slopes: bool) -> None:
    beta = float(
        ui.live_slider(
            "β", 0.0, 50.0, 1.0, 0.01, key="act_beta", scale="log",
            help=_("x·σ(βx): x/2 at 0, SiLU at 1, close to GELU at 1.70, ReLU far out."),
        )
    )  # fmt: skip
    name = _("Swish, β = {b}").format(b=f"{beta:g}")
    figure, numbers = st.columns([1.9, 1], gap="large")
    held = all_curves()
    x_line, x_here = held["relu"].x, torch.tensor([x], dtype=torch.float64)

    def swish(label: str, kind: str, b: float, where: torch.Tensor) -> Curve:
        return Curve(kind, label, where, core.swish(where, b), core.swish_derivative(where, b))

    at = [
        swish("x/2 (β = 0)", "half", 0.0, x_here),
        *core.activation_curves(["relu", "gelu", "silu"], x_here),
        swish(name, "swish", beta, x_here),
    ]
    with figure:
        _plot(
            [
                swish("x/2 (β = 0)", "half", 0.0, x_line),
                *(held[other] for other in ("relu", "gelu", "silu")),
                swish(name, "swish", beta, x_line),
            ],
            at,
            slopes,
            430,  # the slider of β stands above
        )
    with numbers:
        _read(x, at)
        ui.formula(
            rf"\begin{{aligned}}x\,\sigma(\beta x) &= {x:.2f}\cdot\sigma({beta:g}\cdot({x:.2f}))"
            rf"\\ &= {float(at[-1].value[0]):.4f}\end{{aligned}}"
        )
        if not ui.presenting():
            ui.note(
                _(
                    "β sets how sharply the gate σ(βx) opens. As a learned number it was Swish; "
                    "with β = 1 it is SiLU, which is what libraries mean by Swish."
                )
            )
