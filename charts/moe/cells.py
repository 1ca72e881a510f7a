"""Numbers on the cells of a heatmap, and outlines around the chosen ones."""

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
    """Write the number of every cell, light on dark cells; NaN cells stay empty.

    Args:
        values: (rows, columns) values of the heatmap.
        largest: End of its color scale.
        strong: Fraction of `largest` above which a cell is dark in the light theme.
        text: Formats a number; `two_decimals` if None.
    """
    rows, columns = (~values.isnan()).nonzero(as_tuple=True)
    present = values[rows, columns].tolist()
    write = text or two_decimals
    return {
        "type": "scatter",
        "mode": "text",
        "x": columns.float(),
        "y": rows.float(),
        "text": [write(v) for v in present],
        "textfont": {
            "size": 13,
            "color": ["@paper" if abs(v) > strong * largest else "@ink" for v in present],
        },
        "hoverinfo": "skip",
        "showlegend": False,
    }


def two_decimals(v: float) -> str:
    """Format a number with two decimals and a typographic minus sign.

    >>> two_decimals(-0.5), two_decimals(-0.001)
    ('−0.50', '0.00')
    """
    text = f"{v:.2f}".replace("-", "−")
    return "0.00" if text == "−0.00" else text


def fraction(p: float) -> str:
    """Format a probability or a gate with two decimals, never as 0 or 1 unless it is exactly that.

    >>> fraction(0.255), fraction(0.001), fraction(0.9999), fraction(0.0), fraction(1.0)
    ('0.26', '<0.01', '>0.99', '0', '1')
    """
    if p < 0.005:
        return "<0.01" if p > 0 else "0"
    if p >= 0.995:
        return ">0.99" if 1 - p > 1e-6 else "1"
    return f"{p:.2f}"


def outlines(expert_index: Tensor) -> Spec:
    """Outline every chosen cell, with one line that has gaps."""
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
        "line": {"color": "@ink", "width": 2},
    }
