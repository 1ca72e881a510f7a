"""Through depth: how much of the gradient arrives at each layer of a real stack."""

from __future__ import annotations

from dataclasses import asdict, dataclass

import streamlit as st
import torch

import ui
from charts import activations as charts
from charts.format import number, probability
from core import activations as core
from pages.activations_parts.now import now
from ui import _, models

WIDTH = 32
SHOWN = ("sigmoid", "tanh", "relu")


@dataclass(frozen=True, slots=True)
class Stack:
    """Everything but the activation."""

    depth: int
    residual: bool
    norm: str | None
    init: str
    gain: float
    seed: int


def trace(activation: str, stack: Stack) -> core.DepthTrace:
    """One stack's gradients; computed on the worker, shared between visitors."""

    def work() -> core.DepthTrace:
        settings = asdict(stack)
        generator = torch.Generator().manual_seed(settings.pop("seed"))
        depth = settings.pop("depth")
        with torch.inference_mode(False), torch.enable_grad():
            return core.gradient_through_depth(
                activation, depth, WIDTH, generator=generator, **settings
            )

    return models.compute(("act_depth", activation, stack), work)


def draw() -> None:
    """Draw the view."""
    names = ui.choices(
        _("Activations"),
        {name: entry.label for name, entry in core.ACTIVATIONS.items()},
        key="act_d_set",
        value=SHOWN,
        hide_label=True,
    )
    stack, below = _controls()
    if not names:
        ui.note(_("Choose one or more activations."))
        return
    traces = [trace(name, stack) for name in names]
    now().depth = traces
    figure, numbers = st.columns([1.7, 1], gap="large")
    with figure:
        told = ", ".join(
            f"{core.ACTIVATIONS[t.activation].label} {number(float(t.gradient_norm[0]), 2)}"
            for t in traces
        )
        ui.plot(
            charts.depth(traces, below),
            key="act_depth_plot",
            alt=_(
                "Norm of the gradient by layer of {n}; 1 at the output, and at the input {told}."
            ).format(n=stack.depth, told=told),
            height=470,
        )
    with numbers:
        _numbers(traces, stack)


def _controls() -> tuple[Stack, str]:
    columns = st.columns([1.2, 0.8, 1.2, 1.2, 0.8], gap="medium", vertical_alignment="bottom")
    with columns[0]:
        depth = int(ui.live_slider(_("Layers"), 1, 60, 24, 1, key="act_depth"))
    with columns[1]:
        residual = ui.switch(_("Residual"), key="act_res")
    with columns[2]:
        norm = ui.choice(
            _("LayerNorm"),
            {"none": _("none"), "pre": _("pre"), "post": _("post")},
            key="act_norm",
        )
    with columns[3]:
        gain = ui.live_slider(
            _("Weights ×"), 0.2, 4.0, 1.0, 0.1, key="act_gain",
            help=_("Multiplies the initial weights: large ones drive sigmoid and tanh to an end."),
        )  # fmt: skip
    with columns[4], ui.more(_("More")):
        init = ui.choice(
            _("Initial weights"),
            {"he": "He, 2/n", "xavier": "Xavier, 1/n"},
            key="act_init",
        )
        below = ui.choice(
            _("Below the gradient"),
            {
                "saturated": _("saturated units"),
                "dead": _("dead units"),
                "spread": _("spread of h"),
            },
            key="act_below",
        )
        seed = ui.live_slider(_("Seed"), 0, 99, 0, 1, key="act_dseed")
    wanted = None if norm == "none" else norm
    return Stack(depth, residual, wanted, init, float(gain), int(seed)), below


def _numbers(traces: list[core.DepthTrace], stack: Stack) -> None:
    rows = [
        [
            core.ACTIVATIONS[t.activation].label,
            number(float(t.gradient_norm[0]), 2),
            probability(float(t.saturated_share.mean()), 2),
            probability(float(t.dead_share.mean()), 2),
        ]
        for t in traces
    ]
    head = [_("activation"), _("gradient at the input"), _("saturated"), _("dead")]
    ui.table(head, rows, numbers=[1, 2, 3])
    ui.formula(formula(stack.residual, stack.norm))
    if ui.presenting():
        return
    ui.note(
        _(
            "{n} layers of {width} units, differentiated by torch, double precision. The gradient "
            "starts with norm 1 at the output. Saturated: a slope below {share} of the largest; "
            "dead: slope 0 for all of the {batch} examples."
        ).format(
            n=stack.depth,
            width=WIDTH,
            share=probability(traces[0].saturation, 1),
            batch=len(traces[0].hidden[0]),
        )
    )


def formula(residual: bool, norm: str | None) -> str:
    """One layer as it is set."""
    inner = r"f(W\,\mathrm{LN}(h_l))" if norm == "pre" else "f(W h_l)"
    whole = f"h_l + {inner}" if residual else inner
    return rf"h_{{l+1}} = \mathrm{{LN}}({whole})" if norm == "post" else f"h_{{l+1}} = {whole}"
