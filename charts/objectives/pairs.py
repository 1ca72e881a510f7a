"""Losses of a pair of answers over the difference of their rewards: DPO and reward models."""

from __future__ import annotations

from collections.abc import Sequence

from charts.i18n import _
from charts.theme import Spec, axis, figure
from core.objectives import DPOLoss, PreferenceLoss

Line = tuple[str, str, str]  # name, color, dash


def dpo(curve: Sequence[DPOLoss], now: DPOLoss) -> Spec:
    """Draw loss and gradient weight over the margin, each with its current point."""
    lines = [
        (_("loss −ln σ(m)"), "@accent", "solid"),
        (_("gradient weight σ(−m)"), "@warn", "dash"),
    ]
    points = [(f.margin, (f.loss, f.gradient_weight)) for f in (*curve, now)]
    return _curves(lines, points, _("margin m"), _("loss in nats, weight"))


def preference(curve: Sequence[PreferenceLoss], now: PreferenceLoss | None) -> Spec:
    """Draw loss, probability and size of the gradient over the gap, each with its current point."""
    lines = [
        (_("loss −ln σ(gap)"), "@accent", "solid"),
        (_("probability σ(gap)"), "@p", "dot"),
        (_("gradient size σ(−gap)"), "@warn", "dash"),
    ]
    found = [*curve, now or PreferenceLoss(float("inf"), 0, 0, 0)]
    points = [(f.gap, (f.loss, f.probability, -f.gradient)) for f in found]
    title = _("gap: r(preferred) − r(other)")
    return _curves(lines, points, title, _("loss in nats, probability"))


def _curves(
    lines: Sequence[Line],
    points: Sequence[tuple[float, Sequence[float]]],
    x_title: str,
    y_title: str,
) -> Spec:
    """Draw one curve per line; the last point is the current one, hidden outside the axis."""
    *curve, (at, values) = points
    xs = [x for x, _ys in curve]
    inside = [at] * len(lines) if xs[0] <= at <= xs[-1] else []
    return figure(
        *(
            {
                "type": "scatter",
                "mode": "lines",
                "name": name,
                "x": xs,
                "y": [ys[i] for _x, ys in curve],
                "line": {"color": color, "width": 3, "dash": dash},
                "hovertemplate": f"{name}: %{{y:.3f}}<extra></extra>",
            }
            for i, (name, color, dash) in enumerate(lines)
        ),
        {
            "type": "scatter",
            "mode": "markers",
            "x": inside,
            "y": list(values) if inside else [],
            "marker": {"color": [color for _name, color, _dash in lines], "size": 14},
            "showlegend": False,
            "hovertemplate": "%{y:.4f}<extra></extra>",
        },
        margin={"l": 60, "r": 14, "t": 12, "b": 46},
        xaxis=axis(x_title, range=[xs[0], xs[-1]], fixedrange=True),
        yaxis=axis(y_title, range=[0, 6.2], fixedrange=True),
    )
