"""The worth of repeated data, and the loss by epochs at equal compute."""

from __future__ import annotations

import math

from charts.i18n import _
from charts.theme import Spec, axis, figure
from core.scaling import LAW, TOKENS_R_STAR, data_constrained_loss, effective_tokens, half_life

HIGHEST = 20  # of the axis, in epochs' worth
POINTS = 61
EPOCHS = (-1, 3)  # powers of 10 of the axis of the second figure


def worth(epochs: float, most: float) -> Spec:
    """Draw effective tokens per unique token against epochs, with the half-life and R*."""
    top = math.log10(most)
    x = [10 ** (top * i / (POINTS - 1)) for i in range(POINTS)]
    marks = {
        _("half-life"): 1 + half_life(),
        "R*": 1 + TOKENS_R_STAR,
    }
    return figure(
        {
            "type": "scatter",
            "mode": "lines",
            "name": _("if every token counted in full"),
            "x": [n for n in x if n <= HIGHEST],
            "y": [n for n in x if n <= HIGHEST],
            "line": {"color": "@muted", "width": 2, "dash": "dash"},
            "hoverinfo": "skip",
        },
        {
            "type": "scatter",
            "mode": "lines",
            "name": _("effective"),
            "x": x,
            "y": [effective_tokens(1, n) for n in x],
            "line": {"color": "@p", "width": 3},
            "hovertemplate": "%{x:.3g}: %{y:.3g}<extra></extra>",
        },
        {
            "type": "scatter",
            "mode": "markers",
            "name": _("current"),
            "x": [epochs],
            "y": [effective_tokens(1, epochs)],
            "marker": {"color": "@accent", "size": 16},
            "hovertemplate": "%{x:.3g}: %{y:.3g}<extra></extra>",
        },
        {
            "type": "scatter",
            "mode": "markers+text",
            "name": _("where the value is ½ and 1/e"),
            "x": list(marks.values()),
            "y": [effective_tokens(1, n) for n in marks.values()],
            "text": list(marks),
            "textposition": ["bottom right", "bottom right"],
            "textfont": {"size": 14},
            "marker": {"color": "@q", "size": 10, "symbol": "diamond"},
            "hovertemplate": "%{x:.3g}: %{y:.3g}<extra></extra>",
        },
        margin={"l": 62, "r": 14, "t": 12, "b": 46},
        xaxis=axis(
            _("epochs"),
            type="log",
            range=[-0.04, top + 0.04],
            tickvals=[1, 2, 4, 8, 16, 40, 100],
            fixedrange=True,
        ),
        yaxis=axis(
            _("effective tokens / unique tokens"),
            range=[0, HIGHEST],
            dtick=4,
            fixedrange=True,
        ),
        shapes=[
            {
                "type": "line", "xref": "paper", "x0": 0, "x1": 1,
                "y0": 1 + TOKENS_R_STAR, "y1": 1 + TOKENS_R_STAR,
                "line": {"color": "@q", "width": 2, "dash": "dot"},
            }
        ],
        annotations=[
            {
                "text": _("limit: 1 + R*"), "showarrow": False, "xref": "paper", "x": 0.02,
                "y": 1 + TOKENS_R_STAR, "yanchor": "bottom", "font": {"size": 14},
            }
        ],
    )  # fmt: skip


def allocation(flops: float, unique: float, best: float, epochs: float) -> Spec:
    """Draw the loss along a compute budget against epochs: more epochs, fewer parameters.

    Args:
        flops: The budget C = 6ND.
        unique: Number of unique tokens.
        best: Epochs with the lowest loss.
        epochs: The current number of epochs.
    """

    def at(n: float) -> float:
        return data_constrained_loss(flops / 6 / (n * unique), n * unique, unique)

    x = [10 ** (EPOCHS[0] + (EPOCHS[1] - EPOCHS[0]) * i / (POINTS - 1)) for i in range(POINTS)]
    losses = [at(n) for n in x]
    low, high = min(losses), min(losses) + max(0.4, 0.5 * (min(losses) - LAW.E))
    return figure(
        {
            "type": "scatter",
            "mode": "lines",
            "name": _("loss at equal compute"),
            "x": x,
            "y": losses,
            "line": {"color": "@p", "width": 3},
            "hovertemplate": "%{x:.3g}: %{y:.3f}<extra></extra>",
        },
        {
            "type": "scatter",
            "mode": "markers",
            "name": _("current"),
            "x": [epochs],
            "y": [at(epochs)],
            "marker": {"color": "@accent", "size": 15},
            "hovertemplate": "%{x:.3g}: %{y:.3f}<extra></extra>",
        },
        {
            "type": "scatter",
            "mode": "markers",
            "name": _("minimum"),
            "x": [best],
            "y": [at(best)],
            "marker": {"color": "@kept", "size": 13, "symbol": "diamond"},
            "hovertemplate": "%{x:.3g}: %{y:.3f}<extra></extra>",
        },
        margin={"l": 66, "r": 14, "t": 12, "b": 46},
        xaxis=axis(
            _("epochs (more epochs, fewer parameters)"),
            type="log",
            range=list(EPOCHS),
            tickvals=[0.1, 1, 10, 100, 1000],
            ticktext=["0.1", "1", "10", "100", "1000"],
            fixedrange=True,
        ),
        yaxis=axis(
            _("loss, nats per token"),
            range=[low - 0.08 * (high - low), high],
            nticks=6,
            fixedrange=True,
        ),
    )
