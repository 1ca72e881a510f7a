"""The lattice of a word: each piece is an arc between two positions."""

from __future__ import annotations

import math
from collections.abc import Mapping

from charts.format import number
from charts.i18n import _
from charts.theme import Spec, escape, figure
from core.tokenizers.unigram.lattice import Edge, Posterior, UnigramLattice

ARC_POINTS = 17
SHORT_WORD = 7  # characters of a word in which single characters get their names
MOST_LABELS = 24  # of edges; more would overlap


def lattice(result: UnigramLattice, ways: Posterior | None = None) -> Spec:
    """Draw all segmentations of a word as arcs, with Viterbi's path in color.

    Args:
        result: The lattice with its best path.
        ways: The probability of each edge over all segmentations, if it was computed.
    """
    shares: dict[tuple[int, int], float] = {}
    if ways is not None:
        for edge, share in zip(ways.edges, ways.edge_probs, strict=True):
            shares[edge.start, edge.stop] = share
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
    traces.append(_arcs(best_x, best_y, "@kept", 5.0) | {"name": _("best segmentation")})
    crowded = len(result.edges) > MOST_LABELS
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
                + _share(shares, edge)
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
                _("best sum of ln P up to here: {n} nats").format(n=number(e.log_prob, 4))
                for e in result.best
            ],
            "hoverinfo": "text",
            "cliponaxis": False,
            "showlegend": False,
        }
    )
    tallest = max((edge.stop - edge.start for edge in result.edges), default=1)
    return figure(
        *traces,
        margin={"l": 30, "r": 30, "t": 8, "b": 52},
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
            "range": [-0.1, 1.2 * _height(tallest) + 0.4],
            "fixedrange": True,
        },
    )


def _edge_name(edge: Edge, length: int) -> str:
    """Return piece and log-probability; without the piece for a character of a long word."""
    value = number(edge.log_prob, 3)
    if length > SHORT_WORD and edge.stop - edge.start == 1:
        return value
    return f"{escape(edge.piece)} {value}"


def _edge_color(edge: Edge, other: str) -> str:
    return "@negative" if edge.unknown else "@kept" if edge.best else other


def _height(characters: int) -> float:
    return 0.75 * characters**0.85


def _add_arc(xs: list[float | None], ys: list[float | None], start: int, stop: int) -> None:
    """Append half an ellipse, then a break."""
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


def _share(shares: Mapping[tuple[int, int], float], edge: Edge) -> str:
    share = shares.get((edge.start, edge.stop))
    if share is None or edge.unknown:
        return ""
    words = _("probability over all segmentations: {share}")
    return "; " + words.format(share=f"{100 * share:.3g} %")
