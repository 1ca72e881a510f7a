"""Figures of the other views: KL over a triangle, one Gaussian for two modes, a classifier."""

from __future__ import annotations

import math
from collections.abc import Sequence
from functools import lru_cache

import numpy as np
import torch

from charts.entropy.measures import amount
from charts.format import number, probability
from charts.i18n import _
from charts.theme import Spec, axis, escape, figure, label_margin
from core.information import ClassifierLoss, FitStep, KLLandscape, simplex_xy

PIXELS = 101  # of a simplex's raster, across and up
TOP = math.sqrt(3) / 2  # the triangle's height; its sides are 1
EDGE = 0.02  # how far the raster reaches beyond it, under the frame that covers it


@lru_cache(maxsize=4)
def _raster(steps: int, inner: bool) -> np.ndarray:
    """For each pixel around an upright triangle, the nearest point of `simplex_grid`.

    A pixel outside takes its color from the edge beside it: a frame covers it, and gaps would
    make Plotly draw the heatmap slowly and its edge in stairs.

    Args:
        steps: of the grid.
        inner: Whether the edge takes the color just inside it. An edge on which a divergence is
            infinite is a line without width; painted a pixel wide it would look like beads.
    """
    x, y = np.meshgrid(np.linspace(0, 1, PIXELS), np.linspace(0, TOP, PIXELS))
    c = y / TOP
    b = np.clip(x - c / 2, 0, 1 - c)
    least = 1 if inner and steps >= 3 else 0
    k = np.clip(np.rint(c * steps).astype(int), least, steps - 2 * least)
    j = np.clip(np.rint(b * steps).astype(int), least, steps - least - k)
    i = steps - j - k
    # Row i of the grid begins after rows of steps + 1, steps, … points.
    return i * (steps + 1) - i * (i - 1) // 2 + j


def _steps_of(points: int) -> int:
    return int((math.sqrt(8 * points + 1) - 3) / 2)


def _place(point: Sequence[float]) -> list[float]:
    return simplex_xy(torch.tensor(list(point), dtype=torch.float64)).tolist()


