"""Scores of a whole text: a model's own, and under other position schemes."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

import torch
from torch import Tensor

from charts.i18n import _
from charts.positions.scores import DASHES, limits, line
from charts.theme import CATEGORICAL, Spec, axis, escape, figure, label_margin
from core.positions import POSITION_SCHEMES, PositionScores

LABELLED = 28  # tokens that still find room beside a heatmap


def scheme_name(scheme: str) -> str:
    """A position scheme in words."""
    return {
        "none": _("none"),
        "learned": _("learned table"),
        "sinusoidal": _("sinusoidal"),
        "rope": "RoPE",
        "alibi": "ALiBi",
    }[scheme]


def _token_axis(title: str, words: Sequence[str], side: str) -> Spec:
    T = len(words)
    fields: Spec = {"fixedrange": True, "showgrid": False, "zeroline": False}
    if T <= LABELLED:
        fields |= {"tickvals": list(range(T)), "ticktext": [escape(w) for w in words]}
        fields |= {"tickangle": -60} if side == "x" else {}
    span = [-0.5, T - 0.5]
    return axis(title, range=span if side == "x" else span[::-1], **fields)


def text_scores(
    scores: Tensor, words: Sequence[str], end: float, chosen: int, *, bar: bool = True
) -> Spec:
    """A causal score matrix of one head; what a token may not see is blank.

    Args:
        scores: (T, T), row = the token that looks.
        words: T token texts.
        end: the colour scale goes from -end to end.
        chosen: the row with a frame.
        bar: whether the colour scale stands beside it.
    """
    T = len(words)
    future = torch.ones(T, T, dtype=torch.bool).triu(1)
    margin = label_margin(list(words), most=110) if T <= LABELLED else 48
    return figure(
        {
            "type": "heatmap",
            "z": scores.float().masked_fill(future, math.nan),
            "x0": 0,
            "dx": 1,
            "y0": 0,
            "dy": 1,
            "zmin": -end,
            "zmax": end,
            "colorscale": "@diverging",
            "hoverongaps": False,
            "showscale": bar,
            "colorbar": {"thickness": 8, "len": 0.8},
            "hovertemplate": _("from %{y} to %{x}: %{z:.2f}") + "<extra></extra>",
        },
        xaxis=_token_axis(_("key at"), words, "x"),
        yaxis=_token_axis(_("query at"), words, "y"),
        shapes=[
            {
                "type": "rect", "x0": -0.5, "x1": chosen + 0.5, "y0": chosen - 0.5,
                "y1": chosen + 0.5, "line": {"color": "@accent", "width": 2},
            }
        ],
        margin={"l": margin + 18, "r": 8, "t": 8, "b": margin + 24},
    )  # fmt: skip


def distance_curves(results: Mapping[str, PositionScores], *, low: float | None = None) -> Spec:
    """The mean score at each distance under several schemes, each where it is defined.

    Args:
        results: scheme → its scores, from `position_scores`.
        low: the least lower end of the y axis, where a curve falls far below the others.
    """
    curves = []
    for scheme, result in results.items():
        which = POSITION_SCHEMES.index(scheme)
        x = torch.arange(len(result.by_distance))
        y = result.by_distance.masked_fill(~result.distance_defined, math.nan)
        curves.append(
            line(scheme_name(scheme), x, y, CATEGORICAL[which], dash=DASHES[which], width=3)
        )
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


def row_scores(results: Mapping[str, PositionScores], chosen: int, words: Sequence[str]) -> Spec:
    """What one token scores against every token up to itself, under several schemes."""
    seen = list(words[: chosen + 1])
    rows = {scheme: result.scores[chosen, : chosen + 1] for scheme, result in results.items()}
    bars = [
        {
            "type": "bar",
            "name": _("with RoPE") if scheme == "rope" else _("without"),
            "x": list(range(len(seen))),
            "y": row,
            "marker": {"color": "@p" if scheme == "rope" else "@removed"},
            "hovertext": [escape(word) for word in seen],
            "hovertemplate": "%{hovertext}: %{y:.2f}<extra></extra>",
        }
        for scheme, row in rows.items()
    ]
    margin = label_margin(seen, most=110) if len(seen) <= 2 * LABELLED else 30
    return figure(
        *bars,
        xaxis=_token_axis(_("key at"), seen, "x"),
        yaxis=axis("q·k/√d", range=limits(*rows.values()), fixedrange=True, zeroline=True),
        margin={"l": 56, "r": 8, "t": 8, "b": margin + 24},
    )


def pair_cloud(before: Tensor, after: Tensor) -> Spec:
    """One pair of every token's vector, before and after rotation, coloured by position.

    Args:
        before: (T, 2).
        after: (T, 2).
    """
    T = len(before)
    reach = 1.15 * max(float(before.abs().max()), float(after.abs().max()), 1e-6)
    marks = {"type": "scatter", "mode": "markers", "customdata": list(range(T))}
    hover = _("token %{customdata}: (%{x:.2f}, %{y:.2f})") + "<extra></extra>"
    frame = {"range": [-reach, reach], "fixedrange": True, "zeroline": True}
    return figure(
        marks
        | {
            "name": _("before"),
            "x": before[:, 0],
            "y": before[:, 1],
            "hovertemplate": hover,
            "marker": {"color": "@removed", "size": 9, "symbol": "circle-open"},
        },
        marks
        | {
            "name": _("after, darker = later in the text"),
            "x": after[:, 0],
            "y": after[:, 1],
            "hovertemplate": hover,
            "line": {"color": "@p"},
            "marker": {
                "color": torch.arange(T, dtype=torch.float32),
                "colorscale": "@sequential",
                "cmin": -0.4 * T,
                "cmax": max(T - 1, 1),
                "size": 11,
                "line": {"color": "@p", "width": 1},
            },
        },
        xaxis=axis(_("first number of the pair"), constrain="domain", **frame),
        yaxis=axis(_("second number"), scaleanchor="x", constrain="domain", **frame),
        margin={"l": 52, "r": 8, "t": 8, "b": 46},
    )


def scheme_plane(result: PositionScores) -> Spec:
    """The scores of every pair of positions under one scheme; hatched where it has none."""
    T = len(result.scores)
    z = result.scores.float().masked_fill(~result.defined, math.nan)
    reached = result.scores[result.defined]
    low, high = float(reached.min()), float(reached.max())
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
    """A table of positions as it is: one row per position."""
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
