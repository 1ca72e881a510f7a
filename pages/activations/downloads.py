"""The tables of the activations page."""

from __future__ import annotations

import torch
from torch import Tensor

import ui
from charts import activations as charts
from pages.activations import controls, curves, dead, depth, ffn, model
from ui import _, models


def _table(columns: dict[str, Tensor]) -> ui.Table:
    return list(columns), list(zip(*(c.tolist() for c in columns.values()), strict=True))


def _curves() -> ui.Table:
    """Return the chosen activations and their derivatives over the x axis."""
    columns = {"x": curves.all_curves()["relu"].x}
    for name in controls.chosen.value:
        curve = curves.all_curves()[name]
        columns[curve.label] = curve.value
        columns[_("{name}, derivative").format(name=curve.label)] = curve.derivative
    return _table(columns)


def _depth() -> ui.Table:
    """Return every layer of every stack; layer 0 is the input, which has no units."""
    rows = []
    for trace in depth.traces():
        of_outputs = (trace.gradient_norm, trace.hidden_mean, trace.hidden_std)
        of_layers = (trace.saturated_share, trace.dead_share, trace.weight_gradient_norm)
        columns = [x.tolist() for x in of_outputs] + [["", *x.tolist()] for x in of_layers]
        label = controls.LABELS[trace.activation]
        rows += [(label, layer, *row) for layer, row in enumerate(zip(*columns, strict=True))]
    header = [_("activation"), _("layer"), _("norm of the gradient"), _("mean of h")]
    header += [_("std. dev. of h"), _("saturated units"), _("dead units")]
    return [*header, _("norm of the weights' gradient")], rows


def _training() -> ui.Table:
    """Return both networks, update by update, up to the one that the page shows."""
    header = [_("clipping"), _("update"), _("loss"), _("norm of the gradient")]
    header += [_("clipping factor"), _("dead units, layer 1"), _("dead units, layer 2")]
    rows = [
        (name, s.step, s.loss, s.gradient_norm, s.clip_factor, *s.dead_share.tolist())
        for name, states in zip(charts.names(), dead.runs(), strict=True)
        for s in states
    ]
    return header, rows


def _gates() -> ui.Table:
    """Return the quantiles of each layer's gates and the share closed at each threshold."""
    ids, _cut = models.encode_limited(controls.text.value, model.LIMIT)
    if not ids:
        return [_("layer")], []
    found = model.read(tuple(ids))
    of = found.statistics
    columns = {_("layer"): torch.arange(len(of.mean)), _("mean"): of.mean}
    columns |= {_("standard deviation"): of.std, _("share above 0"): of.positive_share}
    columns[_("mean of |SiLU(g)|")] = of.active_mean
    for level, values in zip(of.quantile_levels, of.quantiles.T, strict=True):
        columns[_("quantile {level}").format(level=f"{level:g}")] = values
    for i, threshold in enumerate(found.thresholds):
        columns[f"|SiLU(g)| < {threshold:g}"] = found.closed_by_layer(i)
    return _table(columns)


def _ffns() -> ui.Table:
    """Return the published shapes, with parameters and FLOPs of one layer."""
    header = [_("model"), "D", "F", _("matrices"), _("parameters per layer")]
    return [*header, _("FLOPs per token"), _("source")], [
        (name, of.dim, of.hidden_dim, of.matrices, of.parameters, of.flops_per_token, source)
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
