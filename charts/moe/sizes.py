"""Sizes: where the parameters of a model lie, and known models by what they hold and use."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import torch

from charts.format import number
from charts.i18n import _
from charts.theme import Spec, axis, escape, figure, label_margin
from core.moe import EqualFlops, MoESize


def billions(parameters: float) -> str:
    """A count of parameters as people say it.

    >>> billions(46_702_792_704), billions(3_900_000), billions(1.571e12), billions(51)
    ('46.7 B', '3.90 M', '1.57 T', '51')
    """
    for unit, name in ((1e12, "T"), (1e9, "B"), (1e6, "M"), (1e3, "k")):
        if parameters >= unit:
            return f"{number(parameters / unit)} {name}"
    return f"{parameters:g}"


def _parts(size: MoESize, experts: int) -> list[tuple[str, str, int]]:
    """(name, color, parameters) of every part; `experts` is what is counted of the routed ones."""
    return [
        (_("embedding"), "@muted", size.embedding),
        (_("attention"), "@q", size.attention),
        (_("dense FFN"), "@warn", size.dense_ffn),
        (_("shared experts"), "@accent", size.shared),
        (_("routed experts"), "@p", experts),
        (_("router, norms, rest"), "@negative", size.router + size.norms + size.extra),
    ]


def compare_sizes(pair: EqualFlops) -> Spec:
    """Three bars, part by part: all parameters, those at work per token, the dense twin's."""
    rows = [
        (_("MoE: in memory"), _parts(pair.sparse, pair.sparse.experts)),
        (_("MoE: at work per token"), _parts(pair.sparse, pair.sparse.experts_active)),
        (_("dense at equal FLOPs"), _parts(pair.dense, pair.dense.experts)),
    ]
    labels = [label for label, _parts_of in rows]
    line = _("<b>{row}</b><br>{part}: {n}")
    traces = [
        {
            "type": "bar", "orientation": "h", "y": [0, 1, 2], "width": 0.66, "name": part,
            "x": [parts[i][2] / 1e9 for _label, parts in rows], "marker": {"color": tone},
            "hoverinfo": "text",
            "hovertext": [
                line.format(row=label, part=part, n=billions(parts[i][2])) for label, parts in rows
            ],
        }
        for i, (part, tone, _n) in enumerate(rows[0][1])
    ]  # fmt: skip
    totals = [pair.sparse.total, pair.sparse.active, pair.dense.total]
    return figure(
        *traces,
        {
            "type": "scatter", "mode": "text", "y": [0, 1, 2], "x": [t / 1e9 for t in totals],
            "text": [f"  {billions(total)}" for total in totals], "textposition": "middle right",
            "textfont": {"size": 15}, "cliponaxis": False, "hoverinfo": "skip",
            "showlegend": False,
        },
        barmode="stack",
        margin={"l": label_margin(labels), "r": 12, "t": 6, "b": 48},
        xaxis=axis(
            _("parameters (billions)"), range=[0, max(totals) / 1e9 * 1.2], fixedrange=True,
            zeroline=False, nticks=7,
        ),
        yaxis=axis(
            range=[2.5, -0.5], tickvals=[0, 1, 2], ticktext=labels, fixedrange=True,
            showgrid=False, zeroline=False,
        ),
    )  # fmt: skip


def _label_places(x: Sequence[float], y: Sequence[float]) -> list[str]:
    """Where each point's name stands: at its right, lower or higher where it would meet another."""
    levels = ("middle right", "top right", "bottom right")
    taken: dict[int, int] = {}
    for here in sorted(range(len(x)), key=lambda i: x[i]):
        near = [i for i in taken if abs(y[here] - y[i]) < 0.12 and x[here] - x[i] < 1.2]
        level = (taken[near[-1]] + 1) % len(levels) if near else 0
        covered = any(
            0 < x[i] - x[here] < 1.0 and abs(y[here] - y[i]) < 0.06 for i in range(len(x))
        )
        taken[here] = 1 if level == 0 and covered else level
    return [levels[taken[i]] for i in range(len(x))]


def landscape(sizes: Mapping[str, MoESize], here: MoESize) -> Spec:
    """Known models: parameters at work against parameters held; a dense model lies on the line."""
    names = list(sizes)
    active = torch.tensor([sizes[name].active / 1e9 for name in names])
    total = torch.tensor([sizes[name].total / 1e9 for name in names])
    low, high = 0.1, 4000.0
    places = _label_places(active.log10().tolist(), total.log10().tolist())
    line = _("<b>{name}</b><br>holds {total}, uses {active} per token")
    return figure(
        {
            "type": "scatter", "mode": "lines", "x": [low, high], "y": [low, high],
            "name": _("dense: all at work"), "hoverinfo": "skip",
            "line": {"color": "@muted", "width": 1.5, "dash": "dash"},
        },
        {
            "type": "scatter", "mode": "markers+text", "x": active, "y": total,
            "name": _("known models"), "marker": {"color": "@p", "size": 9},
            "text": [escape(name) for name in names], "textposition": places,
            "textfont": {"size": 12}, "cliponaxis": False, "hoverinfo": "text",
            "hovertext": [
                line.format(
                    name=escape(name), total=billions(sizes[name].total),
                    active=billions(sizes[name].active),
                )
                for name in names
            ],
        },
        {
            "type": "scatter", "mode": "markers", "x": [here.active / 1e9],
            "y": [here.total / 1e9], "name": _("the shape above"), "hoverinfo": "skip",
            "marker": {
                "color": "@q", "size": 17, "symbol": "circle-open",
                "line": {"width": 3, "color": "@q"},
            },
        },
        margin={"l": 62, "r": 12, "t": 8, "b": 48},
        xaxis=axis(
            _("parameters at work per token (billions)"), type="log", range=[-0.9, 2.6],
            fixedrange=True, zeroline=False, tickvals=[0.3, 1, 3, 10, 30, 100, 300],
        ),
        yaxis=axis(
            _("parameters in memory (billions)"), type="log", range=[0.4, 3.6], fixedrange=True,
            zeroline=False, tickvals=[3, 10, 30, 100, 300, 1000, 3000],
        ),
    )  # fmt: skip
