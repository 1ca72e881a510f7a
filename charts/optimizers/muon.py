"""Newton–Schulz iterations: the image of the unit circle, and the singular values."""

from __future__ import annotations

import math

import torch
from torch import Tensor

from charts.i18n import _
from charts.theme import Spec, axis, figure
from core.optimizers import Orthogonalization

POINTS = 73  # of an ellipse, every five degrees


def muon(found: Orthogonalization, step: int) -> Spec:
    """Draw the unit circle and its image on the left, the singular values on the right.

    Args:
        found: Iterations of a 2×2 matrix.
        step: The iteration that is shown, from 0.
    """
    count = len(found.matrices)
    angle = torch.linspace(0, 2 * math.pi, POINTS, dtype=torch.float64)
    circle = torch.stack([angle.cos(), angle.sin()])
    names = [_("first singular value"), _("second singular value")]
    size = [15 if i == step else 7 for i in range(count)]
    values = [
        {
            "type": "scatter",
            "mode": "lines+markers",
            "name": names[k],
            "x": list(range(count)),
            "y": found.singular_values[:, k],
            "xaxis": "x2",
            "yaxis": "y2",
            "line": {"color": color, "width": 3},
            "marker": {"color": color, "size": size},
            "hovertemplate": f"{names[k]}: %{{y:.3g}}<extra></extra>",
        }
        for k, color in enumerate(("@p", "@q"))
    ]
    return figure(
        _ellipse(_("unit circle"), circle, "@muted", "dot"),
        _ellipse(
            _("its image under X"), found.matrices[step].double() @ circle, "@accent", "solid"
        ),
        *values,
        margin={"l": 46, "r": 14, "t": 10, "b": 46},
        xaxis=axis("", range=[-1.5, 1.5], fixedrange=True, domain=[0, 0.43], nticks=4),
        yaxis=axis("", range=[-1.5, 1.5], fixedrange=True, nticks=4)
        | {"scaleanchor": "x", "constrain": "domain"},
        xaxis2=axis(
            _("iteration"), range=[-0.4, count - 0.6], fixedrange=True, domain=[0.57, 1], dtick=1
        )
        | {"anchor": "y2"},
        yaxis2=axis(_("singular value"), range=[0, 1.3], fixedrange=True, nticks=5)
        | {"anchor": "x2"},
    )


def _ellipse(name: str, points: Tensor, color: str, dash: str) -> Spec:
    return {
        "type": "scatter",
        "mode": "lines",
        "name": name,
        "x": points[0],
        "y": points[1],
        "line": {"color": color, "width": 3, "dash": dash},
        "hoverinfo": "skip",
    }
