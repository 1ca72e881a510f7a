"""Two networks in training: the share of dead units, the loss, the fit and every unit."""

from __future__ import annotations

import math
from collections.abc import Sequence

import torch
from torch import Tensor

from charts.i18n import _
from charts.theme import Spec, axis, figure, label_margin
from core.activations import DeadUnitsStep

COLORS = ("@q", "@kept")  # without clipping, with clipping
DASHES = ("solid", "dash")


def names() -> tuple[str, str]:
    """Return the names of the two networks."""
    return _("without clipping"), _("with clipping")


def progress(runs: Sequence[Sequence[DeadUnitsStep]], steps: int, now: int) -> Spec:
    """Draw the share of dead units and the loss by update.

    Args:
        runs: States of the network without clipping, then of the one with clipping.
        steps: End of the x axis.
        now: The current update, which has a dot on every curve.
    """
    traces = []
    for name, run, color, dash in zip(names(), runs, COLORS, DASHES, strict=True):
        line = {
            "type": "scatter",
            "mode": "lines",
            "name": name,
            "x": torch.arange(len(run), dtype=torch.float32),
            "line": {"color": color, "width": 3, "dash": dash},
        }
        dead = torch.stack([state.active_points for state in run]) == 0
        shares = dead.float().mean(dim=(1, 2))
        loss = torch.tensor([s.loss if math.isfinite(s.loss) else math.nan for s in run])
        here = min(now, len(run) - 1)
        low = {"yaxis": "y2", "showlegend": False}
        traces += [
            line | {"y": shares, "hovertemplate": "%{x}: %{y:.4~p}<extra></extra>"},
            line | {"y": loss, "hovertemplate": "%{x}: %{y:.3g}<extra></extra>"} | low,
            _dot(here, float(shares[here]), color),
            _dot(here, float(loss[here]), color) | low,
        ]
    return figure(
        *traces,
        margin={"l": 76, "r": 16, "t": 12, "b": 46},
        xaxis=axis(_("update"), range=[-0.02 * steps, 1.02 * steps], anchor="y2", fixedrange=True),
        yaxis=axis(
            _("dead units"),
            domain=[0.5, 1.0],
            range=[-0.03, 1.03],
            tickformat=".0%",
            fixedrange=True,
        ),
        yaxis2=axis(
            _("loss"),
            domain=[0.0, 0.42],
            type="log",
            range=[-3, 5],
            tickvals=[0.01, 1, 100, 10_000],
            ticktext=["0.01", "1", "100", "10k"],
            fixedrange=True,
        ),
    )


def _dot(x: float, y: float, color: str) -> Spec:
    return {
        "type": "scatter",
        "mode": "markers",
        "x": [x],
        "y": [y if math.isfinite(y) else None],
        "marker": {"color": color, "size": 11, "line": {"color": "@paper", "width": 2}},
        "hoverinfo": "skip",
        "showlegend": False,
    }


def fit(states: Sequence[DeadUnitsStep]) -> Spec:
    """Draw the target and both predictions."""
    target = states[0]
    y = target.target
    low, high = min(0.0, float(y.min())) - 0.6, float(y.max()) + 1.2
    traces = [
        {
            "type": "scatter",
            "mode": "lines",
            "name": _("target"),
            "x": target.x,
            "y": y,
            "line": {"color": "@muted", "width": 6},
            "opacity": 0.5,
            "hoverinfo": "skip",
        }
    ]
    traces += [
        {
            "type": "scatter",
            "mode": "lines",
            "name": name,
            "x": state.x,
            "y": state.prediction,
            "line": {"color": color, "width": 3, "dash": dash},
            "hovertemplate": "%{x:.2f}: %{y:.3f}<extra></extra>",
        }
        for name, state, color, dash in zip(names(), states, COLORS, DASHES, strict=True)
    ]
    return figure(
        *traces,
        margin={"l": 50, "r": 12, "t": 8, "b": 44},
        xaxis=axis("x", range=[-1, 1], fixedrange=True),
        yaxis=axis("y", range=[low, high], fixedrange=True),
    )


def units(states: Sequence[DeadUnitsStep], chosen: int) -> Spec:
    """Draw every hidden unit of both networks: a dot if it is active, a cross if it is dead.

    Args:
        states: Of the network without clipping, and of the one with clipping.
        chosen: The number of the unit with a frame, from 1.
    """
    labels = [
        label.format(n=layer + 1)
        for label, state in zip((_("off, layer {n}"), _("on, layer {n}")), states, strict=True)
        for layer in range(len(state.active_points))
    ]
    active = torch.cat([state.active_points for state in states])  # (rows, width)
    points = len(states[0].x)
    hover = _("unit %{x}: derivative not 0 on %{customdata} of {n} points")

    def dots(name: str, which: Tensor, marker: Spec) -> Spec:
        row, unit = which.nonzero(as_tuple=True)
        return {
            "type": "scatter",
            "mode": "markers",
            "name": name,
            "x": (unit + 1).float(),
            "y": row.float(),
            "marker": {"size": 7} | marker,
            "customdata": active[which].float(),
            "hovertemplate": hover.replace("{n}", str(points)) + "<extra></extra>",
        }

    rows, width = active.shape
    return figure(
        dots(_("active"), active > 0, {"color": "@p", "symbol": "circle"}),
        dots(_("dead"), active == 0, {"color": "@negative", "symbol": "x"}),
        margin={"l": label_margin(labels) + 24, "r": 12, "t": 8, "b": 44},
        xaxis=axis(_("unit"), range=[0, width + 1], showgrid=False, fixedrange=True),
        yaxis=axis(
            _("clipping"),
            range=[rows - 0.4, -0.6],
            tickvals=list(range(rows)),
            ticktext=labels,
            showgrid=False,
            zeroline=False,
            fixedrange=True,
        ),
        shapes=[
            {
                "type": "rect", "x0": chosen - 0.5, "x1": chosen + 0.5, "y0": -0.5,
                "y1": rows - 0.5, "line": {"color": "@accent", "width": 2},
            }
        ],
    )  # fmt: skip
