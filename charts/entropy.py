"""Figures of the entropy page: the identity as bars, pointwise terms, curves, landscapes."""

from __future__ import annotations

import math
from collections.abc import Sequence
from functools import lru_cache

import numpy as np
import torch

from charts.format import number
from charts.i18n import _
from charts.theme import Spec, axis, escape, figure, label_margin
from core.information import ClassifierLoss, Comparison, FitStep, KLLandscape

ROWS, COLUMNS = 87, 101  # of a simplex's raster: its height is √3/2 of its side


def unit(base: float) -> str:
    """What logarithms to this base are counted in."""
    return _("bits") if base == 2.0 else _("nats")


def _bar(name: str, y: str, length: float, colour: str) -> Spec:
    return {
        "type": "bar",
        "orientation": "h",
        "name": name,
        "x": [length],
        "y": [y],
        "width": 0.62,
        "marker": {"color": colour},
        "text": [f"{escape(name)} {number(length)}"],
        "textposition": "inside",
        "insidetextanchor": "middle",
        "constraintext": "inside",
        "hovertemplate": f"{escape(name)}: %{{x:.4f}}<extra></extra>",
        "showlegend": False,
    }


def identity(result: Comparison) -> Spec:
    """H(p) + D(p‖q) = H(p,q) as bars of equal length, in both directions.

    An infinite divergence has no length: its bar ends in "∞" at the figure's edge.
    """
    rows = [
        ("H(q,p)", "H(q)", result.entropy_q, "D(q‖p)", result.reverse_kl, "@q"),
        ("H(p,q)", "H(p)", result.entropy_p, "D(p‖q)", result.kl, "@p"),
    ]
    finite = [h + d for _whole, _h, h, _d, d, _c in rows if math.isfinite(d)]
    most = 1.75 * max([*finite, result.entropy_p, result.entropy_q, 0.5])
    traces, notes = [], []
    for whole, h_name, h, d_name, d, colour in rows:
        traces.append(_bar(h_name, whole, h, colour))
        length = d if math.isfinite(d) else most - h
        trace = _bar(d_name, whole, length, "@accent") | {"textposition": "none"}
        if not math.isfinite(d):
            trace |= {
                "hovertemplate": f"{d_name} = ∞<extra></extra>",
                "marker": {"color": "@accent", "pattern": {"shape": "/"}},
            }
        traces.append(trace)
        told = f"  + {d_name} {number(d)} = {number(h + d)}"
        notes.append(
            {
                "x": min(h + length, most),
                "y": whole,
                "text": told,
                "showarrow": False,
                "xanchor": "left" if math.isfinite(d) else "right",
                "yshift": 0 if math.isfinite(d) else 34,
                "font": {"size": 15},
            }
        )
    return figure(
        *traces,
        barmode="stack",
        annotations=notes,
        margin={"l": 70, "r": 16, "t": 10, "b": 44},
        xaxis=axis(unit(result.base), range=[0, most], fixedrange=True),
        yaxis=axis(fixedrange=True, showgrid=False),
    )


def pointwise(result: Comparison, outcomes: Sequence[str]) -> Spec:
    """The terms p·log(p/q) outcome by outcome: their sum is D(p‖q), and some are negative."""
    terms = result.pointwise.tolist()
    finite = [value for value in terms if math.isfinite(value)]
    most = max([abs(value) for value in finite] + [0.25]) * 1.3
    heights = [value if math.isfinite(value) else most for value in terms]
    labels = [escape(name) for name in outcomes]
    return figure(
        {
            "type": "bar",
            "x": list(range(len(labels))),
            "y": heights,
            "marker": {
                "color": ["@positive" if value >= 0 else "@negative" for value in terms],
            },
            "text": [number(value, 2) for value in terms],
            "textposition": "outside",
            "cliponaxis": False,
            "customdata": [number(value, 4) for value in terms],
            "hovertext": labels,
            "hovertemplate": "%{hovertext}: %{customdata}<extra></extra>",
        },
        margin={"l": 60, "r": 16, "t": 16, "b": 40},
        xaxis=axis(
            tickvals=list(range(len(labels))), ticktext=labels, fixedrange=True, showgrid=False
        ),
        yaxis=axis(
            f"p·log(p/q), {unit(result.base)}",
            range=[-most, most],
            zeroline=True,
            zerolinecolor="@muted",
            fixedrange=True,
        ),
    )


