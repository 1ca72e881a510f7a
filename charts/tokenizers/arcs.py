"""A word's lattice: every piece as an arc from gap to gap."""

from __future__ import annotations

import math
from collections.abc import Mapping

from charts.format import number
from charts.i18n import _
from charts.theme import Spec, escape, figure
from core.tokenizers.unigram.lattice import Edge, UnigramLattice

ARC_POINTS = 17
ROOMY = 7  # characters of a word up to which names of single characters fit
LABELED = 24  # edges that get their names; more would lie over one another


def lattice(result: UnigramLattice, shares: Mapping[tuple[int, int], float]) -> Spec:
    """All ways to cut a word as arcs from gap to gap, Viterbi's path in color.

    Args:
        result: the lattice with its best path.
        shares: by (start, stop): how probable a cut with that edge is among all cuts.
    """
    length = len(result.word)
    traces: list[Spec] = []
    for color, width, wanted in (
        ("@removed", 1.2, (0.0, 0.01)),
        ("@raw", 2.2, (0.01, 0.1)),
        ("@raw", 4.0, (0.1, math.inf)),
    ):
        xs: list[float | None] = []
        ys: list[float | None] = []
        for edge in result.edges:
            share = shares.get((edge.start, edge.stop), 0.0)
            if not edge.best and wanted[0] <= share < wanted[1]:
                _add_arc(xs, ys, edge.start, edge.stop)
        traces.append(_arcs(xs, ys, color, width))
    best_x: list[float | None] = []
    best_y: list[float | None] = []
    for edge in result.edges:
        if edge.best:
            _add_arc(best_x, best_y, edge.start, edge.stop)
    traces.append(_arcs(best_x, best_y, "@kept", 5.0) | {"name": _("best cut")})
    crowded = len(result.edges) > LABELED
    traces.append(
        {
            "type": "scatter",
            "mode": "markers+text",
            "x": [(edge.start + edge.stop) / 2 for edge in result.edges],
            "y": [_height(edge.stop - edge.start) for edge in result.edges],
            "text": [
                _edge_name(edge, length) if edge.best or not crowded else ""
                for edge in result.edges
            ],
            "textposition": "top center",
            "textfont": {
                "size": 14,
                "color": [_edge_color(edge, "@muted") for edge in result.edges],
            },
            "marker": {
                "size": 7,
                "color": [_edge_color(edge, "@raw") for edge in result.edges],
            },
            "hovertext": [
                (_("unknown") + " " if edge.unknown else "")
                + f"{escape(edge.piece)}: ln P = {number(edge.log_prob, 4)}"
                + ("" if edge.unknown else f"; {_share(shares, edge.start, edge.stop)}")
                for edge in result.edges
            ],
            "hoverinfo": "text",
            "showlegend": False,
        }
    )
    traces.append(
        {
            "type": "scatter",
            "mode": "markers+text",
            "x": list(range(length + 1)),
            "y": [0] * (length + 1),
            "text": [number(entry.log_prob, 3) for entry in result.best],
            "textposition": "bottom center",
            "textfont": {"size": 13},
            "marker": {"size": 11, "color": "@ink"},
            "hovertext": [
                _("best so far: {n} nats").format(n=number(e.log_prob, 4)) for e in result.best
            ],
            "hoverinfo": "text",
            "cliponaxis": False,
            "showlegend": False,
        }
    )
    tallest = max((edge.stop - edge.start for edge in result.edges), default=1)
    return figure(
        *traces,
        margin={"l": 30, "r": 30, "t": 8, "b": 8},
        annotations=[
            {
                "x": i + 0.5,
                "y": 0,
                "text": escape(character),
                "showarrow": False,
                "font": {"size": 22},
                "yshift": -34,
            }
            for i, character in enumerate(result.word)
        ],
        xaxis={"visible": False, "range": [-0.35, max(length, 1) + 0.35], "fixedrange": True},
        yaxis={
            "visible": False,
            "range": [-0.18 * _height(tallest) - 0.62, _height(tallest) + 0.6],
            "fixedrange": True,
        },
    )


def _edge_name(edge: Edge, length: int) -> str:
    """Piece and log-probability; of a single character in a long word the latter alone."""
    value = number(edge.log_prob, 3)
    if length > ROOMY and edge.stop - edge.start == 1:
        return value
    return f"{escape(edge.piece)} {value}"


def _edge_color(edge: Edge, other: str) -> str:
    return "@negative" if edge.unknown else "@kept" if edge.best else other


def _height(characters: int) -> float:
    return 0.75 * characters**0.85


def _add_arc(xs: list[float | None], ys: list[float | None], start: int, stop: int) -> None:
    """Half an ellipse from gap to gap, then a break."""
    width, height = stop - start, _height(stop - start)
    for i in range(ARC_POINTS):
        angle = math.pi * i / (ARC_POINTS - 1)
        xs.append(start + width * (1 - math.cos(angle)) / 2)
        ys.append(height * math.sin(angle))
    xs.append(None)
    ys.append(None)


def _arcs(xs: list[float | None], ys: list[float | None], color: str, width: float) -> Spec:
    return {
        "type": "scatter",
        "mode": "lines",
        "x": xs,
        "y": ys,
        "line": {"color": color, "width": width},
        "hoverinfo": "skip",
        "showlegend": False,
    }


def _share(shares: Mapping[tuple[int, int], float], start: int, stop: int) -> str:
    return _("in {share} of the cuts, by probability").format(
        share=f"{100 * shares.get((start, stop), 0.0):.3g} %"
    )
