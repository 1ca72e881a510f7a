"""The cosine of every chunk to the question."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from charts.i18n import _
from charts.theme import Spec, axis, figure


def scores(
    cosines: Sequence[float], kept: Collection[int], whole: Collection[int], part: Collection[int]
) -> Spec:
    """Draw one bar per chunk: retrieved ones green, the others gray.

    Args:
        cosines: Of each chunk, in the order of the text.
        kept: Indices of the retrieved chunks.
        whole: Indices of the chunks that hold the answer whole; they have a star.
        part: Indices of those that hold only a part of it; they have a broken circle.
    """
    n = len(cosines)
    numbers = list(range(1, n + 1))
    marked = [(i, "star") for i in sorted(whole)] + [(i, "circle-open") for i in sorted(part)]
    names = {"star": _("holds the answer whole"), "circle-open": _("holds a part of the answer")}

    def bars(name: str, wanted: bool, color: str) -> Spec:
        return {
            "type": "bar",
            "name": name,
            "x": numbers,
            "y": [c if (i in kept) == wanted else None for i, c in enumerate(cosines)],
            "marker": {"color": color},
            "hovertemplate": "%{x}: %{y:.3f}<extra></extra>",
        }

    def signs(symbol: str) -> Spec:
        places = [i for i, sign in marked if sign == symbol]
        return {
            "type": "scatter",
            "mode": "markers",
            "name": names[symbol],
            "x": [i + 1 for i in places],
            "y": [max(0.0, cosines[i]) + 0.05 for i in places],
            "marker": {
                "symbol": symbol,
                "size": 15,
                "color": "@accent" if symbol == "star" else "@warn",
                "line": {"width": 3 if symbol == "circle-open" else 0},
            },
            "hoverinfo": "skip",
        }

    return figure(
        bars(_("retrieved"), True, "@kept"),
        bars(_("left out"), False, "@removed"),
        signs("star"),
        signs("circle-open"),
        barmode="overlay",
        margin={"l": 60, "r": 12, "t": 12, "b": 46},
        xaxis=axis(
            _("chunk"), range=[0.4, max(4, n) + 0.6], dtick=1 if n <= 12 else 2, fixedrange=True
        ),
        yaxis=axis(_("cosine to the question"), range=[-0.2, 1.05], fixedrange=True),
    )
