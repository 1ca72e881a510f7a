"""Capacity against noise, the diagram of a channel, and the Blahut–Arimoto iteration."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from torch import Tensor

from charts.format import number
from charts.i18n import _
from charts.theme import Spec, axis, figure
from core.coding import CapacityStep, ChannelCapacity

STYLES = {"bsc": ("@p", "solid"), "bec": ("@q", "dash"), "z": ("@kept", "dashdot")}


def capacities(
    noise: Tensor, curves: Mapping[str, Tensor], names: Mapping[str, str], here: tuple[str, float]
) -> Spec:
    """Draw the capacities of the named channels and a mark at the current noise.

    Args:
        noise: (N,) probabilities.
        curves: (N,) bits per use, by channel.
        names: Labels of the channels.
        here: The chosen channel and the noise.
    """
    chosen, f = here
    at = int((noise - f).abs().argmin())
    lines = [
        {
            "type": "scatter", "mode": "lines", "name": names[name], "x": noise, "y": curve,
            "line": {
                "color": STYLES[name][0], "dash": STYLES[name][1],
                "width": 4 if name == chosen else 2, "simplify": False,
            },
            "hovertemplate": "f = %{x:.2f}: %{y:.4f}<extra></extra>",
        }
        for name, curve in curves.items()
    ]  # fmt: skip
    mark = {
        "type": "scatter", "mode": "markers", "x": [f] * len(curves),
        "y": [float(curve[at]) for curve in curves.values()], "hoverinfo": "skip",
        "marker": {
            "color": [STYLES[name][0] for name in curves],
            "size": [16 if name == chosen else 9 for name in curves],
            "line": {"color": "@paper", "width": 2}, "opacity": 1,
        },
        "showlegend": False,
    }  # fmt: skip
    return figure(
        *lines,
        mark,
        margin={"l": 62, "r": 16, "t": 12, "b": 46},
        xaxis=axis(_("noise f"), range=[-0.01, 1.01], fixedrange=True, zeroline=False),
        yaxis=axis(
            _("capacity (bits per use)"), range=[-0.02, 1.05], fixedrange=True, zeroline=False
        ),
    )


def diagram(matrix: Tensor, inputs: Sequence[str], outputs: Sequence[str]) -> Spec:
    """Draw a channel as lines from inputs to outputs, as wide as they are probable.

    Args:
        matrix: (X, Y) probabilities.
        inputs: X labels.
        outputs: Y labels.
    """
    X, Y = matrix.shape
    left = [i / max(X - 1, 1) for i in range(X)]
    right = [i / max(Y - 1, 1) for i in range(Y)]
    lines, x, y, texts, where = [], [], [], [], []
    for i, row in enumerate(matrix.tolist()):
        for j, p in enumerate(row):
            straight = left[i] == right[j]
            lines.append(
                {
                    "type": "line", "x0": 0, "x1": 1, "y0": left[i], "y1": right[j],
                    "line": {"color": "@p" if straight else "@negative", "width": 1.5 + 8 * p},
                    "opacity": 0.75 if p > 0 else 0, "layer": "below",
                }
            )  # fmt: skip
            along = 0.5 if straight else 0.28
            x.append(along + (0 if straight else 0.03))
            y.append(left[i] + along * (right[j] - left[i]) - (0.03 if straight else 0))
            where.append("top center" if straight else "middle right")
            texts.append(number(p, 3) if p > 0 else "")
    return figure(
        {
            "type": "scatter", "mode": "text", "x": x, "y": y, "text": texts,
            "textposition": where, "textfont": {"size": 14, "color": "@ink"},
            "hoverinfo": "skip",
        },
        {
            "type": "scatter", "mode": "markers+text",
            "x": [0] * X + [1] * Y, "y": [*left, *right], "text": [*inputs, *outputs],
            "textposition": ["middle left"] * X + ["middle right"] * Y,
            "textfont": {"size": 18, "color": "@ink"},
            "marker": {"size": 13, "color": "@ink"}, "hoverinfo": "skip", "cliponaxis": False,
        },
        margin={"l": 40, "r": 40, "t": 30, "b": 30},
        xaxis=axis(range=[-0.08, 1.08], visible=False, fixedrange=True),
        yaxis=axis(range=[1.15, -0.15], visible=False, fixedrange=True),
        shapes=lines,
    )  # fmt: skip


def bounds(found: ChannelCapacity, iteration: int) -> Spec:
    """Draw the two bounds of the capacity against the iteration, and mark the current one.

    Args:
        found: The result of Blahut–Arimoto.
        iteration: From 0.
    """
    x = list(range(1, len(found.steps) + 1))
    step = found.steps[iteration]
    highest = max(0.01, *(step.upper for step in found.steps))
    line = {"type": "scatter", "mode": "lines", "x": x}
    return figure(
        line | {
            "name": _("upper bound"), "y": [step.upper for step in found.steps],
            "line": {"color": "@q", "width": 3},
            "hovertemplate": "%{x}: %{y:.5f}<extra></extra>",
        },
        line | {
            "name": _("lower bound"), "y": [step.lower for step in found.steps],
            "line": {"color": "@p", "width": 3},
            "hovertemplate": "%{x}: %{y:.5f}<extra></extra>",
        },
        {
            "type": "scatter", "mode": "markers", "x": [iteration + 1] * 2,
            "y": [step.upper, step.lower], "hoverinfo": "skip", "showlegend": False,
            "cliponaxis": False,
            "marker": {"color": ["@q", "@p"], "size": 14, "line": {"color": "@paper", "width": 2}},
        },
        margin={"l": 70, "r": 16, "t": 12, "b": 46},
        xaxis=axis(
            _("iteration (logarithmic)"), type="log", fixedrange=True, zeroline=False,
            range=[-0.03, 0.03 + Tensor([max(len(x), 2)]).log10().item()],
        ),
        yaxis=axis(
            _("bits per use"), nticks=6, range=[-0.03 * highest, 1.06 * highest], fixedrange=True,
            zeroline=False,
        ),
    )  # fmt: skip


def input_name(i: int) -> str:
    """Return the name of an input, counted from 0: "x₁" for the first."""
    return "x" + str(i + 1).translate(str.maketrans("0123456789", "₀₁₂₃₄₅₆₇₈₉"))


def input_share(p: float) -> str:
    """Return the probability of an input, which an iteration lets go to 0 but never sets to 0."""
    return number(p, 3) if p >= 5e-4 else "≈ 0"


def inputs(step: CapacityStep, capacity: float, highest: float) -> Spec:
    """Draw the input distribution of an iteration, and what each input tells, beside the capacity.

    Args:
        step: The iteration.
        capacity: In bits.
        highest: Largest divergence of all iterations, where the axis ends.
    """
    x = [input_name(i) for i in range(len(step.input_distribution))]
    bar = {"type": "bar", "x": x, "width": 0.6, "textposition": "outside", "cliponaxis": False}
    p, told = step.input_distribution.tolist(), step.divergences.tolist()
    top = max(highest, 0.01)
    return figure(
        bar | {
            "y": p, "text": [input_share(v) for v in p],
            "marker": {"color": "@p"}, "hoverinfo": "skip",
        },
        bar | {
            "y": told, "text": [number(v, 3) for v in told], "yaxis": "y2",
            "marker": {"color": "@q"}, "hoverinfo": "skip",
        },
        margin={"l": 66, "r": 46, "t": 20, "b": 34},
        xaxis=axis(fixedrange=True, anchor="y2"),
        yaxis=axis(_("input p(x)"), range=[0, 1.15], domain=[0.56, 1], fixedrange=True, nticks=4),
        yaxis2=axis(
            _("D(row ‖ output)"), range=[0, 1.25 * top], domain=[0, 0.44], fixedrange=True, nticks=4
        ),
        shapes=[
            {
                "type": "line", "xref": "paper", "yref": "y2", "x0": 0, "x1": 1, "y0": capacity,
                "y1": capacity, "line": {"color": "@ink", "width": 2, "dash": "dash"},
            }
        ],
        annotations=[
            {
                "xref": "paper", "yref": "y2", "x": 1.01, "y": capacity, "text": "C",
                "xanchor": "left", "showarrow": False, "font": {"size": 15, "color": "@ink"},
            }
        ],
    )  # fmt: skip
