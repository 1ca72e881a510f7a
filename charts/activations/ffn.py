"""Two matrices against three, drawn to one scale."""

from __future__ import annotations

from charts.format import count
from charts.i18n import _
from charts.theme import Spec, axis, figure, label_margin
from core.activations import FFNComparison


def matrices(comparison: FFNComparison, widest: int) -> Spec:
    """Each matrix as a bar as long as the inner width: equal areas are equal parameters.

    Args:
        comparison: The plain network and the gated one.
        widest: Where the x axis ends; all bars have the same thickness, the model's width.
    """
    plain, gated = comparison.plain, comparison.gated
    rows = [
        (_("plain: up"), plain, "@p", ""),
        (_("plain: down"), plain, "@raw", ""),
        (_("gated: gate"), gated, "@q", "/"),
        (_("gated: up"), gated, "@p", ""),
        (_("gated: down"), gated, "@raw", ""),
    ]
    labels = [row[0] for row in rows]
    text = [
        f"{count(size.dim)} × {count(size.hidden_dim)} = {count(size.dim * size.hidden_dim)}"
        for _name, size, _colour, _pattern in rows
    ]
    return figure(
        {
            "type": "bar",
            "orientation": "h",
            "x": [row[1].hidden_dim for row in rows],
            "y": [0, 1, 2.5, 3.5, 4.5],
            "width": 0.82,
            "marker": {
                "color": [row[2] for row in rows],
                "pattern": {"shape": [row[3] for row in rows]},
            },
            "hovertext": text,
            "hovertemplate": "%{hovertext}<extra></extra>",
        },
        margin={"l": label_margin(labels) + 8, "r": 16, "t": 10, "b": 46},
        xaxis=axis(_("inner width F"), range=[0, widest * 1.02], fixedrange=True),
        yaxis=axis(
            tickvals=[0, 1, 2.5, 3.5, 4.5],
            ticktext=labels,
            range=[5.1, -0.6],
            showgrid=False,
            zeroline=False,
            fixedrange=True,
        ),
        annotations=[
            {
                "x": 0.012,
                "xref": "paper",
                "y": y,
                "text": line,
                "showarrow": False,
                "xanchor": "left",
                "font": {"size": 14, "color": "@ink"},
                "bgcolor": "@paper",
                "borderpad": 2,
                "opacity": 0.92,
            }
            for y, line in zip([0, 1, 2.5, 3.5, 4.5], text, strict=True)
        ],
    )
