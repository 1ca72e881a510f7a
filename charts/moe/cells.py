"""What is written on a heatmap's cells: their numbers, frames around the chosen ones."""

from __future__ import annotations

from collections.abc import Callable

from torch import Tensor

from charts.i18n import _
from charts.theme import Spec


def numbers(
    values: Tensor,
    largest: float,
    strong: float,
    text: Callable[[float], str] | None = None,
) -> Spec:
    """Each cell's number, in the ground's color where the cell is strong; NaN cells have none.

    Args:
        values: (rows, columns) what the heatmap shows.
        largest: the end of its scale.
        strong: from which part of `largest` on a cell is dark in the light theme.
        text: how a number is written; two decimals if None.
    """
    rows, columns = (~values.isnan()).nonzero(as_tuple=True)
    held = values[rows, columns].tolist()
    write = text or two_decimals
    return {
        "type": "scatter",
        "mode": "text",
        "x": columns.float(),
        "y": rows.float(),
        "text": [write(v) for v in held],
        "textfont": {
            "size": 13,
            "color": ["@paper" if abs(v) > strong * largest else "@ink" for v in held],
        },
        "hoverinfo": "skip",
        "showlegend": False,
    }


def two_decimals(v: float) -> str:
    """A number with two decimals and a typographic minus sign.

    >>> two_decimals(-0.5), two_decimals(-0.001)
    ('−0.50', '0.00')
    """
    text = f"{v:.2f}".replace("-", "−")
    return "0.00" if text == "−0.00" else text


def outlines(expert_index: Tensor) -> Spec:
    """A frame around every chosen cell, all of them one line with gaps."""
    x, y = [], []
    for row, experts in enumerate(expert_index.tolist()):
        for e in experts:
            x += [e - 0.47, e + 0.47, e + 0.47, e - 0.47, e - 0.47, None]
            y += [row - 0.44, row - 0.44, row + 0.44, row + 0.44, row - 0.44, None]
    return {
        "type": "scatter",
        "mode": "lines",
        "x": x,
        "y": y,
        "name": _("chosen"),
        "hoverinfo": "skip",
        "line": {"color": "@q", "width": 2.5},
    }
