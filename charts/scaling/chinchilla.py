"""The loss over parameters and tokens, and along one compute budget."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

from charts.i18n import _
from charts.scaling.numbers import amount, tens
from charts.theme import Spec, axis, figure
from core.scaling import CONSTANTS, Optimum, TrainingRun, compute_optimal, loss, tokens_for_loss

LEVELS = (1.9, 2.0, 2.2, 2.5, 3.0, 4.0)
PARAMETERS, TOKENS = (7, 13), (8, 15)  # powers of 10 of the axes
BUDGETS = (15.0, 29.0)  # powers of 10 of the compute at the ends of the lines of optima
STYLES = {
    "hoffmann": ("@q", "dash"),
    "hoffmann_unrounded": ("@accent", "dot"),
    "besiroglu": ("@p", "solid"),
}
#: Where a model's name is written, to keep the names apart.
SIDES = {
    "GPT-3": "middle left",
    "Llama-3-8B": "middle left",
    "Llama-7B": "middle left",
    "SmolLM2-135M": "top center",
}
COLUMNS = 65  # points of a line
HIGHEST = 10.0 ** (TOKENS[1] + 1)  # tokens up to which lines are drawn


def _line(low: float, high: float, points: int = COLUMNS) -> list[float]:
    return [10 ** (low + (high - low) * i / (points - 1)) for i in range(points)]


def _crossing(low: float, high: float, level: float, constants: str) -> float:
    """Return an N between `low` and `high` whose D is close to, and below, the highest drawn."""
    for _turn in range(30):
        middle = math.sqrt(low * high)
        if tokens_for_loss(middle, level, constants) < HIGHEST:
            high = middle
        else:
            low = middle
    return high


def levels(constants: str) -> Spec:
    """Return the lines of equal loss."""
    x: list[float | None] = []
    y: list[float | None] = []
    for level in LEVELS:
        line = [(n, tokens_for_loss(n, level, constants)) for n in _line(*PARAMETERS)]
        seen = [(n, d) for n, d in line if d < HIGHEST]
        if len(seen) < len(line):  # the steep part, up to above the axis
            n = _crossing(line[-len(seen) - 1][0], seen[0][0], level, constants)
            seen.insert(0, (n, tokens_for_loss(n, level, constants)))
        x += [n for n, _d in seen] + [None]
        y += [d for _n, d in seen] + [None]
    return {
        "type": "scatter",
        "mode": "lines",
        "name": _("equal loss, nats per token"),
        "x": x,
        "y": y,
        "line": {"color": "@removed", "width": 1.5, "simplify": False},
        "hoverinfo": "skip",
    }


def level_labels(constants: str) -> list[Spec]:
    """Return the loss of each line of `levels`, written near its right end."""
    at = PARAMETERS[1] - 0.3
    return [
        {
            "text": f"{level:.1f}", "showarrow": False, "x": at, "yanchor": "bottom",
            "y": math.log10(tokens_for_loss(10**at, level, constants)),
            "font": {"size": 13, "color": "@muted"},
        }
        for level in LEVELS
    ]  # fmt: skip


def plane(
    names: Mapping[str, str],
    optima: Mapping[str, Optimum],
    flops: float,
    equal_loss: tuple[Spec, list[Spec]],
    runs: Sequence[TrainingRun],
    chosen: str,
) -> Spec:
    """Draw parameters against tokens with lines of equal loss, of optima and of equal compute.

    Args:
        names: The label of each set of constants.
        optima: The optimum at the budget, by set of constants.
        flops: The compute budget.
        equal_loss: The results of `levels` and `level_labels`.
        runs: Trained models, each a diamond.
        chosen: The name of the model with the large diamond.
    """
    optimal = []
    for name, found in optima.items():
        color, dash = STYLES[name]
        ends = [compute_optimal(10**power, name) for power in BUDGETS]
        optimal.append(
            {
                "type": "scatter",
                "mode": "lines+markers",
                "name": names[name],
                "x": [ends[0].parameters, found.parameters, ends[1].parameters],
                "y": [ends[0].tokens, found.tokens, ends[1].tokens],
                "line": {"color": color, "width": 3, "dash": dash},
                "marker": {"color": color, "size": [0, 15, 0]},
                "hovertemplate": "%{x:.3s}, %{y:.3s}<extra></extra>",
            }
        )
    low, high = (10.0**power for power in PARAMETERS)
    return figure(
        equal_loss[0],
        {
            "type": "scatter",
            "mode": "lines",
            "name": _("equal compute"),
            "x": [low, high],
            "y": [flops / 6 / low, flops / 6 / high],
            "line": {"color": "@ink", "width": 2},
            "hoverinfo": "skip",
        },
        *optimal,
        {
            "type": "scatter",
            "mode": "markers+text",
            "name": _("trained models"),
            "x": [run.parameters for run in runs],
            "y": [run.tokens for run in runs],
            "text": [run.name for run in runs],
            "textposition": [SIDES.get(run.name, "middle right") for run in runs],
            "textfont": {"size": 13},
            "marker": {
                "symbol": "diamond",
                "color": "@kept",
                "size": [16 if run.name == chosen else 10 for run in runs],
            },
            "hovertemplate": [
                f"{run.name}: {amount(run.parameters)}, {amount(run.tokens)}<extra></extra>"
                for run in runs
            ],
        },
        margin={"l": 66, "r": 14, "t": 12, "b": 46},
        xaxis=axis(
            _("parameters N"),
            type="log",
            range=list(PARAMETERS),
            **tens(*PARAMETERS),
            fixedrange=True,
        ),
        yaxis=axis(
            _("training tokens D"),
            type="log",
            range=list(TOKENS),
            **tens(*TOKENS),
            fixedrange=True,
        ),
        annotations=equal_loss[1],
    )


def budget(names: Mapping[str, str], optima: Mapping[str, Optimum], flops: float) -> Spec:
    """Draw the loss along one budget above each set's own minimum, which has a dot."""
    traces = []
    for name, found in optima.items():
        color, dash = STYLES[name]
        middle = math.log10(found.parameters)
        xs = _line(middle - 1.5, middle + 1.5, 31)
        traces.append(
            {
                "type": "scatter",
                "mode": "lines",
                "name": names[name],
                "x": xs,
                "y": [loss(n, flops / 6 / n, name) for n in xs],
                "line": {"color": color, "width": 3, "dash": dash},
                "hovertemplate": "%{x:.3s}: %{y:.3f}<extra></extra>",
            }
        )
    best = min(found.loss for found in optima.values())
    worst = max(found.loss for found in optima.values())
    powers = [math.log10(found.parameters) for found in optima.values()]
    return figure(
        *traces,
        {
            "type": "scatter",
            "mode": "markers",
            "name": _("minimum"),
            "x": [found.parameters for found in optima.values()],
            "y": [found.loss for found in optima.values()],
            "marker": {"color": [STYLES[name][0] for name in optima], "size": 13},
            "hovertemplate": "%{x:.3s}: %{y:.3f}<extra></extra>",
            "showlegend": False,
        },
        margin={"l": 66, "r": 14, "t": 12, "b": 46},
        xaxis=axis(
            _("parameters N"),
            type="log",
            range=[min(powers) - 0.8, max(powers) + 0.8],
            **tens(*PARAMETERS),
            fixedrange=True,
        ),
        yaxis=axis(
            _("loss, nats per token"),
            range=[best - 0.05 * (best - 1.5), worst + 0.5 * (worst - 1.6)],
            nticks=6,
            fixedrange=True,
        ),
    )


assert set(STYLES) == set(CONSTANTS)
