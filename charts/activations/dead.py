"""Two networks in training: the share of dead units, the loss, the fit and every unit."""

from __future__ import annotations

import math
from collections.abc import Sequence

import torch

from charts.i18n import _
from charts.theme import Spec, axis, figure, label_margin
from core.activations import DeadUnitsStep

COLORS = ("@q", "@kept")  # without clipping, with clipping
DASHES = ("solid", "dash")


def names() -> tuple[str, str]:
    """Return the names of the two networks."""
    return _("without clipping"), _("with clipping")


def progress(runs: Sequence[Sequence[DeadUnitsStep]], steps: int) -> Spec:
    """Draw the share of dead units and the loss by update.

    Args:
        runs: States of the network without clipping, then of the one with clipping.
        steps: End of the x axis.
    """
    traces = []
    for name, run, color, dash in zip(names(), runs, COLORS, DASHES, strict=True):
        line = {
            "type": "scatter",
            "mode": "lines+markers" if len(run) == 1 else "lines",
            "name": name,
            "x": [state.step for state in run],
            "line": {"color": color, "width": 3, "dash": dash},
        }
        dead = torch.stack([state.dead for state in run]).double().mean(dim=(1, 2)).tolist()
        loss = [state.loss if math.isfinite(state.loss) else None for state in run]
        traces.append(line | {"y": dead, "hovertemplate": "%{x}: %{y:.0%}<extra></extra>"})
        traces.append(
            line
            | {
                "y": loss,
                "yaxis": "y2",
                "showlegend": False,
                "hovertemplate": "%{x}: %{y:.3g}<extra></extra>",
            }
        )
    return figure(
        *traces,
        margin={"l": 76, "r": 16, "t": 12, "b": 46},
        xaxis=axis(_("update"), range=[-0.01 * steps, steps], anchor="y2", fixedrange=True),
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
            dtick=2,
            exponentformat="power",
            fixedrange=True,
        ),
    )


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


def units(states: Sequence[DeadUnitsStep]) -> Spec:
    """Draw every hidden unit of both networks: a dot if it is active, a cross if it is dead."""
    rows: list[str] = []
    active: tuple[list[int], list[str]] = ([], [])
    dead: tuple[list[int], list[str]] = ([], [])
    for label, state in zip((_("off, layer {n}"), _("on, layer {n}")), states, strict=True):
        for layer, flags in enumerate(state.dead.tolist()):
            row = label.format(n=layer + 1)
            rows.append(row)
            for unit, is_dead in enumerate(flags):
                where = dead if is_dead else active
                where[0].append(unit + 1)
                where[1].append(row)

    def dots(name: str, where: tuple[list[int], list[str]], marker: Spec) -> Spec:
        return {
            "type": "scatter",
            "mode": "markers",
            "name": name,
            "x": where[0],
            "y": where[1],
            "marker": {"size": 7} | marker,
            "hovertemplate": f"%{{y}}, %{{x}}: {name}<extra></extra>",
        }

    width = len(states[0].dead[0])
    return figure(
        dots(_("active"), active, {"color": "@p", "symbol": "circle"}),
        dots(_("dead"), dead, {"color": "@negative", "symbol": "x"}),
        margin={"l": label_margin(rows) + 24, "r": 12, "t": 8, "b": 44},
        xaxis=axis(_("unit"), range=[0, width + 1], showgrid=False, fixedrange=True),
        yaxis=axis(
            _("clipping"),
            type="category",
            categoryorder="array",
            categoryarray=rows[::-1],
            range=[-0.6, len(rows) - 0.4],
            showgrid=False,
            fixedrange=True,
        ),
    )
