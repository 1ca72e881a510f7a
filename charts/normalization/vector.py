"""A vector before and after each norm."""

from __future__ import annotations

import math

import torch
from torch import Tensor

from charts.i18n import _
from charts.theme import Spec, axis, figure
from core.normalization import VectorNorms

COLORS = {"layer": "@kept", "rms": "@p", "batch": "@q"}


def names() -> dict[str, str]:
    """Return the name of each norm."""
    return {"layer": "LayerNorm", "rms": "RMSNorm", "batch": "BatchNorm"}


def vector(found: VectorNorms, chosen: int) -> Spec:
    """Draw the vector, and below it what each norm makes of it; `chosen` counts from 0."""
    places = torch.arange(1, len(found.x) + 1)
    reach = _round_up(float(found.x.abs().max()))
    outputs = {name: getattr(found, name).output.flatten() for name in COLORS}
    most = max(2.0, math.ceil(max(float(y.abs().max()) for y in outputs.values()) + 0.1))
    return figure(
        _bars(_("input x"), places, found.x, "@muted", "y"),
        *(_bars(names()[name], places, y, COLORS[name], "y2") for name, y in outputs.items()),
        margin={"l": 66, "r": 12, "t": 12, "b": 46},
        bargroupgap=0.1,
        xaxis=axis(
            _("place in the vector"),
            range=[0.5, len(found.x) + 0.5],
            dtick=1,
            anchor="y2",
            fixedrange=True,
        ),
        yaxis=axis(
            "x",
            domain=[0.62, 1.0],
            range=[-reach if float(found.x.min()) < 0 else 0, reach],
            nticks=5,
            fixedrange=True,
        ),
        yaxis2=axis(_("output"), domain=[0.0, 0.54], range=[-most, most], fixedrange=True),
        shapes=[
            {
                "type": "rect", "yref": "paper", "x0": chosen + 0.5, "x1": chosen + 1.5, "y0": 0,
                "y1": 1, "fillcolor": "rgba(138,63,143,0.16)", "line": {"width": 0},
                "layer": "below",
            }
        ],
    )  # fmt: skip


def _bars(name: str, x: Tensor, y: Tensor, color: str, yaxis: str) -> Spec:
    return {
        "type": "bar",
        "name": name,
        "x": x,
        "y": y,
        "yaxis": yaxis,
        # The panels group their bars separately, so a bar of either fills the width it has.
        "offsetgroup": "x" if yaxis == "y" else name,
        "alignmentgroup": yaxis,
        "marker": {"color": color},
        "hovertemplate": f"{name}, %{{x}}: %{{y:.4g}}<extra></extra>",
    }


def _round_up(value: float) -> float:
    """Return the next of 5, 10, 20, 50, 100, … so that the axis rarely changes during a drag."""
    if value <= 5:
        return 5.0
    power = 10 ** math.floor(math.log10(value))
    return next(step * power for step in (1, 2, 5, 10) if value <= step * power)