def _readings(points: torch.Tensor, values: torch.Tensor, title: str) -> Spec:
    """Unseen marks all over the triangle that say, under the pointer, which q it is and its KL."""
    steps = _steps_of(len(points))
    stride = max(1, steps // 20)
    chosen = (torch.round(points * steps).long() % stride == 0).all(1)
    points, told = points[chosen], values[chosen].tolist()
    places = simplex_xy(points)
    return {
        "type": "scatter",
        "mode": "markers",
        "x": places[:, 0].tolist(),
        "y": places[:, 1].tolist(),
        "marker": {"size": 12, "opacity": 0},
        "hovertext": [
            f"q: A {a:.2f}, B {b:.2f}, C {c:.2f}<br>{title} = {number(value)}"
            for (a, b, c), value in zip(points.tolist(), told, strict=True)
        ],
        "hovertemplate": "%{hovertext}<extra></extra>",
        "showlegend": False,
    }


def _frame() -> list[Spec]:
    """What makes a triangle of the square raster: a cover with a hole, and an outline."""
    low, right, high = -EDGE, 1 + EDGE, TOP + EDGE
    corners = [(0, 0), (0.5, TOP), (1, 0), (0, 0)]
    around = [(low, low), (right, low), (right, high), (low, high), (low, low)]

    def path(points: Sequence[tuple[float, float]], **fields: object) -> Spec:
        return {
            "type": "scatter",
            "mode": "lines",
            "x": [x for x, _y in points],
            "y": [y for _x, y in points],
            "hoverinfo": "skip",
            "showlegend": False,
        } | fields

    return [
        path([*around, *corners, (low, low)], fill="toself", fillcolor="@paper", line={"width": 0}),
        path(corners, line={"color": "@muted", "width": 1}),
    ]


def simplex(
    landscape: KLLandscape,
    q: Sequence[float],
    now: float,
    most: float,
    *,
    reverse: bool = False,
    scale: bool = True,
    readings: bool = True,
) -> Spec:
    """KL from (or to) p over all distributions q on three outcomes, as a triangle of colors.

    Args:
        landscape: from `kl_landscape`.
        q: (3,) the current q, drawn as a point.
        now: The value at q, in bits.
        most: Where the color scale ends; beyond, and at ∞, it stays at its end.
        reverse: D(q‖p) in place of D(p‖q).
        scale: Whether the color scale stands beside it (two triangles share one).
        readings: Whether the pointer can read q and the value off the triangle.
    """
    title, values = ("D(q‖p)", landscape.reverse) if reverse else ("D(p‖q)", landscape.forward)
    index = _raster(_steps_of(len(values)), not reverse)
    z = values.clamp(max=most).numpy().astype(np.float32)[index]

    def dot(name: str, point: Sequence[float], color: str, position: str) -> Spec:
        x, y = _place(point)
        return {
            "type": "scatter",
            "mode": "markers+text",
            "name": name,
            "x": [x],
            "y": [y],
            "text": [name],
            "textposition": position,
            "textfont": {"size": 17, "color": "@ink"},
            "marker": {"color": color, "size": 13, "line": {"color": "@paper", "width": 2}},
            "hoverinfo": "skip",
            "showlegend": False,
        }

    p = landscape.p.tolist()
    corners = [("A", -0.04, -0.03), ("B", 1.04, -0.03), ("C", 0.5, TOP + 0.05)]
    marks = [_readings(landscape.points, values, title)] if readings else []
    return figure(
        {
            "type": "heatmap",
            "z": z,
            "x0": 0,
            "dx": 1 / (PIXELS - 1),
            "y0": 0,
            "dy": TOP / (PIXELS - 1),
            "zmin": 0,
            "zmax": most,
            "zsmooth": "fast",
            "colorscale": "@sequential",
            "showscale": scale,
            "colorbar": {"title": {"text": _("bits")}, "thickness": 12, "len": 0.8},
            "hoverinfo": "skip",
        },
        *_frame(),
        # A name stays clear of the letters at the corners.
        dot("p", p, "@p", "bottom center" if p[2] > 0.9 else "top center"),
        dot("q", q, "@q", "top center" if q[2] < 0.1 else "bottom center"),
        *marks,
        hovermode="closest",
        margin={"l": 4, "r": 4, "t": 40, "b": 6},
        title={
            "text": f"{title} = {amount(now)}",
            "font": {"size": 18},
            "x": 0.45,
            "y": 0.97,
        },
        xaxis={"visible": False, "range": [-0.07, 1.07], "fixedrange": True},
        yaxis={
            "visible": False,
            "range": [-0.06, TOP + 0.09],
            "scaleanchor": "x",
            "fixedrange": True,
        },
        annotations=[
            {"x": x, "y": y, "text": name, "showarrow": False, "font": {"size": 16}}
            for name, x, y in corners
        ],
    )


def fit(
    x: torch.Tensor,
    p: torch.Tensor,
    forward: Sequence[FitStep],
    reverse: Sequence[FitStep],
    step: int,
) -> Spec:
    """p with two modes and one Gaussian fitted to it, by forward and by reverse KL.

    The axis has room for the highest q on the way, so that it stands still while the steps play.
    """
    spacing = float(x[1] - x[0])
    narrowest = min(item.std for item in (*forward, *reverse))
    peak = min(1 / spacing, 1 / (narrowest * math.sqrt(2 * math.pi)))
    top = 1.08 * max(float(p.max()) / spacing, peak)

    def line(name: str, q: torch.Tensor, color: str, dash: str) -> Spec:
        return {
            "type": "scatter",
            "mode": "lines",
            "name": name,
            "x": x,
            "y": q / spacing,
            "line": {"color": color, "width": 3, "dash": dash},
            "hoverinfo": "skip",
        }

    filled = line("p", p, "@p", "solid") | {"fill": "tozeroy", "opacity": 0.55}
    return figure(
        filled,
        line(_("q fitted by D(p‖q), forward KL"), forward[step].q, "@kept", "solid"),
        line(_("q fitted by D(q‖p), reverse KL"), reverse[step].q, "@q", "dash"),
        margin={"l": 60, "r": 16, "t": 10, "b": 48},
        xaxis=axis("x", range=[float(x[0]), float(x[-1])], fixedrange=True),
        yaxis=axis(_("density"), range=[0, top], fixedrange=True),
    )


def descent(forward: Sequence[FitStep], reverse: Sequence[FitStep], step: int) -> Spec:
    """The two losses going down, with the current step marked."""

    def line(name: str, steps: Sequence[FitStep], color: str, dash: str) -> Spec:
        return {
            "type": "scatter",
            "mode": "lines",
            "name": name,
            "y": [item.loss for item in steps],
            "line": {"color": color, "width": 3, "dash": dash},
            "hovertemplate": "%{x}: %{y:.3f}<extra></extra>",
        }

    return figure(
        line("D(p‖q)", forward, "@kept", "solid"),
        line("D(q‖p)", reverse, "@q", "dash"),
        margin={"l": 60, "r": 16, "t": 10, "b": 48},
        xaxis=axis(_("step"), range=[0, len(forward) - 1], fixedrange=True),
        yaxis=axis(_("loss, nats"), rangemode="tozero", fixedrange=True),
        shapes=[
            {
                "type": "line",
                "xref": "x",
                "yref": "paper",
                "x0": step,
                "x1": step,
                "y0": 0,
                "y1": 1,
                "line": {"color": "@muted", "dash": "dot"},
            }
        ],
    )


def loss(result: ClassifierLoss, classes: Sequence[str], selected: int) -> Spec:
    """A classifier's target and its softmax, class by class."""
    names = [escape(name) for name in classes]

    def bars(name: str, values: torch.Tensor, color: str) -> Spec:
        return {
            "type": "bar",
            "name": name,
            "x": names,
            "y": values,
            "text": [probability(float(v)) for v in values],
            "textposition": "outside",
            "cliponaxis": False,
            "marker": {
                "color": color,
                "line": {
                    "color": "@ink",
                    "width": [2 if i == selected else 0 for i in range(len(names))],
                },
            },
            "hovertemplate": "%{x}: %{y:.4f}<extra></extra>",
        }

    return figure(
        bars(_("target p"), result.target, "@p"),
        bars(_("softmax q"), result.probs, "@q"),
        margin={"l": label_margin(["0.00"]) + 20, "r": 16, "t": 16, "b": 40},
        xaxis=axis(fixedrange=True, showgrid=False),
        yaxis=axis(_("probability"), range=[0, 1.1], fixedrange=True),
    )
