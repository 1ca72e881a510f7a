"""Tables to take away."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

import pandas as pd
from torch import Tensor

import ui
from core import activations as core
from pages.activations_parts import ffn
from pages.activations_parts.curves import SHOWN, all_curves
from pages.activations_parts.now import Now, now
from ui import _


def tables() -> list[ui.Download]:
    """What the page offers."""
    held = now()
    return [
        ui.Download(_("Curves"), "activations.csv", curves),
        ui.Download(_("Gradients through depth"), "depth.csv", partial(depth, held)),
        ui.Download(_("Training, update by update"), "dead-units.csv", partial(training, held)),
        ui.Download(_("The model's gates"), "gates.csv", partial(gates, held)),
        ui.Download(_("Known FFNs"), "ffn.csv", known),
    ]


def _csv(columns: dict[str, Tensor | Sequence[object]]) -> str:
    return pd.DataFrame(columns).to_csv(index=False)


def curves() -> str:
    """The chosen activations and their slopes over the line."""
    chosen = str(ui.get("act_set", ",".join(SHOWN))).split(",")
    held = {name: curve for name, curve in all_curves().items() if name in chosen}
    columns: dict[str, Tensor | Sequence[object]] = {"x": all_curves()["relu"].x}
    for name, curve in held.items():
        columns[name] = curve.value
        columns[f"{name}_derivative"] = curve.derivative
    return _csv(columns)


def depth(held: Now) -> str:
    """Every layer of the stacks drawn last; layer 0 is the input, which has no units."""
    names = ("gradient_norm", "hidden_mean", "hidden_std")
    shares = ("saturated_share", "dead_share", "weight_gradient_norm")
    frames = []
    for trace in held.depth:
        frame = pd.DataFrame({name: getattr(trace, name) for name in names})
        of_layers = pd.DataFrame({name: getattr(trace, name) for name in shares})
        of_layers.index += 1
        frame = frame.join(of_layers)
        frame.insert(0, "layer", range(len(frame)))
        frame.insert(0, "activation", trace.activation)
        frames.append(frame)
    if not frames:
        return _csv(dict.fromkeys(("activation", "layer", *names, *shares), ()))
    return pd.concat(frames).to_csv(index=False)


def training(held: Now) -> str:
    """Both networks, every update."""
    head = ("clipping", "update", "loss", "gradient_norm", "clip_factor")
    rows = [
        (kind, s.step, s.loss, s.gradient_norm, s.clip_factor, *s.dead_share.tolist())
        for kind, run in zip(("off", "on"), held.runs, strict=False)
        for s in run
    ]
    return pd.DataFrame(rows, columns=[*head, "dead_layer_1", "dead_layer_2"]).to_csv(index=False)


def gates(held: Now) -> str:
    """Per layer: the gates' quantiles, and the share that is closed at each threshold."""
    found = held.gates
    if found is None:
        return _csv({"layer": ()})
    read = found.statistics
    columns: dict[str, Tensor | Sequence[object]] = {
        "layer": list(range(len(found.share))),
        "mean": read.mean,
        "std": read.std,
        "positive_share": read.positive_share,
        "mean_abs_activation": read.active_mean,
    }
    for i, level in enumerate(read.quantile_levels):
        columns[f"quantile_{level:g}"] = read.quantiles[:, i]
    for i, threshold in enumerate(found.thresholds):
        columns[f"closed_below_{threshold:g}"] = found.closed_by_layer(i)
    return _csv(columns)


def known() -> str:
    """The published shapes."""
    head = ("model", "dim", "hidden_dim", "gated", "parameters", "flops_per_token", "source")
    rows = []
    for name, dim, inner, gated, source in ffn.KNOWN:
        size = core.ffn_size(dim, inner, gated)
        rows.append((name, dim, inner, gated, size.parameters, size.flops_per_token, source))
    return pd.DataFrame(rows, columns=list(head)).to_csv(index=False)
