"""Bits per symbol against the length of the blocks that share a Huffman code."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

from charts.format import number
from charts.i18n import _
from charts.theme import Spec, axis, figure

ROOM = 0.22  # of the axis, above and below, for the numbers beside the marks


def blocks(lengths: Sequence[float], entropy: float, n: int) -> Spec:
    """Draw L/n against n, marked where it rises; the entropy below and H + 1/n above.

    Args:
        lengths: Bits per symbol for n = 1, 2, ….
        entropy: H in bits per symbol.
        n: The marked number of symbols per block.
    """
    x = list(range(1, len(lengths) + 1))
    rises = [False, *(b > a + 1e-9 for a, b in pairwise(lengths))]
    span = max(max(lengths) - entropy, 0.02)
    return figure(
        {
            "type": "scatter", "mode": "lines", "name": "H + 1/n",
            "x": x, "y": [entropy + 1 / i for i in x],
            "line": {"color": "@muted", "width": 2, "dash": "dot"},
            "hovertemplate": "H + 1/%{x} = %{y:.4f}<extra></extra>",
        },
        {
            "type": "scatter", "mode": "lines", "name": "H",
            "x": [0, len(x) + 1], "y": [entropy, entropy],
            "line": {"color": "@q", "width": 3}, "hoverinfo": "skip",
        },
        {
            "type": "scatter", "mode": "lines+markers+text", "name": "L/n", "x": x, "y": lengths,
            "text": [number(length, 4) for length in lengths],
            "textposition": "top right", "textfont": {"size": 13, "color": "@ink"},
            "line": {"color": "@p", "width": 3},
            "marker": {
                "size": [19 if i == n else 13 for i in x], "opacity": 1,
                "color": ["@negative" if up else "@p" for up in rises],
                "symbol": ["triangle-up" if up else "circle" for up in rises],
                "line": {"color": "@paper", "width": 2},
            },
            "cliponaxis": False,
            "hovertemplate": "n = %{x}: %{y:.4f} bits<extra></extra>",
        },
        margin={"l": 70, "r": 20, "t": 12, "b": 46},
        xaxis=axis(
            _("symbols per block n"), range=[0.5, len(x) + 0.7], dtick=1, fixedrange=True,
            showgrid=False, zeroline=False,
        ),
        yaxis=axis(
            _("bits per symbol, L/n"), fixedrange=True, zeroline=False,
            range=[entropy - ROOM * span, entropy + (1 + ROOM) * span],
        ),
    )  # fmt: skip