def pair(outcomes: Sequence[str], p: Sequence[float], q: Sequence[float]) -> Spec:
    """Two distributions over the same outcomes as bars side by side (not to be dragged)."""
    labels = [escape(name) for name in outcomes]
    places = list(range(len(labels)))

    def bars(name: str, values: Sequence[float], colour: str) -> Spec:
        return {
            "type": "bar",
            "name": name,
            "x": places,
            "y": list(values),
            "marker": {"color": colour},
            "hovertext": labels,
            "hovertemplate": "%{hovertext}: %{y:.4f}<extra></extra>",
        }

    return figure(
        bars("p", p, "@p"),
        bars("q", q, "@q"),
        margin={"l": 60, "r": 16, "t": 10, "b": 60},
        xaxis=axis(tickvals=places, ticktext=labels, tickangle=0, fixedrange=True, showgrid=False),
        yaxis=axis(_("probability"), range=[0, 1], fixedrange=True),
    )


def binary_curve(curve: tuple[torch.Tensor, torch.Tensor], p: float, height: float) -> Spec:
    """The entropy of a coin over its bias, with the current coin on it."""
    xs, ys = curve
    return figure(
        {"type": "scatter", "mode": "lines", "x": xs, "y": ys, "line": {"color": "@p", "width": 3}},
        {
            "type": "scatter",
            "mode": "markers+text",
            "x": [p],
            "y": [height],
            "text": [f"H = {number(height)}"],
            "textposition": "top center" if height < 0.9 else "bottom center",
            "textfont": {"size": 16},
            "marker": {"color": "@q", "size": 15},
            "hovertemplate": "p = %{x:.3f}, H = %{y:.4f}<extra></extra>",
        },
        margin={"l": 60, "r": 20, "t": 20, "b": 48},
        xaxis=axis(_("p, probability of heads"), range=[0, 1], fixedrange=True),
        yaxis=axis(_("H(p), bits"), range=[0, 1.12], fixedrange=True),
    )


@lru_cache(maxsize=4)
def _raster(steps: int) -> np.ndarray:
    """For each pixel of an upright triangle, the nearest point of `simplex_grid`; -1 outside."""
    x, y = np.meshgrid(np.linspace(0, 1, COLUMNS), np.linspace(0, math.sqrt(3) / 2, ROWS))
    c = y / (math.sqrt(3) / 2)
    b = x - c / 2
    a = 1 - b - c
    inside = (a > -1e-9) & (b > -1e-9)
    i = np.rint(np.clip(a, 0, 1) * steps).astype(int)
    j = np.minimum(np.rint(np.clip(b, 0, 1) * steps).astype(int), steps - i)
    # Row i of the grid begins after rows of steps + 1, steps, … points.
    index = i * (steps + 1) - i * (i - 1) // 2 + j
    return np.where(inside, index, -1)


def _steps_of(points: int) -> int:
    return int((math.sqrt(8 * points + 1) - 3) / 2)


