"""MHA, GQA and MQA: which query heads share keys and values, and the size of the KV cache."""

from __future__ import annotations

import math
from collections.abc import Sequence

import torch

from charts.format import byte_size, count
from charts.i18n import _
from charts.theme import CATEGORICAL, Spec, axis, escape, figure, label_margin
from core.attention import ModelShape, kv_head_of_query

#: Memory of common devices: a laptop, an accelerator.
MEMORIES = (16 * 2**30, 80 * 2**30)


def sharing(num_heads: int, num_kv_heads: int) -> Spec:
    """Draw query heads above, key and value heads below, and a line to the one that each uses."""
    kv_of_query = kv_head_of_query(num_heads, num_kv_heads)
    group = num_heads // num_kv_heads
    at = [kv * group + (group - 1) / 2 for kv in range(num_kv_heads)]
    traces: list[Spec] = []
    for kv in range(num_kv_heads):
        queries = [q for q, used in enumerate(kv_of_query) if used == kv]
        color = CATEGORICAL[kv % len(CATEGORICAL)]
        xs: list[float | None] = []
        for q in queries:
            xs += [q, at[kv], None]
        traces.append(
            {
                "type": "scatter", "mode": "lines", "x": xs, "y": [1, 0, None] * len(queries),
                "line": {"color": color, "width": 2}, "hoverinfo": "skip", "showlegend": False,
                "name": f"KV {kv}",
            }
        )  # fmt: skip
    size = max(5, min(20, 330 // num_heads))
    colors = [CATEGORICAL[kv % len(CATEGORICAL)] for kv in range(num_kv_heads)]
    traces += [
        _heads(
            list(range(num_heads)), 1, "circle", size, [colors[kv] for kv in kv_of_query],
            [
                _("query head {q} uses key and value head {kv}").format(q=q, kv=kv)
                for q, kv in enumerate(kv_of_query)
            ],
            _("query heads"),
        ),
        _heads(
            at, 0, "square", size, colors,
            [
                _("key and value head {kv}: used by {n} query heads").format(kv=kv, n=group)
                for kv in range(num_kv_heads)
            ],
            _("key and value heads"),
        ),
    ]  # fmt: skip
    names = [_("key and value heads"), _("query heads")]
    return figure(
        *traces,
        margin={"l": label_margin(names), "r": 12, "t": 8, "b": 8},
        xaxis={"visible": False, "fixedrange": True, "range": [-0.8, num_heads - 0.2]},
        yaxis={
            "range": [-0.35, 1.35], "fixedrange": True, "tickvals": [0, 1], "showgrid": False,
            "zeroline": False, "showline": False,
            "ticktext": names,
        },
    )  # fmt: skip


def _heads(
    x: Sequence[float],
    y: float,
    symbol: str,
    size: int,
    colors: Sequence[str],
    hover: Sequence[str],
    name: str,
) -> Spec:
    return {
        "type": "scatter", "mode": "markers", "x": list(x), "y": [y] * len(x), "name": name,
        "marker": {"symbol": symbol, "size": size, "color": list(colors)},
        "hoverinfo": "text", "hovertext": list(hover), "showlegend": False,
    }  # fmt: skip


def cache_sizes(
    shapes: Sequence[ModelShape], chosen: ModelShape, bytes_per_value: int, tokens: int
) -> Spec:
    """Draw the size of the KV cache of known models for a context, with the chosen one marked.

    Args:
        shapes: The known models.
        chosen: One of them, or another one.
        bytes_per_value: Bytes per number.
        tokens: Tokens in the context.
    """
    rows = list(shapes) if chosen in shapes else [*shapes, chosen]
    each = [shape.cache_bytes(bytes_per_value) for shape in rows]
    names = [escape(shape.name) for shape in rows]
    line = _(
        "<b>{name}</b> ({kind})<br>2 · {L} layers · {kv} heads · {d} · {b} bytes = {each} per "
        "token<br>· {n} tokens = {size}<br>{source}"
    )
    hover = [
        line.format(
            name=name, kind=shape.kind, L=shape.num_layers, kv=shape.num_kv_heads,
            d=shape.head_dim, b=bytes_per_value, each=count(size), n=count(tokens),
            size=byte_size(size * tokens), source=escape(shape.source),
        )
        for name, shape, size in zip(names, rows, each, strict=True)
    ]  # fmt: skip
    ticks = [2.0**power for power in range(10, 41, 10)]
    return figure(
        {
            "type": "scatter", "mode": "markers+text",
            "y": torch.arange(len(rows)).float(), "x": torch.tensor(each).double() * tokens,
            "marker": {
                "color": ["@p" if shape is chosen else "@raw" for shape in rows],
                "size": [15 if shape is chosen else 10 for shape in rows],
            },
            "text": [
                f"  {byte_size(size * tokens)} · {shape.kind}"
                for size, shape in zip(each, rows, strict=True)
            ],
            "textposition": "middle right", "cliponaxis": False,
            "textfont": {"size": 13}, "hoverinfo": "text", "hovertext": hover,
        },
        margin={"l": label_margin(names), "r": 12, "t": 22, "b": 44},
        xaxis=axis(
            _("KV cache of one sequence (logarithmic)"), type="log", fixedrange=True,
            range=[3, 15], tickvals=ticks, ticktext=["1 KiB", "1 MiB", "1 GiB", "1 TiB"],
        ),
        yaxis=axis(
            range=[len(rows) - 0.4, -0.6], tickvals=list(range(len(rows))), ticktext=names,
            fixedrange=True, zeroline=False,
        ),
        shapes=[
            {
                "type": "line", "x0": size, "x1": size, "yref": "paper", "y0": 0, "y1": 1,
                "line": {"color": "@muted", "width": 1, "dash": "dot"},
            }
            for size in MEMORIES
        ],
        annotations=[
            {
                "x": math.log10(size), "yref": "paper", "y": 1, "yanchor": "bottom",
                "xanchor": side, "showarrow": False, "text": byte_size(size),
                "font": {"size": 12, "color": "@muted"},
            }
            for size, side in zip(MEMORIES, ("right", "left"), strict=True)
        ],
    )  # fmt: skip
