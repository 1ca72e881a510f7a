"""Learning-rate schedules over one another, and the losses of the models that they train."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from charts.i18n import _
from charts.theme import Spec, axis, figure

STYLES = {
    "constant": ("@muted", "solid"),
    "linear": ("@p", "dash"),
    "cosine": ("@q", "solid"),
    "inverse_sqrt": ("@kept", "dot"),
    "wsd": ("@accent", "dashdot"),
}
SMOOTHED = 10  # updates per plotted loss: a single batch is noisy


def mean_losses(losses: Sequence[float]) -> list[float]:
    """Return the mean of each group of ten losses."""
    groups = [losses[i : i + SMOOTHED] for i in range(0, len(losses), SMOOTHED)]
    return [sum(group) / len(group) for group in groups]


def schedules(
    rates: Mapping[str, Sequence[float]],
    losses: Mapping[str, Sequence[float]],
    names: Mapping[str, str],
    chosen: str,
    at: int,
    baseline: float,
) -> Spec:
    """Draw every schedule above the losses of the models that it trains.

    Args:
        rates: Learning rate of every update, from update 0, of each schedule.
        losses: Loss of every update so far, of each schedule; nats per character.
        names: Visible name of each schedule.
        chosen: The schedule with the thick line.
        at: The marked update.
        baseline: Loss of a model that knows only the frequencies of characters.
    """
    total = len(rates[chosen]) - 1
    peak = max(max(values) for values in rates.values())
    means = {kind: mean_losses(values) for kind, values in losses.items()}
    lines = [_line(kind, list(range(total + 1)), rates[kind], "y") for kind in rates]
    lines += [
        _line(kind, [i * SMOOTHED + SMOOTHED / 2 for i in range(len(values))], values, "y2")
        for kind, values in means.items()
    ]
    for i, line in enumerate(lines):
        kind = line["meta"]
        line["name"] = names[kind]
        line["line"]["width"] = 5 if kind == chosen else 2
        line["opacity"] = 1 if kind == chosen else 0.75
        line["showlegend"] = i < len(rates)
        line["hovertemplate"] = f"{names[kind]}: %{{y:.3g}}<extra></extra>"
    return figure(
        *lines,
        margin={"l": 66, "r": 14, "t": 10, "b": 46},
        xaxis=axis(_("update"), range=[0, total], fixedrange=True, anchor="y2"),
        yaxis=axis(
            _("learning rate"), range=[0, 1.08 * peak], fixedrange=True, domain=[0.6, 1], nticks=4
        ),
        yaxis2=axis(
            _("loss in nats"),
            range=[0, max(4.0, 1.25 * baseline)],
            fixedrange=True,
            domain=[0, 0.52],
            nticks=5,
        ),
        shapes=[
            _shape([at, at], [0, 1], "paper", "dot"),
            _shape([0, total], [baseline, baseline], "y2", "dash"),
        ],
        annotations=[
            {
                "text": _("character frequencies only"), "x": total, "y": baseline, "yref": "y2",
                "xanchor": "right", "yanchor": "bottom", "showarrow": False,
                "font": {"size": 13, "color": "@muted"},
            }
        ],
    )  # fmt: skip


def _line(kind: str, x: Sequence[float], y: Sequence[float], yaxis: str) -> Spec:
    color, dash = STYLES[kind]
    return {
        "type": "scatter",
        "mode": "lines",
        "meta": kind,
        "x": list(x) or [0],
        "y": list(y) or [None],
        "yaxis": yaxis,
        "line": {"color": color, "dash": dash},
    }


def _shape(x: Sequence[float], y: Sequence[float], yref: str, dash: str) -> Spec:
    return {
        "type": "line", "x0": x[0], "x1": x[1], "y0": y[0], "y1": y[1], "yref": yref,
        "line": {"color": "@muted", "width": 2, "dash": dash},
    }  # fmt: skip