def simplex(
    landscape: KLLandscape,
    values: torch.Tensor,
    q: Sequence[float],
    title: str,
    most: float,
    *,
    scale: bool = True,
) -> Spec:
    """KL from (or to) p over all distributions q on three outcomes, as a triangle of colours.

    Args:
        landscape: from `kl_landscape`.
        values: its `forward` or `reverse`.
        q: (3,) the current q, drawn as a point.
        title: What the colours are.
        most: Where the colour scale ends; beyond, and at ∞, it stays at its end.
        scale: Whether the colour scale stands beside it (two triangles share one).
    """
    index = _raster(_steps_of(len(landscape.points)))
    z = np.minimum(values.numpy(), most).astype(np.float32)[index]
    z[index < 0] = np.nan
    root = math.sqrt(3) / 2

    def place(point: Sequence[float]) -> tuple[float, float]:
        return point[1] + point[2] / 2, point[2] * root

    def dot(name: str, point: Sequence[float], colour: str, position: str) -> Spec:
        x, y = place(point)
        return {
            "type": "scatter",
            "mode": "markers+text",
            "name": name,
            "x": [x],
            "y": [y],
            "text": [name],
            "textposition": position,
            "textfont": {"size": 17, "color": "@ink"},
            "marker": {"color": colour, "size": 13, "line": {"color": "@paper", "width": 2}},
            "hoverinfo": "skip",
            "showlegend": False,
        }

    corners = [("A", -0.03, -0.045), ("B", 1.03, -0.045), ("C", 0.5, root + 0.05)]
    return figure(
        {
            "type": "heatmap",
            "z": z,
            "x0": 0,
            "dx": 1 / (COLUMNS - 1),
            "y0": 0,
            "dy": root / (ROWS - 1),
            "zmin": 0,
            "zmax": most,
            "colorscale": "@sequential",
            "showscale": scale,
            "colorbar": {"title": {"text": _("bits")}, "thickness": 12, "len": 0.8},
            "hovertemplate": f"{title}: %{{z:.3f}}<extra></extra>",
        },
        dot("p", landscape.p.tolist(), "@p", "top center"),
        dot("q", q, "@q", "bottom center"),
        margin={"l": 10, "r": 10, "t": 34, "b": 10},
        title={"text": title, "font": {"size": 17}, "x": 0.45, "y": 0.97},
        xaxis={"visible": False, "range": [-0.1, 1.1], "fixedrange": True},
        yaxis={
            "visible": False,
            "range": [-0.1, root + 0.1],
            "scaleanchor": "x",
            "fixedrange": True,
        },
        annotations=[
            {"x": x, "y": y, "text": name, "showarrow": False, "font": {"size": 16}}
            for name, x, y in corners
        ],
    )


def fit(x: torch.Tensor, p: torch.Tensor, forward: FitStep, reverse: FitStep) -> Spec:
    """p with two modes and one Gaussian fitted to it, by forward and by reverse KL."""
    spacing = float(x[1] - x[0])
    top = 1.9 * float(p.max()) / spacing

    def line(name: str, q: torch.Tensor, colour: str, dash: str) -> Spec:
        return {
            "type": "scatter",
            "mode": "lines",
            "name": name,
            "x": x,
            "y": q / spacing,
            "line": {"color": colour, "width": 3, "dash": dash},
            "hoverinfo": "skip",
        }

    filled = line("p", p, "@p", "solid") | {"fill": "tozeroy", "opacity": 0.55}
    return figure(
        filled,
        line(_("q by D(p‖q): covers"), forward.q, "@kept", "solid"),
        line(_("q by D(q‖p): seeks"), reverse.q, "@q", "dash"),
        margin={"l": 60, "r": 16, "t": 10, "b": 48},
        xaxis=axis("x", range=[float(x[0]), float(x[-1])], fixedrange=True),
        yaxis=axis(_("density"), range=[0, top], fixedrange=True),
    )


def descent(forward: Sequence[FitStep], reverse: Sequence[FitStep], step: int) -> Spec:
    """The two losses going down, with the current step marked."""

    def line(name: str, steps: Sequence[FitStep], colour: str, dash: str) -> Spec:
        return {
            "type": "scatter",
            "mode": "lines",
            "name": name,
            "y": [item.loss for item in steps],
            "line": {"color": colour, "width": 3, "dash": dash},
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


def loss(result: ClassifierLoss, classes: Sequence[str]) -> Spec:
    """A classifier's target and its softmax, class by class."""
    names = [escape(name) for name in classes]

    def bars(name: str, values: torch.Tensor, colour: str) -> Spec:
        return {
            "type": "bar",
            "name": name,
            "x": names,
            "y": values,
            "text": [number(float(v), 3) for v in values],
            "textposition": "outside",
            "cliponaxis": False,
            "marker": {"color": colour},
            "hovertemplate": "%{x}: %{y:.4f}<extra></extra>",
        }

    return figure(
        bars(_("target p"), result.target, "@p"),
        bars(_("softmax q"), result.probs, "@q"),
        margin={"l": label_margin(["0.00"]) + 20, "r": 16, "t": 16, "b": 40},
        xaxis=axis(fixedrange=True, showgrid=False),
        yaxis=axis(_("probability"), range=[0, 1.1], fixedrange=True),
    )
