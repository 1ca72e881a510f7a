"""Next-sentence prediction: the words that the sentences of each pair have in common."""

from __future__ import annotations

from collections.abc import Sequence

from charts.i18n import _
from charts.theme import Spec, axis, figure
from core.objectives import SentencePair

COLORS = {True: "@positive", False: "@negative"}


def kind_of(is_next: bool) -> str:
    """Return the label that the model has to predict, as BERT names it."""
    return "IsNext" if is_next else "NotNext"


def overlaps(pairs: Sequence[SentencePair], values: Sequence[float], chosen: int) -> Spec:
    """Draw the share of common words of every pair; the chosen pair is framed."""
    traces = []
    for kind, symbol in ((True, "circle"), (False, "x")):
        places = [i for i, pair in enumerate(pairs) if pair.is_next is kind]
        traces.append(
            {
                "type": "scatter", "mode": "markers", "name": kind_of(kind),
                "x": [i + 1 for i in places], "y": [values[i] for i in places],
                "marker": {"color": COLORS[kind], "size": 11, "symbol": symbol},
                "hovertemplate": "%{x}: %{y:.0%}<extra></extra>",
            }
        )  # fmt: skip
    x = chosen + 1
    return figure(
        *traces,
        margin={"l": 62, "r": 12, "t": 10, "b": 46},
        xaxis=axis(_("pair"), range=[0, len(pairs) + 1], fixedrange=True),
        yaxis=axis(_("words in common"), range=[-0.05, 1.05], tickformat=".0%", fixedrange=True),
        shapes=[
            {
                "type": "rect", "x0": x - 0.5, "x1": x + 0.5, "y0": -0.05, "y1": 1.05,
                "line": {"color": "@accent", "width": 2},
            }
        ],
    )  # fmt: skip
