"""The queues of the experts: accepted and dropped tokens, and how even they are."""

from __future__ import annotations

from collections.abc import Sequence

import torch

from charts.format import number
from charts.i18n import _
from charts.moe.experts import color, cut, header, name
from charts.theme import Spec, axis, escape, figure
from core.moe import BiasHistory, MoETrace, load_statistics


def queues(trace: MoETrace, words: Sequence[str], at: int) -> Spec:
    """Draw the queue of each expert after token `at`; tokens beyond the capacity are dropped.

    Args:
        trace: A forward pass of the layer.
        words: The tokens in visible characters.
        at: The last token routed so far; -1 for none.
    """
    routing = trace.routing
    T, E = routing.logits.shape
    arrived = (torch.arange(T) <= at)[:, None].expand_as(routing.kept)
    token = torch.arange(T)[:, None].expand_as(routing.kept)
    gap = 0.8  # between the capacity line and the dropped tokens
    deepest = float(routing.position.max()) + 1
    capacity = routing.capacity
    floor = deepest if capacity is None else float(max(capacity, 1))
    bottom = max(floor, deepest + (gap if routing.dropped else 0)) + 0.2
    traces, written = [], []
    for kept in (True, False):
        here = arrived & (routing.kept == kept)
        if not kept and not routing.dropped:
            continue
        experts, tokens = routing.expert_index[here].tolist(), token[here].tolist()
        shift = 0.0 if kept else gap
        base = [place + 0.04 + shift for place in routing.position[here].tolist()]
        written += [
            (e, y + 0.46, cut(words[t], 9) if kept else f"✕ {cut(words[t], 7)}")
            for e, y, t in zip(experts, base, tokens, strict=True)
        ]
        traces.append(
            {
                "type": "bar",
                "x": experts,
                "base": base,
                "y": [0.92] * len(experts),
                "width": 0.9,
                "name": _("accepted") if kept else _("dropped"),
                "showlegend": False,
                "hoverinfo": "text",
                "hovertext": [
                    _line(words[t], e, gate, kept)
                    for t, e, gate in zip(tokens, experts, routing.gate[here].tolist(), strict=True)
                ],
                "marker": {
                    "color": [color(e) for e in experts] if kept else "@removed",
                    "line": {
                        "color": "@ink",
                        "width": [3.0 if t == at else 0.0 for t in tokens],
                    },
                },
            }
        )
    # A text trace, because the browser would measure a bar's own text at every repaint.
    traces.append(
        {
            "type": "scatter", "mode": "text", "x": [x for x, _y, _word in written],
            "y": [y for _x, y, _word in written], "text": [word for _x, _y, word in written],
            "textfont": {"size": 13, "color": "@paper"}, "hoverinfo": "skip", "showlegend": False,
        }
    )  # fmt: skip
    shapes, annotations = [], []
    if capacity is not None:
        annotations.append(
            {
                "xref": "paper", "x": 1, "xanchor": "right", "y": floor + 0.4, "showarrow": False,
                "text": _("capacity: {n}").format(n=capacity),
                "font": {"size": 13, "color": "@ink"},
            }
        )  # fmt: skip
        shapes.append(
            {
                "type": "line", "xref": "paper", "x0": 0, "x1": 1, "y0": floor + 0.03,
                "y1": floor + 0.03, "line": {"color": "@ink", "width": 3},
            }
        )  # fmt: skip
    step = max(1, round(bottom / 10))
    return figure(
        *traces,
        header(E, -0.62),
        barmode="overlay",
        margin={"l": 46, "r": 8, "t": 8, "b": 8},
        xaxis=axis(
            range=[-0.55, E - 0.45], fixedrange=True, showgrid=False, zeroline=False,
            showticklabels=False,
        ),
        yaxis=axis(
            _("position in the queue"), range=[bottom, -1.15], fixedrange=True, showgrid=False,
            zeroline=False, tickvals=[i + 0.5 for i in range(0, int(floor), step)],
            ticktext=[str(i + 1) for i in range(0, int(floor), step)],
        ),
        shapes=shapes,
        annotations=annotations,
    )  # fmt: skip


def _line(word: str, expert: int, gate: float, kept: bool) -> str:
    line = (
        _("<b>{token}</b> accepted by {expert}, gate {gate}")
        if kept
        else _("<b>{token}</b> dropped: {expert} is full, gate {gate}")
    )
    return line.format(token=escape(word), expert=name(expert), gate=number(gate))


def imbalance(history: BiasHistory | None, rounds: int, at: int) -> Spec:
    """Draw by how much the busiest expert exceeds the mean load after each round of balancing.

    Args:
        history: The rounds of loss-free balancing; None = it is off.
        rounds: Rounds on the axis.
        at: The current round.
    """
    excess: list[float] = []
    if history is not None:
        excess = [load_statistics(demand).max_violation for demand in history.demand]
    here = excess[at : at + 1]
    return figure(
        {
            "type": "scatter", "mode": "lines", "x": list(range(len(excess))), "y": excess,
            "name": _("all rounds"), "line": {"color": "@ink", "width": 2}, "showlegend": False,
            "hovertemplate": _("round {x}: {y}").format(x="%{x}", y="%{y:.0%}") + "<extra></extra>",
        },
        {
            "type": "scatter", "mode": "markers", "x": [at] * len(here), "y": here,
            "marker": {"color": "@ink", "size": 12}, "hoverinfo": "skip", "showlegend": False,
        },
        margin={"l": 62, "r": 12, "t": 8, "b": 46},
        xaxis=axis(
            _("round of loss-free balancing"), range=[-0.5, rounds + 0.5], fixedrange=True,
            zeroline=False, nticks=7,
        ),
        yaxis=axis(
            _("excess load"), range=[-0.05, max(1.0, *excess, 0.0) * 1.05],
            tickformat=".0%", nticks=4, fixedrange=True, zeroline=False,
        ),
        annotations=[
            {
                "x": 0.5, "y": 0.5, "xref": "paper", "yref": "paper", "showarrow": False,
                "text": "" if excess else _("Loss-free balancing is off."),
                "font": {"size": 14, "color": "@ink"},
            }
        ],
    )  # fmt: skip
