"""Paths of optimizers over the contours of a surface."""

from __future__ import annotations

from collections.abc import Mapping

import torch
from torch import Tensor

from charts.i18n import _
from charts.theme import Spec, axis, figure
from core.optimizers import OptimizerTrace, Surface

COLORS = {
    "sgd": "@muted",
    "momentum": "@p",
    "nesterov": "@kept",
    "adagrad": "@warn",
    "rmsprop": "@negative",
    "adam": "@q",
    "adamw": "@accent",
    "clipped": "@q",
}
DASHES = {"nesterov": "dash", "adagrad": "dot", "rmsprop": "dash", "adamw": "dot"}
SOFTENED = 1e-3  # share of the range of f that is added before the logarithm


def paths(
    grid: tuple[Tensor, Tensor, Tensor],
    surface: Surface,
    traces: Mapping[str, OptimizerTrace],
    names: Mapping[str, str],
    step: int,
    axes: tuple[str, str] = ("x", "y"),
) -> Spec:
    """Draw the contours and every path up to an update.

    Args:
        grid: x, y and values of `Surface.grid`.
        surface: the surface, for its window and minima.
        traces: path of each method.
        names: visible name of each method.
        step: number of updates shown, from 0.
        axes: titles of the axes.
    """
    left, right, bottom, top = surface.window
    return figure(
        _contours(*grid),
        *(_path(one, method, names[method], step) for method, one in traces.items()),
        margin={"l": 56, "r": 14, "t": 10, "b": 44},
        xaxis=axis(axes[0], range=[left, right], fixedrange=True, showgrid=False, zeroline=False),
        yaxis=axis(axes[1], range=[bottom, top], fixedrange=True, showgrid=False, zeroline=False),
        annotations=[
            {
                "x": x, "y": y, "text": "★", "showarrow": False,
                "font": {"size": 17, "color": "@ink"},
            }
            for x, y in surface.minima
        ],
    )  # fmt: skip


def _contours(x: Tensor, y: Tensor, values: Tensor) -> Spec:
    finite = values[values.isfinite()]
    low, high = (float(finite.min()), float(finite.max())) if len(finite) else (0.0, 1.0)
    height = (values - low).clamp(max=high - low) + SOFTENED * max(high - low, 1e-9)
    return {
        "type": "contour",
        "x": x.float(),
        "y": y.float(),
        "z": height.log().float(),
        "ncontours": 14,
        "contours": {"coloring": "none"},
        "line": {"color": "@muted", "width": 1},
        "opacity": 0.5,
        "showscale": False,
        "hoverinfo": "skip",
        "showlegend": False,
    }


def _path(one: OptimizerTrace, method: str, name: str, step: int) -> Spec:
    shown = one.positions[: step + 1]
    far = 1e4  # Plotly loses precision far outside its axes
    size = torch.full((len(shown),), 5.0)
    size[-1] = 14
    return {
        "type": "scatter",
        "mode": "lines+markers",
        "name": name,
        "x": shown[:, 0].clamp(-far, far),
        "y": shown[:, 1].clamp(-far, far),
        "line": {"color": COLORS[method], "width": 2.5, "dash": DASHES.get(method, "solid")},
        "marker": {"color": COLORS[method], "size": size.tolist()},
        "hovertemplate": f"{name}: (%{{x:.3g}}, %{{y:.3g}}), "
        + _("update %{pointNumber}")
        + "<extra></extra>",
    }
