"""The experts' colors and names, the same in every figure and chip of the page."""

from __future__ import annotations

from collections.abc import Sequence

from charts.theme import CATEGORICAL, Spec, escape

#: One color token an expert. Never color alone: the expert's number stands beside it.
EXPERTS: tuple[str, ...] = tuple(CATEGORICAL)


def color(expert: int) -> str:
    """The color token of an expert (from 0); beyond the eighth they come round again."""
    return EXPERTS[expert % len(EXPERTS)]


def name(expert: int) -> str:
    """What an expert (from 0) is called: E1, E2, ….

    >>> name(0)
    'E1'
    """
    return f"E{expert + 1}"


def scale(num_experts: int) -> list[list[float | str]]:
    """A color scale of steps, one an expert, for a heatmap of expert numbers."""
    steps: list[list[float | str]] = []
    for expert in range(num_experts):
        steps.append([expert / num_experts, color(expert)])
        steps.append([(expert + 1) / num_experts, color(expert)])
    return steps


def header(num_experts: int, y: float) -> Spec:
    """A row of colored squares with the experts' names: the head of a table of experts."""
    experts = range(num_experts)
    return badges(list(experts), [y] * num_experts, experts)


def badges(x: Sequence[float], y: Sequence[float], experts: Sequence[int]) -> Spec:
    """Colored squares with a name in each, at given places."""
    return {
        "type": "scatter",
        "mode": "markers+text",
        "x": list(x),
        "y": list(y),
        "text": [name(expert) for expert in experts],
        "textfont": {"color": "@paper", "size": 13, "weight": 700},
        "marker": {
            "symbol": "square",
            "size": 27,
            "color": [color(expert) for expert in experts],
            "line": {"width": 0},
        },
        "cliponaxis": False,
        "hoverinfo": "skip",
        "showlegend": False,
    }


def cut(word: str, longest: int = 14) -> str:
    """A word as a label: not longer than there is room, and text, not markup."""
    return escape(word if len(word) <= longest else word[: longest - 1] + "…")
