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
VANISHED, EXPLODED = 0.01, 100.0  # norms at the input, of a gradient with norm 1 at the output


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
    layer = controls.at_layer.value
    rows = [
        [
            core.ACTIVATIONS[t.activation].label,
            number(float(t.gradient_norm[0]), 3),
            number(t.mean_factor, 3),
            probability(float(t.saturated_share.mean()), 2),
            probability(float(t.dead_share.mean()), 2),
        ]
        for t in found
    ]
    at_input = ", ".join(f"{label} {norm}" for label, norm, *_shares in rows)
    with ui.figure():
        ui.plot(
            charts.depth(found, controls.lower_panel.value, layer),
            key="act_depth_plot",
            alt=_("Norm of the gradient by layer; at the input: {values}.").format(values=at_input),
            height=440,
            on_click=_choose_layer,
        )
    ui.note(_step(found, layer), keep=True)
    ui.note(_verdict(found), keep=True)
    head = [
        _("activation"),
        _("gradient norm at the input"),
        _("mean factor per layer"),
        _("saturated"),
        _("dead"),
    ]
    ui.table(head, rows, numbers=[1, 2, 3, 4])
    ui.formula(_layer(controls.residual.value, controls.norm.value))
    ui.note(
        _(
            "Each layer has 32 units; torch differentiates the stack in double precision. The "
            "gradient has norm 1 at the output; the mean factor is the geometric mean. A unit is "
            "saturated where its derivative is below 5 % of the largest one; it is dead if its "
            "derivative is 0 for all 16 examples."
        )
    )


def _step(found: list[core.DepthTrace], layer: int) -> str:
    """Return a sentence on the gradient's way back through one layer."""
    parts = [
        _("{activation} {after} → {before} (× {factor})").format(
            activation=core.ACTIVATIONS[t.activation].label,
            after=number(float(t.gradient_norm[layer])),
            before=number(float(t.gradient_norm[layer - 1])),
            factor=number(float(t.layer_factors[layer - 1])),
        )
        for t in found
    ]
    return _("Norm of the gradient at the output of layer {n} → at its input: {parts}.").format(
        n=layer, parts="; ".join(parts)
    )


def _verdict(found: list[core.DepthTrace]) -> str:
    """Return a sentence that says where the gradient vanishes and where it explodes."""
    norms = {core.ACTIVATIONS[t.activation].label: float(t.gradient_norm[0]) for t in found}
    groups = {
        _("below 0.01 (vanished)"): [n for n, norm in norms.items() if norm < VANISHED],
        _("above 100 (exploded)"): [n for n, norm in norms.items() if norm > EXPLODED],
        _("from 0.01 to 100"): [n for n, norm in norms.items() if VANISHED <= norm <= EXPLODED],
    }
    parts = "; ".join(f"{text}: {', '.join(names)}" for text, names in groups.items() if names)
    text = _("Norm of the gradient at the input, {n} layers from the output: {parts}.")
    return text.format(n=len(found[0].saturated_share), parts=parts)


def _choose_layer(mark: dict[str, Any]) -> None:
    """Choose the layer whose input was clicked; of the last layer also its output."""
    controls.at_layer.set(mark["x"] + 1)


def _layer(residual: bool, norm: str) -> str:
    """Return the formula of one layer."""
    inner = r"f(W\,\mathrm{LN}(h_l))" if norm == "pre" else "f(W h_l)"
    whole = f"h_l + {inner}" if residual else inner
    return rf"h_{{l+1}} = \mathrm{{LN}}({whole})" if norm == "post" else f"h_{{l+1}} = {whole}"
