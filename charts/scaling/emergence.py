"""A metric of a family of models against their size."""

from __future__ import annotations

import math

from torch import Tensor

from charts.i18n import _
from charts.scaling.numbers import tens
from charts.theme import Spec, axis, figure
from core.scaling import Scores

DECADES = 5  # of a logarithmic axis of exact matches


def curve(
    found: Scores,
    metric: str,
    smooth: tuple[Tensor, Tensor],
    chosen: int,
    *,
    logarithmic: bool = False,
) -> Spec:
    """Draw a metric against the number of parameters: expected as a line, measured as dots.

    Args:
        found: The scores of the models.
        metric: One of the metrics of `Scores`.
        smooth: The expected line: numbers of parameters and values.
        chosen: The model whose dot is large, from 0.
        logarithmic: Whether the vertical axis is logarithmic.
    """
    names = {
        "exact": _("share of exact matches"),
        "token": _("share of correct tokens"),
        "edit": _("wrong tokens per answer"),
        "nats": _("−log-probability, nats"),
    }
    answers, length = found.right.shape[1:]
    top = {"edit": length, "nats": float(found.expected["nats"].max())}.get(metric, 1.0)
    decades = DECADES if metric == "exact" else 2
    bounds = [-0.04 * top, 1.04 * top]
    if logarithmic:
        bounds = [math.log10(top) - decades, math.log10(top) + 0.08 * decades]
    measured = _("measured")
    return figure(
        {
            "type": "scatter",
            "mode": "lines",
            "name": _("expected"),
            "x": smooth[0],
            "y": smooth[1],
            "line": {"color": "@p", "width": 3},
            "hoverinfo": "skip",
        },
        {
            "type": "scatter",
            "mode": "markers",
            "name": measured,
            "x": found.parameters,
            "y": found.measured[metric],
            "marker": {
                "color": "@accent",
                "size": [17 if i == chosen else 10 for i in range(len(found.parameters))],
            },
            "hovertemplate": f"{measured}: %{{y:.3g}}<extra></extra>",
        },
        *([_resolution(smooth[0], answers)] if metric == "exact" else []),
        margin={"l": 70, "r": 14, "t": 12, "b": 46},
        xaxis=axis(
            _("parameters"),
            type="log",
            range=[5.8, 12.2],
            **tens(6, 12),
            fixedrange=True,
        ),
        yaxis=axis(
            names[metric],
            type="log" if logarithmic else "linear",
            range=bounds,
            fixedrange=True,
            **({"dtick": 1, "exponentformat": "power"} if logarithmic else {}),
        ),
    )


def _resolution(sizes: Tensor, answers: int) -> Spec:
    """Return the line of the smallest share above 0 that can be measured."""
    return {
        "type": "scatter",
        "mode": "lines",
        "name": _("1 success in all answers"),
        "x": sizes[[0, -1]],
        "y": [1 / answers] * 2,
        "line": {"color": "@muted", "width": 2, "dash": "dot"},
        "hoverinfo": "skip",
    }
