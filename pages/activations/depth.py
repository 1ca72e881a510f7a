"""Through depth: how much of the gradient reaches each layer of a real stack."""

from __future__ import annotations

from typing import Any

import torch

import ui
from charts import activations as charts
from charts.format import number, probability
from core import activations as core
from pages.activations import controls
from ui import _, models

WIDTH = 32


def trace(activation: str, depth: int, seed: int = 0, **settings: Any) -> core.DepthTrace:
    """Return one stack's gradients, computed on the worker and shared between visitors."""

    def work() -> core.DepthTrace:
        generator = torch.Generator().manual_seed(seed)
        with torch.inference_mode(False), torch.enable_grad():
            return core.gradient_through_depth(
                activation, depth, WIDTH, generator=generator, **settings
            )

    return models.compute(
        ("depth of activations", activation, depth, seed, *sorted(settings.items())), work
    )


def traces() -> list[core.DepthTrace]:
    """Return the gradients of every chosen activation."""
    norm = controls.norm.value
    settings = {
        "residual": controls.residual.value,
        "norm": None if norm == "none" else norm,
        "init": controls.init.value,
        "gain": controls.gain.value,
    }
    depth, seed = controls.depth.value, controls.depth_seed.value
    return [trace(name, depth, seed, **settings) for name in controls.compared.value]


def draw() -> None:
    """Draw the gradient's norm by layer, and what explains it."""
    found = traces()
    if not found:
        ui.note(_("Choose one or more activations."), keep=True)
        return
    rows = [
        [
            core.ACTIVATIONS[t.activation].label,
            number(float(t.gradient_norm[0]), 2),
            probability(float(t.saturated_share.mean()), 2),
            probability(float(t.dead_share.mean()), 2),
        ]
        for t in found
    ]
    at_input = ", ".join(f"{label} {norm}" for label, norm, *_shares in rows)
    with ui.figure():
        ui.plot(
            charts.depth(found, controls.lower_panel.value),
            key="act_depth_plot",
            alt=_("Norm of the gradient by layer; at the input: {values}.").format(values=at_input),
            height=440,
        )
    head = [_("activation"), _("gradient norm at the input"), _("saturated"), _("dead")]
    ui.table(head, rows, numbers=[1, 2, 3])
    ui.formula(_layer(controls.residual.value, controls.norm.value))
    ui.note(
        _(
            "Each layer has 32 units; torch differentiates the stack in double precision. The "
            "gradient has norm 1 at the output. A unit is saturated where its derivative is below "
            "5 % of the largest one; it is dead if its derivative is 0 for all 16 examples."
        )
    )


def _layer(residual: bool, norm: str) -> str:
    """Return the formula of one layer."""
    inner = r"f(W\,\mathrm{LN}(h_l))" if norm == "pre" else "f(W h_l)"
    whole = f"h_l + {inner}" if residual else inner
    return rf"h_{{l+1}} = \mathrm{{LN}}({whole})" if norm == "post" else f"h_{{l+1}} = {whole}"
