"""Figures of the tokenizer page: growth over merges, a word's lattice, lengths, Zipf's tail."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from charts.format import number
from charts.i18n import _
from charts.theme import Spec, axis, escape, figure
from core.tokenizers.lattice import UnigramLattice
from core.tokenizers.unigram import UnigramTraining

ARC_POINTS = 17
LABELLED = 24  # edges of a lattice that get their names; more would lie over one another
DASHES = ("solid", "dash", "dot", "dashdot", "longdash", "longdashdot")
SYMBOLS = ("circle", "square", "diamond", "triangle-up", "x", "star", "cross", "triangle-down")


@dataclass(frozen=True, slots=True)
class Panel:
    """One quantity over the steps: its name with unit, where it was measured, its values."""

    title: str
    x: Sequence[float]
    y: Sequence[float]
    now: tuple[float, float]  # the point of the current step
    colour: str = "@p"


def growth(panels: Sequence[Panel], x_title: str, last: float) -> Spec:
    """Quantities over the same steps, one above the other, each with the current step marked.

    Args:
        panels: from the top down.
        x_title: what a step is.
        last: the last step, where the common axis ends.
    """
    traces: list[Spec] = []
    layout: Spec = {"margin": {"l": 70, "r": 24, "t": 26, "b": 46}, "annotations": []}
    gap = 0.2 if len(panels) > 1 else 0.0
    height = (1 - gap * (len(panels) - 1)) / len(panels)
    for i, panel in enumerate(panels):
        suffix = "" if i == 0 else str(i + 1)
        top = 1 - i * (height + gap)
        traces.append(
            {
                "type": "scatter",
                "mode": "lines",
                "name": panel.title,
                "x": list(panel.x),
                "y": list(panel.y),
                "yaxis": f"y{suffix}",
                "line": {"color": panel.colour, "width": 2.5},
                "hovertemplate": "%{x}: %{y:,.4~g}<extra></extra>",
                "showlegend": False,
            }
        )
        traces.append(
            {
                "type": "scatter",
                "mode": "markers+text",
                "x": [panel.now[0]],
                "y": [panel.now[1]],
                "yaxis": f"y{suffix}",
                "text": [_short(panel.now[1])],
                "textposition": _beside(panel.now[0], last),
                "textfont": {"size": 15},
                "cliponaxis": False,
                "marker": {"color": "@q", "size": 12, "line": {"color": "@paper", "width": 2}},
                "hoverinfo": "skip",
                "showlegend": False,
            }
        )
        low, high = min(panel.y), max(panel.y)
        span = (high - low) or max(1.0, 0.2 * abs(high))
        layout[f"yaxis{suffix}"] = axis(
            domain=[max(0.0, top - height), top],
            range=[low - 0.12 * span, high + 0.55 * span],
            nticks=4,
            fixedrange=True,
        )
        layout["annotations"].append(
            {
                "xref": "paper",
                "yref": "paper",
                "x": 0,
                "y": top,
                "xanchor": "left",
                "yanchor": "bottom",
                "text": escape(panel.title),
                "showarrow": False,
                "font": {"size": 14, "color": "@muted"},
            }
        )
    layout["xaxis"] = axis(
        x_title,
        range=[-0.02 * max(last, 1), 1.04 * max(last, 1)],
        anchor=f"y{len(panels)}" if len(panels) > 1 else "y",
        fixedrange=True,
        **({"dtick": 1} if last <= 12 else {}),
    )
    return figure(*traces, **layout)


def _short(value: float) -> str:
    return f"{value:,}" if isinstance(value, int) else number(value, 4)


def _beside(x: float, last: float) -> str:
    """Where a label stands so that it stays inside the axes."""
    return "top right" if x < 0.08 * last else "top left" if x > 0.92 * last else "top center"


def merges_growth(curve: Sequence[tuple[int, int]], merges: int) -> Spec:
    """Vocabulary and corpus length over the merges of a BPE or a WordPiece.

    Args:
        curve: (vocabulary size, corpus length) before the first merge and after each.
        merges: how many are done now.
    """
    steps = range(len(curve))
    sizes, lengths = zip(*curve, strict=True)
    return growth(
        [
            Panel(_("vocabulary, tokens"), steps, sizes, (merges, sizes[merges])),
            Panel(_("corpus length, tokens"), steps, lengths, (merges, lengths[merges]), "@kept"),
        ],
        _("merges done"),
        len(curve) - 1,
    )


def rounds_growth(training: UnigramTraining, index: int) -> Spec:
    """Vocabulary, corpus length and loss over Unigram's rounds; EM is within a round.

    The loss is the marginal one, which every EM iteration lowers and every pruning raises.
    """
    steps = training.steps
    rounds = range(len(steps))
    sizes, lengths = zip(*training.curve, strict=True)
    x: list[float] = []
    y: list[float] = []
    for step in steps:
        losses = [iteration.marginal_loss for iteration in step.em] + [step.marginal_loss]
        x += [step.index + 0.6 * i / len(step.em) - 0.6 for i in range(len(losses))]
        y += losses
    here = steps[index]
    return growth(
        [
            Panel(_("vocabulary, pieces"), rounds, sizes, (index, sizes[index])),
            Panel(_("corpus length, tokens"), rounds, lengths, (index, lengths[index]), "@kept"),
            Panel(
                _("loss of all cuts, nats: EM lowers it, pruning raises it"),
                x,
                y,
                (index, here.marginal_loss),
                "@accent",
            ),
        ],
        _("round"),
        len(steps) - 1,
    )


def lattice(result: UnigramLattice, shares: Mapping[tuple[int, int], float]) -> Spec:
    """All ways to cut a word as arcs from gap to gap, Viterbi's path in colour.

    Args:
        result: the lattice with its best path.
        shares: by (start, stop): how probable a cut with that edge is among all cuts.
    """
    length = len(result.word)
    traces: list[Spec] = []
    for colour, width, wanted in (
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
        traces.append(_arcs(xs, ys, colour, width))
    best_x: list[float | None] = []
    best_y: list[float | None] = []
    for edge in result.edges:
        if edge.best:
            _add_arc(best_x, best_y, edge.start, edge.stop)
    traces.append(_arcs(best_x, best_y, "@kept", 5.0) | {"name": _("best cut")})
    crowded = len(result.edges) > LABELLED
    traces.append(
        {
            "type": "scatter",
            "mode": "markers+text",
            "x": [(edge.start + edge.stop) / 2 for edge in result.edges],
            "y": [_height(edge.stop - edge.start) for edge in result.edges],
            "text": [
                f"{escape(edge.piece)} {number(edge.log_prob, 3)}"
                if edge.best or not crowded
                else ""
                for edge in result.edges
            ],
            "textposition": "top center",
            "textfont": {
                "size": 14,
                "color": ["@kept" if edge.best else "@muted" for edge in result.edges],
            },
            "marker": {
                "size": 7,
                "color": ["@kept" if edge.best else "@raw" for edge in result.edges],
            },
            "hovertext": [
                f"{escape(edge.piece)}: ln P = {number(edge.log_prob, 4)}"
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
                "yshift": -14,
            }
            for i, character in enumerate(result.word)
        ],
        xaxis={"visible": False, "range": [-0.35, max(length, 1) + 0.35], "fixedrange": True},
        yaxis={"visible": False, "range": [-0.75, _height(tallest) + 0.6], "fixedrange": True},
    )


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


def _arcs(xs: list[float | None], ys: list[float | None], colour: str, width: float) -> Spec:
    return {
        "type": "scatter",
        "mode": "lines",
        "x": xs,
        "y": ys,
        "line": {"color": colour, "width": width},
        "hoverinfo": "skip",
        "showlegend": False,
    }


def _share(shares: Mapping[tuple[int, int], float], start: int, stop: int) -> str:
    return _("in {share} of the cuts, by probability").format(
        share=f"{100 * shares.get((start, stop), 0.0):.3g} %"
    )
