"""The matrices of an FFN without a gate and of one with a gate, to the same scale."""

from __future__ import annotations

import math

from charts.format import count
from charts.i18n import _
from charts.theme import Spec, axis, figure, label_margin
from core.activations import FFNComparison


def matrices(comparison: FFNComparison) -> Spec:
    """Draw each matrix as a bar as long as the inner width: equal areas are equal parameters.

    All bars have the same thickness, which stands for the model's width. The axis ends at a power
    of 2, so that the bars grow while the width is dragged.
    """
    plain, gated = comparison.plain, comparison.gated
    rows = [
        (_("no gate: up"), plain, "@p"),
        (_("no gate: down"), plain, "@p"),
        (_("gated: gate"), gated, "@q"),
        (_("gated: up"), gated, "@p"),
        (_("gated: down"), gated, "@p"),
    ]
    labels = [row[0] for row in rows]
    text = [f"{count(size.dim)} × {count(size.hidden_dim)}" for _name, size, _color in rows]
    widest = 2 ** math.ceil(math.log2(max(plain.hidden_dim, gated.hidden_dim)))
    return figure(
        {
            "type": "bar",
            "orientation": "h",
            "x": [row[1].hidden_dim for row in rows],
            "y": [0, 1, 2.5, 3.5, 4.5],
            "width": 0.82,
            "marker": {"color": [row[2] for row in rows]},
            "text": text,
            "textposition": "auto",
            "textangle": 0,
            "insidetextanchor": "start",
            "insidetextfont": {"size": 14, "color": "@paper"},
            "outsidetextfont": {"size": 14, "color": "@ink"},
            "constraintext": "none",
            "customdata": [count(row[1].dim * row[1].hidden_dim) for row in rows],
            "hovertemplate": "%{text} = %{customdata}<extra></extra>",
        },
        margin={"l": label_margin(labels) + 8, "r": 16, "t": 10, "b": 46},
        xaxis=axis(_("inner width F"), range=[0, 1.02 * widest], fixedrange=True),
        yaxis=axis(
            tickvals=[0, 1, 2.5, 3.5, 4.5],
            ticktext=labels,
            range=[5.1, -0.6],
            showgrid=False,
            zeroline=False,
            fixedrange=True,
        ),
    )
