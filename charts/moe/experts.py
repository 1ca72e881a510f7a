"""Colors and names of the experts, the same in every figure and chip of the page."""

from __future__ import annotations

from collections.abc import Sequence

from charts.theme import CATEGORICAL, Spec, escape

#: One color token per expert. The expert's number always accompanies the color.
EXPERTS: tuple[str, ...] = tuple(CATEGORICAL)


def color(expert: int) -> str:
    """Return the color token of an expert (from 0); the colors repeat after the eighth."""
    return EXPERTS[expert % len(EXPERTS)]


def name(expert: int) -> str:
    """Return the name of an expert (from 0): E1, E2, ….

    >>> name(0)
    'E1'
    """
    return f"E{expert + 1}"


def scale(num_experts: int) -> list[list[float | str]]:
    """Return a color scale with one step per expert, for a heatmap of expert numbers."""
    steps: list[list[float | str]] = []
    for expert in range(num_experts):
        steps.append([expert / num_experts, color(expert)])
        steps.append([(expert + 1) / num_experts, color(expert)])
    return steps


def header(num_experts: int, y: float) -> Spec:
    """Draw a row of colored squares with the experts' names, as column headers."""
    experts = range(num_experts)
    return badges(list(experts), [y] * num_experts, experts)


def badges(x: Sequence[float], y: Sequence[float], experts: Sequence[int]) -> Spec:
    """Draw colored squares with the experts' names at the given positions."""
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
    """Return a word as a label, cut to `longest` characters and escaped."""
    return escape(word if len(word) <= longest else word[: longest - 1] + "…")
