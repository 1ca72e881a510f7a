"""The matrix of scores, tile by tile, and what one query's output is after each tile."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor

from charts.format import number
from charts.i18n import _
from charts.theme import Spec, axis, escape, figure, label_margin
from core.flash_attention import TiledTrace

MOST_TEXT = 36  # cells of a tile whose scores are written
STRONG = 0.6  # share of the largest score from which a cell's color needs the opposite text color
_FLOOR = 1e-9  # a smaller distance, or 0, is drawn here


def tiles(trace: TiledTrace, at: int, row: int, key: int | None, words: Sequence[str]) -> Spec:
    """Draw the scores computed so far; skipped and masked cells are hatched.

    Args:
        trace: All tiles.
        at: Index of the visit that was computed last; its tile is outlined.
        row: The query that is marked.
        key: A key of that query to outline; None for none.
        words: T tokens in visible characters.
    """
    rows, keys = trace.scores.shape
    computed = torch.zeros_like(trace.mask)
    for visit in trace.visits[: at + 1]:
        computed[visit.rows.start : visit.rows.stop, visit.keys.start : visit.keys.stop] = True
    now = trace.visits[at]
    shown = trace.scores.float().masked_fill(~(computed & trace.mask), torch.nan)
    most = float(trace.scores[trace.mask].abs().max()) or 1.0
    named = [escape(word) for word in words]
    scores, allowed = trace.scores.tolist(), trace.mask.tolist()
    heat = {
        "type": "heatmap", "z": shown, "zmin": -most, "zmax": most, "colorscale": "@diverging",
        "showscale": False, "xgap": 1, "ygap": 1, "hoverongaps": False,
        "hovertemplate": "q·k/√d = %{z:.3f}<extra></extra>",
    }  # fmt: skip
    cells = [
        (r, c) for r in now.rows for c in now.keys if allowed[r][c]
    ] if len(now.rows) * len(now.keys) <= MOST_TEXT else []  # fmt: skip
    values = {
        "type": "scatter", "mode": "text",
        "x": [float(c) for _r, c in cells], "y": [float(r) for r, _c in cells],
        "text": [f"{scores[r][c]:.1f}".replace("-", "−") for r, c in cells],
        "textfont": {
            "size": 12,
            "color": [
                "@paper" if abs(scores[r][c]) > STRONG * most else "@ink" for r, c in cells
            ],
        },
        "hoverinfo": "skip", "showlegend": False,
    }  # fmt: skip
    ticks: Spec = {"showgrid": False, "zeroline": False, "fixedrange": True}
    places = list(range(keys))
    return figure(
        heat,
        _hatched(trace.mask),
        _borders(trace),
        values,
        margin={"l": label_margin(words, most=110), "r": 8, "t": 8, "b": 64},
        xaxis=axis(
            _("keys"), range=[-0.5, keys - 0.5], tickvals=places, ticktext=named, tickangle=-40,
            **ticks,
        ),
        yaxis=axis(range=[rows - 0.5, -0.5], tickvals=places, ticktext=named, **ticks),
        shapes=[
            _box(now.keys.start, now.keys.stop, now.rows.start, now.rows.stop, "@accent", 4),
            _box(now.keys.start, now.keys.stop, row, row + 1, "@ink", 2),
            _box(
                -9 if key is None else key, -9 if key is None else key + 1, row, row + 1, "@ink", 4
            ),
        ],
    )  # fmt: skip


def _hatched(mask: Tensor) -> Spec:
    xs: list[float | None] = []
    ys: list[float | None] = []
    for r, row in enumerate(mask.tolist()):
        hidden = [c for c, allowed in enumerate(row) if not allowed]
        if hidden:  # the masked keys of a query are adjacent
            a, b = hidden[0] - 0.5, hidden[-1] + 0.5
            xs += [a, b, b, a, a, None]
            ys += [r - 0.5, r - 0.5, r + 0.5, r + 0.5, r - 0.5, None]
    return {
        "type": "scatter", "mode": "none", "x": xs, "y": ys, "fill": "toself",
        "fillcolor": "rgba(0,0,0,0)", "hoverinfo": "skip", "showlegend": False,
        "fillpattern": {
            "shape": "/", "fgcolor": "@removed", "size": 7, "solidity": 0.2,
            "bgcolor": "rgba(0,0,0,0)",
        },
    }  # fmt: skip


def _borders(trace: TiledTrace) -> Spec:
    rows, keys = trace.scores.shape
    corners = {visit.rows.start for visit in trace.visits}
    height = len(trace.visits[0].rows)
    width = trace.steps[0].stop
    xs: list[float | None] = []
    ys: list[float | None] = []
    for y in sorted({*range(0, rows, height), *corners, rows}):
        xs += [-0.5, keys - 0.5, None]
        ys += [y - 0.5, y - 0.5, None]
    for x in [*range(0, keys, width), keys]:
        xs += [x - 0.5, x - 0.5, None]
        ys += [-0.5, rows - 0.5, None]
    return {
        "type": "scatter", "mode": "lines", "x": xs, "y": ys, "hoverinfo": "skip",
        "showlegend": False,
        "line": {"color": "@muted", "width": 1},
    }  # fmt: skip


def _box(x0: int, x1: int, y0: int, y1: int, color: str, width: int) -> Spec:
    return {
        "type": "rect", "x0": x0 - 0.5, "x1": x1 - 0.5, "y0": y0 - 0.5, "y1": y1 - 0.5,
        "line": {"color": color, "width": width},
    }  # fmt: skip


def running(trace: TiledTrace, at: int, row: int) -> Spec:
    """Draw a query's output so far against the exact one, and its distance after each tile."""
    now = trace.visits[at]
    mine = [visit for visit in trace.visits if visit.row_tile == now.row_tile]
    places = [trace.order.index(visit.key_tile) for visit in mine]
    done = [float(trace.distance[p, row]) for p in places[: now.place + 1]]
    output = trace.running[places[now.place], row].float()
    exact = trace.exact[row].float()
    index = torch.arange(len(exact)).float()
    end = 1.1 * float(max(exact.abs().max(), trace.running[:, row].abs().max())) or 1.0
    common = {"type": "scatter", "mode": "lines+markers"}
    return figure(
        common | {
            "name": _("plain softmax"), "x": index, "y": exact,
            "line": {"color": "@muted", "width": 6}, "opacity": 0.5, "marker": {"size": 7},
            "hovertemplate": "%{x}: %{y:.4f}<extra></extra>",
        },
        common | {
            "name": _("output so far"), "x": index, "y": output,
            "line": {"color": "@p", "width": 2}, "marker": {"size": 4},
            "hovertemplate": "%{x}: %{y:.4f}<extra></extra>",
        },
        common | {
            "name": _("distance"), "x": [float(n + 1) for n in range(len(done))],
            "y": [max(value, _FLOOR) for value in done], "xaxis": "x2", "yaxis": "y2",
            "line": {"color": "@accent", "width": 3}, "marker": {"size": 9},
            "hoverinfo": "text", "showlegend": False,
            "hovertext": [
                _("tile {n}: {distance}").format(n=n + 1, distance=number(value))
                for n, value in enumerate(done)
            ],
        },
        margin={"l": 64, "r": 12, "t": 8, "b": 44},
        xaxis=axis(
            _("component of the output"), domain=[0, 1], range=[-0.7, len(exact) - 0.3],
            fixedrange=True, anchor="y",
        ),
        yaxis=axis(_("output"), domain=[0.58, 1], range=[-end, end], fixedrange=True),
        xaxis2=axis(
            _("tiles of this query's row computed"), anchor="y2", range=[0.6, len(mine) + 0.4],
            tickvals=list(range(1, len(mine) + 1)), fixedrange=True,
        ),
        yaxis2=axis(
            _("largest difference"), domain=[0, 0.36], type="log", range=[-9.4, 2],
            tickvals=[1e-8, 1e-4, 1], ticktext=["10⁻⁸", "10⁻⁴", "1"], fixedrange=True,
        ),
    )  # fmt: skip
