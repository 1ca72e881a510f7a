"""Vocabulary, corpus length and loss over the steps of a training; the current step is marked."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from charts.format import number
from charts.i18n import _
from charts.theme import Spec, axis, escape, figure
from core.tokenizers.unigram import UnigramTraining

EM_WIDTH = 0.6  # share of the axis between two rounds that a round's EM iterations take


@dataclass(frozen=True, slots=True)
class Panel:
    """One quantity over the steps.

    Attributes:
        title: Its name and unit.
        x: Where it was measured.
        y: Its values.
        current: The point of the current step.
    """

    title: str
    x: Sequence[float]
    y: Sequence[float]
    current: tuple[float, float]


def growth(panels: Sequence[Panel], x_title: str, last: float, first: float = 0) -> Spec:
    """Draw quantities over the same steps, one above the other, with the current step marked.

    Args:
        panels: From top to bottom.
        x_title: Title of the common axis.
        last: The last step, where the axis ends.
        first: Where it begins.
    """
    span_x = max(last - first, 1)
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
                "line": {"color": "@muted", "width": 2.5},
                "hovertemplate": "%{x}: %{y:,.4~g}<extra></extra>",
                "showlegend": False,
            }
        )
        traces.append(
            {
                "type": "scatter",
                "mode": "markers+text",
                "x": [panel.current[0]],
                "y": [panel.current[1]],
                "yaxis": f"y{suffix}",
                "text": [_value_text(panel.current[1])],
                "textposition": _label_position((panel.current[0] - first) / span_x),
                "textfont": {"size": 15},
                "cliponaxis": False,
                "marker": {"color": "@accent", "size": 12, "line": {"color": "@paper", "width": 2}},
                "hoverinfo": "skip",
                "showlegend": False,
            }
        )
        low, high = min(panel.y), max(panel.y)
        span = (high - low) or max(1.0, 0.2 * abs(high))
        layout[f"yaxis{suffix}"] = axis(
            domain=[max(0.0, top - height), top],
            range=[low - 0.12 * span, high + 0.7 * span],
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
        range=[first - 0.02 * span_x, first + 1.04 * span_x],
        anchor=f"y{len(panels)}" if len(panels) > 1 else "y",
        fixedrange=True,
        **({"tick0": 0, "dtick": 1} if last <= 8 else {}),
    )
    return figure(*traces, **layout)


def _value_text(value: float) -> str:
    return f"{value:,}" if isinstance(value, int) else number(value, 4)


def _label_position(share: float) -> str:
    """Return where a label stands so that it stays inside the figure."""
    return "top right" if share < 0.08 else "top left" if share > 0.92 else "top center"


def merges_growth(curve: Sequence[tuple[int, int]], merges: int) -> Spec:
    """Draw vocabulary and corpus length over the merges of BPE or WordPiece.

    Args:
        curve: (vocabulary size, corpus length) before the first merge and after each.
        merges: Number of merges done.
    """
    steps = range(len(curve))
    sizes, lengths = zip(*curve, strict=True)
    return growth(
        [
            Panel(_("vocabulary, tokens"), steps, sizes, (merges, sizes[merges])),
            Panel(_("corpus length, tokens"), steps, lengths, (merges, lengths[merges])),
        ],
        _("merges done"),
        len(curve) - 1,
    )


def rounds_growth(training: UnigramTraining, index: int) -> Spec:
    """Draw vocabulary, corpus length and loss over Unigram's rounds, numbered from 1.

    The loss is the marginal loss: EM lowers it and pruning raises it. The EM iterations of a round
    are drawn to the left of its number.
    """
    steps = training.steps
    rounds = range(1, len(steps) + 1)
    current = index + 1
    sizes, lengths = zip(*training.curve, strict=True)
    x: list[float] = []
    y: list[float] = []
    for step in steps:
        losses = [iteration.marginal_loss for iteration in step.em] + [step.marginal_loss]
        x += [step.index + 1 - EM_WIDTH * (1 - i / len(step.em)) for i in range(len(losses))]
        y += losses
    here = steps[index]
    return growth(
        [
            Panel(_("vocabulary, pieces"), rounds, sizes, (current, sizes[index])),
            Panel(_("corpus length, tokens"), rounds, lengths, (current, lengths[index])),
            Panel(
                _("loss, nats"),
                x,
                y,
                (current, here.marginal_loss),
            ),
        ],
        _("round"),
        len(steps),
        1 - EM_WIDTH,
    )
