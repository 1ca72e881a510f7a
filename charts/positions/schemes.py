"""RoPE and its alternatives: mean scores by distance, all scores, position tables."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping

import torch
from torch import Tensor

from charts.i18n import _
from charts.positions.scores import DASHES, limits, line
from charts.theme import CATEGORICAL, Spec, axis, figure
from core.positions import POSITION_SCHEMES, PositionScores


def scheme_name(scheme: str) -> str:
    """Return the name of a position scheme."""
    return {
        "none": _("none"),
        "learned": _("learned table"),
        "sinusoidal": _("sinusoidal"),
        "rope": "RoPE",
        "alibi": "ALiBi",
    }[scheme]


def distance_curves(
    results: Mapping[str, PositionScores],
    *,
    name: Callable[[str], str] = scheme_name,
    low: float | None = None,
) -> Spec:
    """Draw the mean score at each distance under several schemes, where it is defined.

    Args:
        results: Scheme → its scores, from `position_scores`.
        name: Returns a scheme's name.
        low: The y axis goes no lower, even if a curve does.
    """
    curves = []
    for scheme, result in results.items():
        which = POSITION_SCHEMES.index(scheme)
        x = torch.arange(len(result.by_distance))
        y = result.by_distance.masked_fill(~result.distance_defined, math.nan)
        curves.append(line(name(scheme), x, y, CATEGORICAL[which], dash=DASHES[which], width=3))
    longest = max((len(r.by_distance) for r in results.values()), default=2)
    span = limits(*(r.by_distance for r in results.values()))
    if low is not None:
        span[0] = max(span[0], low)
    return figure(
        *curves,
        xaxis=axis(
            _("distance, tokens"), range=[0, max(longest - 1, 1)], fixedrange=True, zeroline=False
        ),
        yaxis=axis(_("mean score, q·k/√d"), range=span, fixedrange=True, zeroline=True),
        margin={"l": 60, "r": 12, "t": 8, "b": 46},
    )


def scheme_plane(result: PositionScores, cell: tuple[int, int]) -> Spec:
    """Draw the scores of every pair of positions under one scheme; hatched where undefined.

    `cell` (m, n) has a frame.

    The color scale leaves out one score in a thousand at either end: the first row of a trained
    table has such a large norm that all other scores would get the same color.
    """
    T = len(result.scores)
    z = result.scores.float().masked_fill(~result.defined, math.nan)
    defined = result.scores[result.defined]
    low, high = defined.double().quantile(torch.tensor([0.001, 0.999]).double()).tolist()
    end = max(abs(low), abs(high), 1e-6)
    signed = low < 0 or high == low
    known = int(result.defined[0].sum())
    return figure(
        {
            "type": "heatmap",
            "z": z,
            "zmin": -end if signed else low,
            "zmax": end if signed else high,
            "colorscale": "@diverging" if signed else "@sequential",
            "hoverongaps": False,
            "colorbar": {"thickness": 8, "len": 0.8},
            "hovertemplate": "m = %{y}, n = %{x}: %{z:.3f}<extra></extra>",
        },
        *_beyond(known, T),
        shapes=[
            {
                "type": "rect", "x0": cell[1] - 0.5, "x1": cell[1] + 0.5, "y0": cell[0] - 0.5,
                "y1": cell[0] + 0.5, "line": {"color": "@accent", "width": 3},
            }
        ],
        xaxis=axis(
            _("n, the key's position"), range=[-0.5, T - 0.5], fixedrange=True, showgrid=False,
            zeroline=False, constrain="domain",
        ),
        yaxis=axis(
            _("m, the query's position"), range=[T - 0.5, -0.5], fixedrange=True, showgrid=False,
            zeroline=False, scaleanchor="x", constrain="domain",
        ),
        margin={"l": 52, "r": 8, "t": 8, "b": 46},
    )  # fmt: skip


def _beyond(known: int, T: int) -> list[Spec]:
    if known >= T:
        return []
    a, b = known - 0.5, T - 0.5
    return [
        {
            "type": "scatter",
            "mode": "none",
            "x": [-0.5, b, b, a, a, -0.5],
            "y": [b, b, -0.5, -0.5, a, a],
            "fill": "toself",
            "fillcolor": "rgba(0,0,0,0)",
            "fillpattern": {
                "shape": "/",
                "fgcolor": "@removed",
                "bgcolor": "rgba(0,0,0,0)",
                "size": 7,
                "solidity": 0.22,
            },
            "hoverinfo": "skip",
            "showlegend": False,
        }
    ]


def table_rows(table: Tensor) -> Spec:
    """Draw a position table, one row per position."""
    end = max(float(table.abs().max()), 1e-6)
    T, D = table.shape
    return figure(
        {
            "type": "heatmap",
            "z": table.float(),
            "zmin": -end,
            "zmax": end,
            "colorscale": "@diverging",
            "colorbar": {"thickness": 8, "len": 0.8},
            "hovertemplate": _("position %{y}, column %{x}: %{z:.3f}") + "<extra></extra>",
        },
        xaxis=axis(_("column"), range=[-0.5, D - 0.5], fixedrange=True, zeroline=False),
        yaxis=axis(_("position"), range=[T - 0.5, -0.5], fixedrange=True, zeroline=False),
        margin={"l": 52, "r": 8, "t": 8, "b": 46},
    )
