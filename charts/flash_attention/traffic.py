"""Bytes moved against tile size or length, and both kernels on a GPU's roofline."""

from __future__ import annotations

from collections.abc import Sequence
from math import log10

from charts.i18n import _
from charts.theme import Spec, axis, figure
from core.flash_attention import Card, Traffic

COLORS = {"standard": "@q", "flash": "@p"}
DASHES = {"standard": "dash", "flash": "solid"}
INTENSITIES = (1.0, 10_000.0)  # ends of the roofline, FLOPs per byte
_TICKS = {n: f"{n:,}" for n in (16, 64, 256, 1024, 4096, 16384, 65536)}


def kernel_name(kind: str) -> str:
    """Return the name of a kind of attention."""
    return {"standard": _("standard attention"), "flash": "FlashAttention"}[kind]


def moved(
    xs: Sequence[int],
    lines: Sequence[Sequence[Traffic]],
    now: Sequence[Traffic],
    at: int,
    title: str,
) -> Spec:
    """Draw the megabytes that both kinds move, with a mark at the current setting.

    Args:
        xs: Tile sizes or lengths.
        lines: The counts of each kind for every x.
        now: The current counts, in the order of the lines.
        at: The current x.
        title: Title of the x axis.
    """
    traces: list[Spec] = [
        {
            "type": "scatter", "mode": "lines", "name": kernel_name(line[0].kind),
            "x": [float(x) for x in xs], "y": [each.bytes / 1e6 for each in line],
            "line": {"color": COLORS[line[0].kind], "dash": DASHES[line[0].kind], "width": 3},
            "hovertemplate": "%{x:,}: %{y:.3g} MB<extra></extra>",
        }
        for line in lines
    ]  # fmt: skip
    traces.append(
        {
            "type": "scatter", "mode": "markers", "showlegend": False, "hoverinfo": "skip",
            "x": [float(at)] * len(now), "y": [each.bytes / 1e6 for each in now],
            "marker": {
                "size": 14, "color": [COLORS[each.kind] for each in now],
                "line": {"color": "@ink", "width": 2},
            },
        }
    )  # fmt: skip
    return figure(
        *traces,
        margin={"l": 72, "r": 12, "t": 8, "b": 48},
        xaxis=axis(
            title, type="log", fixedrange=True, tickvals=list(_TICKS),
            ticktext=list(_TICKS.values()),
            range=[log10(xs[0]) - 0.05, log10(xs[-1]) + 0.05],
        ),
        yaxis=axis(
            _("moved per head, MB"), type="log", range=[-2, 5.3], fixedrange=True,
            tickvals=[0.01, 1, 100, 10_000], ticktext=["0.01", "1", "100", "10,000"],
        ),
    )  # fmt: skip


def roofline(card: Card, kernels: Sequence[Traffic]) -> Spec:
    """Draw a GPU's roofline and both kernels under it.

    Args:
        card: The GPU.
        kernels: The counts of both kinds.
    """
    low, high = INTENSITIES
    line = [low, card.ridge, high]
    places = [each.intensity for each in kernels]
    return figure(
        {
            "type": "scatter", "mode": "lines", "x": line, "name": _("roofline"),
            "y": [card.attainable(x) / 1e12 for x in line], "showlegend": False,
            "line": {"color": "@muted", "width": 3},
            "hovertemplate": _("%{x:.0f} FLOPs per byte: %{y:.0f} TFLOP/s") + "<extra></extra>",
        },
        *(
            {
                "type": "scatter", "mode": "lines+markers", "name": kernel_name(each.kind),
                "x": [x, x], "y": [0.5, card.attainable(x) / 1e12],
                "line": {"color": COLORS[each.kind], "dash": "dot", "width": 2},
                "marker": {"color": COLORS[each.kind], "size": [0, 14], "opacity": 1},
                "hovertemplate": "%{x:.0f} FLOP/B: %{y:.0f} TFLOP/s<extra></extra>",
            }
            for x, each in zip(places, kernels, strict=True)
        ),
        margin={"l": 64, "r": 32, "t": 8, "b": 48},
        xaxis=axis(
            _("arithmetic intensity, FLOPs per byte"), type="log", range=[0, 4], fixedrange=True,
            tickvals=[1, 10, 100, 1000, 10_000], ticktext=["1", "10", "100", "1,000", "10,000"],
        ),
        yaxis=axis(
            _("attainable, TFLOP/s"), type="log", range=[-0.31, 3.3], fixedrange=True,
            tickvals=[1, 10, 100, 1000], ticktext=["1", "10", "100", "1,000"],
        ),
        annotations=[
            {
                "x": log10(card.ridge), "y": log10(card.peak / 1e12), "yanchor": "bottom",
                "xanchor": "right", "showarrow": False, "font": {"size": 13, "color": "@muted"},
                "text": _("ridge: {n} FLOPs per byte").format(n=round(card.ridge)),
            }
        ],
    )  # fmt: skip
