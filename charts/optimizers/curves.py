"""Curves over updates."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import NamedTuple

from torch import Tensor

from charts.i18n import _
from charts.theme import Spec, axis, figure

CEILINGS = (1.5, 4, 8, 20, 40, 100)


class Curve(NamedTuple):
    """A named curve; `dash` is Plotly's."""

    name: str
    y: Tensor
    color: str
    dash: str = "solid"


def curves(
    lines: Sequence[Curve],
    title: str,
    span: tuple[float, float] | None = None,
    *,
    first: int = 0,
    log: bool = False,
) -> Spec:
    """Draw curves against the update.

    Args:
        lines: at least one curve; all have the same length.
        title: of the y axis, with its unit.
        span: lowest and highest y; None = from 0 to a round number above all curves.
        first: update of the first value.
        log: whether the y axis is logarithmic.
    """
    if span is None:
        highest = max(float(line.y.nan_to_num(0).max()) for line in lines)
        span = (0, next((top for top in CEILINGS if highest <= top), highest))
    count = len(lines[0].y)
    low, high = (math.log10(end) for end in span) if log else span
    least = span[0] / 10 if log else -1e4
    return figure(
        *(
            {
                "type": "scatter",
                "mode": "lines+markers" if count <= 12 else "lines",
                "name": line.name,
                "x": list(range(first, first + count)),
                "y": line.y.clamp(least, 1e4),
                "line": {"color": line.color, "width": 3, "dash": line.dash},
                "marker": {"size": 9},
                "hovertemplate": f"{line.name}: %{{y:.3g}}<extra></extra>",
            }
            for line in lines
        ),
        margin={"l": 70, "r": 14, "t": 10, "b": 46},
        xaxis=axis(_("update"), range=[first, first + count - 1], fixedrange=True),
        yaxis=axis(title, range=[low, high], fixedrange=True)
        | ({"type": "log", "exponentformat": "power", "dtick": 1} if log else {}),
    )
