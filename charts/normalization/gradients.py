"""Gradients of untrained stacks by layer, and the ratio of two of them by depth."""

from __future__ import annotations

from collections.abc import Mapping

import torch
from torch import Tensor

from charts.i18n import _
from charts.theme import Spec, axis, figure
from core.normalization import RatioByDepth

STYLES = {"post": ("@q", "solid"), "pre": ("@p", "dash"), "deepnorm": ("@kept", "dot")}


def placements() -> dict[str, str]:
    """Return the name of each placement of the norm."""
    return {"post": _("post-LN"), "pre": _("pre-LN"), "deepnorm": "DeepNorm"}


def gradients(by_placement: Mapping[str, Tensor], layer: int) -> Spec:
    """Draw the gradient of each layer's last FFN matrix; `layer` counts from 1 and has a band."""
    layers = len(next(iter(by_placement.values())))
    return figure(
        *(
            {
                "type": "scatter",
                "mode": "lines+markers",
                "name": placements()[name],
                "x": torch.arange(1, layers + 1),
                "y": values,
                "line": {"color": STYLES[name][0], "width": 3, "dash": STYLES[name][1]},
                "marker": {"size": 5, "color": STYLES[name][0]},
                "hovertemplate": f"{placements()[name]}, %{{x}}: %{{y:.3g}}<extra></extra>",
            }
            for name, values in by_placement.items()
        ),
        margin={"l": 70, "r": 12, "t": 12, "b": 46},
        xaxis=axis(
            _("layer (1 is next to the input)"), range=[0.4, layers + 0.6], fixedrange=True
        ),
        yaxis=axis(
            _("norm of the gradient"),
            type="log",
            range=[-1.4, 1.0],
            tickvals=[0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10],
            fixedrange=True,
        ),
        shapes=[
            {
                "type": "rect", "yref": "paper", "x0": layer - 0.5, "x1": layer + 0.5, "y0": 0,
                "y1": 1, "fillcolor": "rgba(138,63,143,0.16)", "line": {"width": 0},
                "layer": "below",
            }
        ],
    )  # fmt: skip


def ratio(found: RatioByDepth, depth: int) -> Spec:
    """Draw post-LN's last gradient over pre-LN's by depth, and c·√L; `depth` has a large dot."""
    measured = _("measured")
    return figure(
        {
            "type": "scatter",
            "mode": "lines",
            "name": _("theory, c·√L"),
            "x": list(found.depths),
            "y": found.theory,
            "line": {"color": "@muted", "width": 3, "dash": "dash"},
            "hoverinfo": "skip",
        },
        {
            "type": "scatter",
            "mode": "markers",
            "name": measured,
            "x": list(found.depths),
            "y": found.ratio,
            "marker": {
                "color": "@accent",
                "size": [17 if layers == depth else 10 for layers in found.depths],
            },
            "hovertemplate": f"{measured}, L = %{{x}}: %{{y:.3g}}<extra></extra>",
        },
        margin={"l": 62, "r": 12, "t": 12, "b": 46},
        xaxis=axis(
            _("layers L"),
            type="log",
            range=[0.2, 1.8],
            tickvals=list(found.depths),
            fixedrange=True,
        ),
        yaxis=axis(
            _("post-LN / pre-LN, last FFN"),
            type="log",
            range=[-0.1, 1.2],
            tickvals=[1, 2, 3, 5, 10],
            fixedrange=True,
        ),
    )
