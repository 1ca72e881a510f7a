"""The loss of small transformers in training, by the place of the norm and the warm-up."""

from __future__ import annotations

from collections.abc import Sequence

from charts.i18n import _
from charts.normalization.gradients import STYLES, placements
from charts.theme import Spec, axis, figure
from core.normalization.tiny_training import TrainingSettings, TrainingStep

SMOOTHED = 10  # updates per plotted point: a single batch is noisy


def run_name(settings: TrainingSettings) -> str:
    """Return the name of one of the compared runs."""
    text = _("{placement}, warm-up") if settings.warmup else _("{placement}, no warm-up")
    return text.format(placement=placements()[settings.placement])


def smoothed(steps: Sequence[TrainingStep]) -> list[float]:
    """Return the mean loss of each group of ten updates."""
    losses = [step.loss for step in steps]
    groups = [losses[i : i + SMOOTHED] for i in range(0, len(losses), SMOOTHED)]
    return [sum(group) / len(group) for group in groups]


def training(
    runs: Sequence[tuple[TrainingSettings, Sequence[TrainingStep]]], end: int, baseline: float
) -> Spec:
    """Draw the loss of every run against updates.

    Args:
        runs: Settings and updates so far of every run.
        end: Last update on the axis.
        baseline: Loss of a model that knows only the frequencies of characters.
    """
    traces = []
    for settings, steps in runs:
        color, _dash = STYLES[settings.placement]
        name = run_name(settings)
        values = smoothed(steps)
        traces.append(
            {
                "type": "scatter",
                "mode": "lines",
                "name": name,
                "x": [min((i + 0.5) * SMOOTHED, len(steps)) for i in range(len(values))] or [0],
                "y": values or [None],
                "line": {
                    "color": color,
                    "width": 3.5,
                    "dash": "dash" if settings.warmup else "solid",
                },
                "hovertemplate": f"{name}: %{{y:.2f}}<extra></extra>",
            }
        )
    top = max(4.0, 1.25 * baseline)
    return figure(
        *traces,
        margin={"l": 62, "r": 12, "t": 12, "b": 46},
        xaxis=axis(_("update"), range=[0, end], fixedrange=True),
        yaxis=axis(_("loss in nats per character"), range=[0, top], fixedrange=True),
        shapes=[
            {
                "type": "line", "xref": "paper", "x0": 0, "x1": 1, "y0": baseline, "y1": baseline,
                "line": {"color": "@muted", "width": 2, "dash": "dot"},
            }
        ],
        annotations=[
            {
                "text": _("character frequencies only"), "xref": "paper", "x": 0.99, "y": baseline,
                "xanchor": "right", "yanchor": "bottom", "yshift": 8, "showarrow": False,
                "font": {"size": 13, "color": "@muted"},
            }
        ],
    )  # fmt: skip
