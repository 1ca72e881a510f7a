"""The size of every chunk: what is new in it and what it repeats."""

from __future__ import annotations

from collections.abc import Sequence

from charts.i18n import _
from charts.theme import Spec, axis, figure
from core.long_text import Chunk

MOST_BARS = 60


def sizes(chunks: Sequence[Chunk], limit: int, chosen: int, unit: str) -> Spec:
    """Draw the chunks as bars: repeated units below, new ones above, the limit as a line.

    Args:
        chunks: The chunks; the first `MOST_BARS` are drawn.
        limit: The size that was asked for.
        chosen: Index of the chunk whose bar has a frame.
        unit: Name of the unit in the visitor's language.
    """
    shown = chunks[:MOST_BARS]
    numbers = list(range(1, len(shown) + 1))
    # White space that was dropped at a seam may be all that a chunk repeats; the bar ends there.
    shared = [min(c.overlap, c.size) for c in shown]
    line = {"color": "@ink", "width": [3 if i == chosen else 0 for i in range(len(shown))]}
    top = max([limit, *(c.size for c in shown)])
    return figure(
        {
            "type": "bar",
            "name": _("repeated from the chunk before"),
            "x": numbers,
            "y": shared,
            "marker": {"color": "@q", "line": line},
            "hovertemplate": "%{x}: %{y}<extra></extra>",
        },
        {
            "type": "bar",
            "name": _("new"),
            "x": numbers,
            "y": [c.size - s for c, s in zip(shown, shared, strict=True)],
            "marker": {"color": "@p", "line": line},
            "hovertemplate": "%{x}: %{y}<extra></extra>",
        },
        {
            "type": "scatter",
            "mode": "lines",
            "name": _("size asked for"),
            "x": [0.4, len(shown) + 0.6],
            "y": [limit, limit],
            "line": {"color": "@muted", "width": 2, "dash": "dash"},
            "hoverinfo": "skip",
        },
        barmode="stack",
        margin={"l": 60, "r": 12, "t": 12, "b": 46},
        xaxis=axis(_("chunk"), range=[0.4, max(4, len(shown)) + 0.6], fixedrange=True),
        yaxis=axis(unit, range=[0, 1.1 * top], fixedrange=True),
    )
