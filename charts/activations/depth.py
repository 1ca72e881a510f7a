"""The gradient by layer, for several activations over one another."""

from __future__ import annotations

import math
from collections.abc import Sequence

import torch
from torch import Tensor

from charts.activations.curves import style
from charts.i18n import _
from charts.theme import Spec, axis, figure
from core.activations import ACTIVATIONS, DepthTrace

LOW, HIGH = 4, 2  # the axis ends at multiples of 4 decades below 1 and of 2 decades above


def depth(traces: Sequence[DepthTrace], below: str, layer: int) -> Spec:
    """Draw gradient norms on a logarithmic axis, and a property of the units below them.

    Args:
        traces: One per activation, all of one depth.
        below: The lower panel: "saturated", "dead" or "spread".
        layer: The chosen layer, from 1; a band spans its input and its output.
    """
    layers = len(traces[0].gradient_norm) - 1
    names = {
        "saturated": _("saturated units"),
        "dead": _("dead units"),
        "spread": _("std. dev. of h"),
    }
    drawn = [_line(t, torch.arange(layers + 1), t.gradient_norm, "y", ".3g") for t in traces]
    for trace in traces:
        x, y = _second(trace, below)
        drawn.append(_line(trace, x, y, "y2", ".3g" if below == "spread" else ".4~p"))
        drawn[-1]["showlegend"] = False
    low = (
        _decades([trace.hidden_std for trace in traces])
        if below == "spread"
        else {"range": [-0.03, 1.03], "tickformat": ".0%"}
    )
    return figure(
        *drawn,
        margin={"l": 76, "r": 16, "t": 12, "b": 46},
        xaxis=axis(
            _("layer (0 is the input)"), range=[-0.3, layers + 0.3], anchor="y2", fixedrange=True
        ),
        yaxis=axis(
            _("norm of the gradient"),
            domain=[0.42, 1.0],
            fixedrange=True,
            **_decades([trace.gradient_norm for trace in traces]),
        ),
        yaxis2=axis(names[below], domain=[0.0, 0.34], fixedrange=True, **low),
        shapes=[
            {
                "type": "rect", "yref": "paper", "x0": layer - 1, "x1": layer, "y0": 0, "y1": 1,
                "fillcolor": "rgba(138,63,143,0.16)", "line": {"width": 0}, "layer": "below",
            }
        ],
    )  # fmt: skip


def _second(trace: DepthTrace, below: str) -> tuple[Tensor, Tensor]:
    layers = len(trace.saturated_share)
    if below == "spread":
        return torch.arange(layers + 1), trace.hidden_std
    share = trace.saturated_share if below == "saturated" else trace.dead_share
    return torch.arange(1, layers + 1), share


def _line(trace: DepthTrace, x: Tensor, y: Tensor, yaxis: str, digits: str) -> Spec:
    label = ACTIVATIONS[trace.activation].label
    return {
        "type": "scatter",
        "mode": "lines",
        "name": label,
        "x": x,
        "y": y,
        "yaxis": yaxis,
        "line": style(trace.activation),
        "hovertemplate": f"{label}, %{{x}}: %{{y:{digits}}}<extra></extra>",
    }


def _decades(values: Sequence[Tensor]) -> Spec:
    """Return a logarithmic axis with coarse limits, so that it rarely changes during a drag."""
    positive = torch.cat([v[(v > 0) & v.isfinite()] for v in values])
    low, high = -LOW, HIGH
    if len(positive):
        low = min(low, LOW * math.floor(float(positive.min().log10()) / LOW))
        high = max(high, HIGH * math.ceil(float(positive.max().log10()) / HIGH))
    step = 2 * math.ceil((high - low) / 16)
    return {"type": "log", "range": [low, high], "dtick": step, "exponentformat": "power"}
