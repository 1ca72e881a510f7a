"""Codes on the plane of rate and error, against what the capacity allows."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache

from charts.i18n import _
from charts.theme import Spec, axis, figure
from core.coding import ChannelRun, rate_limit

FLOOR = 1e-5  # error rates below are drawn at the lower edge
LABELS = {"none": "top left", "repetition-7": "bottom right", "hamming-7-4": "bottom center"}
#: Error rates at which the border is computed, from the top of the axis to its bottom.
ERRORS = [0.5 * 10 ** (-i / 20) for i in range(95)]


@cache
def _limits_of_one_bit() -> tuple[float, ...]:
    """Return the largest rate at each of `ERRORS` if the capacity is 1; finite at 0.5, too."""
    return tuple(min(1e9, rate_limit(1.0, p)) for p in ERRORS)


def plane(runs: Sequence[ChannelRun], names: Sequence[str], selected: int) -> Spec:
    """Draw each code's rate and measured error with its interval, and the region without codes.

    Args:
        runs: One per code, all over the same channel.
        names: Labels of the codes.
        selected: The code that is marked.
    """
    capacity = runs[0].capacity
    # The limit is proportional to the capacity.
    border = [min(1.1, capacity * limit) for limit in _limits_of_one_bit()]
    y = [max(run.bit_error_rate, FLOOR) for run in runs]
    low = [max(run.error_interval[0], FLOOR) for run in runs]
    return figure(
        {
            "type": "scatter", "mode": "lines", "name": _("no code can be here"),
            "x": [1.1, *border, border[-1], 1.1], "y": [ERRORS[0], *ERRORS, FLOOR / 10, FLOOR / 10],
            "fill": "toself", "fillcolor": "rgba(208,96,0,0.16)",
            "line": {"color": "@q", "width": 3, "simplify": False}, "hoverinfo": "skip",
        },
        {
            "type": "scatter", "mode": "markers", "name": _("exact error rate"),
            "x": [run.rate for run in runs],
            "y": [max(run.expected_bit_error_rate, FLOOR) for run in runs],
            "marker": {"symbol": "line-ew-open", "size": 22, "color": "@ink", "line": {"width": 2}},
            "hoverinfo": "skip",
        },
        {
            "type": "scatter", "mode": "markers+text", "name": _("measured, 95 % interval"),
            "x": [run.rate for run in runs], "y": y, "text": list(names),
            "textposition": [LABELS.get(run.code, "top center") for run in runs],
            "textfont": {"size": 14, "color": "@ink"},
            "error_y": {
                "type": "data", "symmetric": False, "color": "@p", "thickness": 2, "width": 6,
                "array": [max(0.0, run.error_interval[1] - at)
                          for run, at in zip(runs, y, strict=True)],
                "arrayminus": [max(0.0, at - end) for at, end in zip(y, low, strict=True)],
            },
            "marker": {
                "size": [17 if i == selected else 12 for i in range(len(runs))],
                "color": "@p", "opacity": 1,
                "symbol": ["circle" if run.bit_error_rate > 0 else "triangle-down" for run in runs],
                "line": {
                    "color": ["@accent" if i == selected else "@paper" for i in range(len(runs))],
                    "width": [4 if i == selected else 2 for i in range(len(runs))],
                },
            },
            "cliponaxis": False,
            "hovertemplate": "%{text}: R = %{x:.3f}, %{y:.3~g}<extra></extra>",
        },
        margin={"l": 76, "r": 20, "t": 12, "b": 46},
        xaxis=axis(_("rate R (message bits per sent bit)"), range=[0, 1.06], fixedrange=True,
                   zeroline=False),
        yaxis=axis(_("bit error rate (logarithmic)"), type="log", range=[-5, -0.1],
                   fixedrange=True, dtick=1, exponentformat="power"),
        shapes=[
            {
                "type": "line", "xref": "x", "yref": "paper", "x0": capacity, "x1": capacity,
                "y0": 0, "y1": 1, "line": {"color": "@q", "width": 2, "dash": "dot"},
            }
        ],
        annotations=[
            {
                "xref": "x", "yref": "paper", "x": capacity, "y": 0.03, "text": "C",
                "xanchor": "right" if capacity > 0.1 else "left", "showarrow": False, "xshift": -4,
                "font": {"size": 17, "color": "@q"},
            }
        ],
    )  # fmt: skip
