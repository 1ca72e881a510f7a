"""The tables of the activations page."""

from __future__ import annotations

import torch
from torch import Tensor

import ui
from pages.activations import controls, curves, dead, depth, ffn, model
from ui import _, models


def _table(columns: dict[str, Tensor]) -> ui.Table:
    return list(columns), list(zip(*(c.tolist() for c in columns.values()), strict=True))


def _curves() -> ui.Table:
    """Return the chosen activations and their derivatives over the x axis."""
    columns = {"x": curves.all_curves()["relu"].x}
    for name in controls.chosen.value:
        curve = curves.all_curves()[name]
        columns |= {name: curve.value, f"{name}_derivative": curve.derivative}
    return _table(columns)


def _depth() -> ui.Table:
    """Return every layer of every stack; layer 0 is the input, which has no units."""
    of_outputs = ("gradient_norm", "hidden_mean", "hidden_std")
    of_layers = ("saturated_share", "dead_share", "weight_gradient_norm")
    rows = []
    for trace in depth.traces():
        columns = [getattr(trace, name).tolist() for name in of_outputs]
        columns += [["", *getattr(trace, name).tolist()] for name in of_layers]
        cells = zip(*columns, strict=True)
        rows += [(trace.activation, layer, *row) for layer, row in enumerate(cells)]
    return ["activation", "layer", *of_outputs, *of_layers], rows


def _training() -> ui.Table:
    """Return both networks, update by update, up to the one that the page shows."""
    header = ["clipping", "update", "loss", "gradient_norm", "clip_factor"]
    header += ["dead_layer_1", "dead_layer_2"]
    rows = [
        (kind, s.step, s.loss, s.gradient_norm, s.clip_factor, *s.dead_share.tolist())
        for kind, states in zip(("off", "on"), dead.runs(), strict=True)
        for s in states
    ]
    return header, rows


def _gates() -> ui.Table:
    """Return the quantiles of each layer's gates and the share closed at each threshold."""
    ids, _cut = models.encode_limited(controls.text.value, model.LIMIT)
    if not ids:
        return ["layer"], []
    found = model.read(tuple(ids))
    of = found.statistics
    columns = {"layer": torch.arange(len(of.mean)), "mean": of.mean, "std": of.std}
    columns |= {"positive_share": of.positive_share, "mean_abs_activation": of.active_mean}
    for level, values in zip(of.quantile_levels, of.quantiles.T, strict=True):
        columns[f"quantile_{level:g}"] = values
    for i, threshold in enumerate(found.thresholds):
        columns[f"closed_below_{threshold:g}"] = found.closed_by_layer(i)
    return _table(columns)


def _ffns() -> ui.Table:
    """Return the published shapes, with parameters and FLOPs of one layer."""
    header = ["model", "dim", "hidden_dim", "gated", "parameters", "flops_per_token", "source"]
    return header, [
        (name, of.dim, of.hidden_dim, of.matrices == 3, of.parameters, of.flops_per_token, source)
        for name, of, source in ffn.published()
    ]


def downloads() -> list[ui.Download]:
    """Return what the page offers."""
    return [
        ui.Download(_("Curves (CSV)"), "activations.csv", _curves),
        ui.Download(_("Gradients by layer (CSV)"), "depth.csv", _depth),
        ui.Download(_("Training by update (CSV)"), "dead-units.csv", _training),
        ui.Download(_("The model's gates (CSV)"), "gates.csv", _gates),
        ui.Download(_("Published FFN sizes (CSV)"), "ffn.csv", _ffns),
    ]
