"""Size of the KV cache against the length of the context."""

from __future__ import annotations

import math
from collections.abc import Sequence

from charts.format import byte_size, count
from charts.i18n import _
from charts.theme import Spec, axis, figure
from core.architectures import CacheSize

SHORTEST, LONGEST = 128, 262_144  # tokens, ends of the x axis
SMALLEST, LARGEST = 2**20, 2**41  # bytes, ends of the y axis


def cache_curves(
    models: Sequence[Sequence[CacheSize]],
    chosen: Sequence[CacheSize],
    guesses: Sequence[int],
    now: CacheSize,
    guessed: int,
) -> Spec:
    """Draw the cache of every model up to its longest context, and of the chosen one.

    Args:
        models: A curve per model, by increasing context.
        chosen: The curve of the chosen model, over the whole axis.
        guesses: Bytes under a wrong assumption, along `chosen`.
        now: The chosen model at the current context.
        guessed: Bytes under the wrong assumption there.
    """
    x: list[float | None] = []
    y: list[float | None] = []
    for curve in models:
        x += [*(size.context for size in curve), None]
        y += [*(size.bytes for size in curve), None]
    ends = [curve[-1] for curve in models]
    lines = {"type": "scatter", "mode": "lines", "hoverinfo": "skip"}
    along = [size.context for size in chosen]
    traces = [
        lines | {"x": x, "y": y, "line": {"color": "@raw", "width": 1.5}, "showlegend": False},
        lines
        | {
            "name": _("under the assumption"),
            "x": along,
            "y": list(guesses),
            "line": {"color": "@q", "width": 2.5, "dash": "dash"},
        },
        lines
        | {
            "name": now.name,
            "x": along,
            "y": [size.bytes for size in chosen],
            "line": {"color": "@p", "width": 3.5},
        },
        {
            "type": "scatter",
            "mode": "markers+text",
            "x": [*(end.context for end in ends), now.context, now.context],
            "y": [*(end.bytes for end in ends), guessed, now.bytes],
            "marker": {
                "color": [*("@p" if e.name == now.name else "@raw" for e in ends), "@q", "@p"],
                "size": [*(8 for _end in ends), 11, 13],
            },
            "text": [*map(_label, ends), "", ""],
            "textposition": [*(_side(end, ends) for end in ends), "top left", "top left"],
            "textfont": {"size": 12, "color": "@ink"},
            "cliponaxis": False,
            "customdata": [*(end.name for end in ends), now.name, now.name],
            "hovertext": [*(_hover(end) for end in ends), byte_size(guessed), _hover(now)],
            "hoverinfo": "text",
            "showlegend": False,
        },
    ]
    tokens = [2**power for power in range(7, 19, 2)]
    sizes = [2**power for power in range(20, 42, 5)]
    return figure(
        *traces,
        margin={"l": 72, "r": 44, "t": 14, "b": 46},
        xaxis=axis(
            _("tokens in the context (logarithmic)"),
            type="log",
            range=[math.log10(SHORTEST), math.log10(2 * LONGEST)],
            tickvals=tokens,
            tickangle=0,
            ticktext=[str(n) if n < 1024 else f"{n // 1024}k" for n in tokens],
            fixedrange=True,
        ),
        yaxis=axis(
            _("KV cache of one sequence (logarithmic)"),
            type="log",
            range=[math.log10(SMALLEST), math.log10(LARGEST)],
            tickvals=sizes,
            ticktext=[byte_size(size).replace(".00", "").replace(".0", "") for size in sizes],
            fixedrange=True,
        ),
        shapes=[
            {
                "type": "line",
                "x0": now.context,
                "x1": now.context,
                "yref": "paper",
                "y0": 0,
                "y1": 1,
                "line": {"color": "@muted", "width": 1.5, "dash": "dot"},
            }
        ],
    )


def _label(end: CacheSize) -> str:
    kind = _("{kind}, window").format(kind=end.kind) if end.local_layers else end.kind
    return f"{end.name} · {kind}"


def _side(end: CacheSize, ends: Sequence[CacheSize]) -> str:
    """Return where a label runs neither into that of a dot further right nor over the edge."""
    if end.context > LONGEST // 2:
        return "bottom left" if end.local_layers == 0 else "top left"
    crowded = any(
        1 < other.context / end.context < 2 and 0.5 < other.bytes / end.bytes < 2 for other in ends
    )
    return "top left" if crowded else "bottom right"


def _hover(size: CacheSize) -> str:
    words = _("{name}: {size} at {n} tokens")
    return words.format(name=size.name, size=byte_size(size.bytes), n=count(size.context))
