"""Model sizes: parameters by part, and known models by total and active parameters."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import torch

from charts.format import number
from charts.i18n import _
from charts.theme import Spec, axis, escape, figure, label_margin
from core.moe import EqualFlops, MoESize


def billions(parameters: float) -> str:
    """Format a count of parameters with a unit.

    >>> billions(46_702_792_704), billions(3_900_000), billions(1.571e12), billions(51)
    ('46.7 B', '3.90 M', '1.57 T', '51')
    """
    for unit, name in ((1e12, "T"), (1e9, "B"), (1e6, "M"), (1e3, "k")):
        if parameters >= unit:
            return f"{number(parameters / unit)} {name}"
    return f"{parameters:g}"


def _parts(size: MoESize, experts: int) -> list[tuple[str, str, int]]:
    """Return (name, color, parameters) of every part, counting `experts` of the routed ones."""
    return [
        (_("embedding"), "@muted", size.embedding),
        (_("attention"), "@q", size.attention),
        (_("dense FFN"), "@warn", size.dense_ffn),
        (_("shared experts"), "@accent", size.shared),
        (_("routed experts"), "@p", experts),
        (_("router, norms, rest"), "@negative", size.router + size.norms + size.extra),
    ]


def compare_sizes(pair: EqualFlops) -> Spec:
    """Draw three stacked bars: total parameters, active ones, and the equal-FLOPs dense model's."""
    rows = [
        (_("MoE: total"), _parts(pair.sparse, pair.sparse.experts)),
        (_("MoE: active per token"), _parts(pair.sparse, pair.sparse.experts_active)),
        (_("dense, equal FLOPs"), _parts(pair.dense, pair.dense.experts)),
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
    """Return where each label stands: right of its point, higher or lower to avoid another."""
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
    """Draw known models by active and total parameters, and a ring around the chosen shape."""
    names = list(sizes)
    active = torch.tensor([sizes[name].active / 1e9 for name in names])
    total = torch.tensor([sizes[name].total / 1e9 for name in names])
    low, high = 0.1, 4000.0
    places = _label_places(active.log10().tolist(), total.log10().tolist())
    line = _("<b>{name}</b><br>{total} in total, {active} active per token")
    return figure(
        {
            "type": "scatter", "mode": "lines", "x": [low, high], "y": [low, high],
            "hoverinfo": "skip", "showlegend": False,
            "line": {"color": "@ink", "width": 1.5, "dash": "dash"},
        },
        {
            "type": "scatter", "mode": "markers+text", "x": active, "y": total,
            "showlegend": False, "marker": {"color": "@ink", "size": 9},
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
            "y": [here.total / 1e9], "hoverinfo": "skip", "showlegend": False,
            "marker": {
                "color": "@ink", "size": 17, "symbol": "circle-open",
                "line": {"width": 3, "color": "@ink"},
            },
        },
        margin={"l": 62, "r": 12, "t": 8, "b": 48},
        xaxis=axis(
            _("active parameters per token (billions)"), type="log", range=[-0.9, 2.6],
            fixedrange=True, zeroline=False, tickvals=[0.3, 1, 3, 10, 30, 100, 300],
        ),
        yaxis=axis(
            _("total parameters (billions)"), type="log", range=[0.4, 3.6], fixedrange=True,
            zeroline=False, tickvals=[3, 10, 30, 100, 300, 1000, 3000],
        ),
        annotations=[
            {
                "x": 2.1, "y": 2.0, "text": _("dense models: all parameters are active"),
                "showarrow": False, "xanchor": "center", "yanchor": "top",
                "font": {"size": 13, "color": "@ink"},
            }
        ],
    )  # fmt: skip
