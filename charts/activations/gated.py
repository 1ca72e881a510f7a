"""A gated unit over gate and value: as a heatmap, as a surface, and as a slice at one value."""

from __future__ import annotations

import math

import torch

from charts.activations.curves import cursor
from charts.format import number
from charts.i18n import _
from charts.theme import Spec, axis, figure
from core.activations import GluSurface

LEVELS = (-4.0, -2.0, -1.0, -0.5, 0.5, 1.0, 2.0, 4.0)  # outputs with a line
LIMIT = 4.5  # ends of the color scale; outputs beyond it, in the corners, get its end colors
# A literal color, visible in both modes: color tokens are not resolved under a key "x".
WIRE: Spec = {"show": True, "color": "#868f9c", "width": 1, "start": -4, "end": 4, "size": 1}
COLORBAR: Spec = {"thickness": 12, "len": 0.8, "dtick": 2, "tickfont": {"size": 12}}


def plane(surface: GluSurface, gate: float, value: float, output: float) -> Spec:
    """Draw the unit's output as colors with lines of equal output; 0 has the background color.

    Args:
        surface: The unit on a grid.
        gate: The point's place on the x axis.
        value: Its place on the y axis.
        output: The unit's output there.
    """
    colors = {
        "type": "heatmap",
        "x": surface.gates.float(),
        "y": surface.values.float(),
        "z": surface.output.T.float(),
        "zmin": -LIMIT,
        "zmax": LIMIT,
        "zsmooth": "fast",  # the browser scales a small image; contours cost twice as much
        "colorscale": "@diverging",
        "colorbar": COLORBAR | {"title": {"text": _("output"), "font": {"size": 13}}},
        "hovertemplate": _("gate %{x:.2f}, value %{y:.2f}: %{z:.3f}") + "<extra></extra>",
    }
    levels = torch.stack([surface.level(level) for level in LEVELS])
    levels = levels.masked_fill(levels.abs() > 50, math.nan)  # leaves the axes through a gap
    gap = torch.full((len(LEVELS), 1), math.nan)
    lines = {
        "type": "scatter",
        "mode": "lines",
        "x": torch.cat((surface.gates.float().expand(len(LEVELS), -1), gap), dim=1).flatten(),
        "y": torch.cat((levels.float(), gap), dim=1).flatten(),
        "line": {"color": "@muted", "width": 1, "simplify": False},
        "hoverinfo": "skip",
        "showlegend": False,
    }
    point = {
        "type": "scatter",
        "mode": "markers+text",
        "x": [gate],
        "y": [value],
        "text": [number(output)],
        "textposition": "bottom center" if value > 0 else "top center",
        "textfont": {"size": 16, "color": "@ink"},
        "marker": {"color": "@q", "size": 15, "line": {"color": "@paper", "width": 2}},
        "hoverinfo": "skip",
    }
    across, up = surface.gates, surface.values
    return figure(
        colors,
        lines,
        point,
        margin={"l": 62, "r": 16, "t": 12, "b": 46},
        xaxis=axis(
            _("gate g (before its activation)"),
            range=[float(across[0]), float(across[-1])],
            fixedrange=True,
        ),
        yaxis=axis(_("value v"), range=[float(up[0]), float(up[-1])], fixedrange=True),
    )


def surface(grid: GluSurface, gate: float, value: float, output: float) -> Spec:
    """Draw the output as a surface; the camera stays in place while controls change."""

    def named(title: str, **fields: object) -> Spec:
        ink = {"gridcolor": "@grid", "zerolinecolor": "@muted", "showbackground": False}
        return axis(title, **fields) | ink | {"tickfont": {"color": "@ink"}}

    return figure(
        {
            "type": "surface",
            "x": grid.gates.float(),
            "y": grid.values.float(),
            "z": grid.output.T.float(),
            "cmin": -LIMIT,
            "cmax": LIMIT,
            "colorscale": "@diverging",
            "showscale": False,  # the z axis shows the same
            "contours": {"x": WIRE, "y": WIRE},
            "hovertemplate": _("gate %{x:.2f}, value %{y:.2f}: %{z:.3f}") + "<extra></extra>",
        },
        {
            "type": "scatter3d",
            "mode": "markers",
            "x": [gate],
            "y": [value],
            "z": [output],
            "marker": {"color": "@q", "size": 7},
            "hoverinfo": "skip",
        },
        margin={"l": 0, "r": 0, "t": 0, "b": 0},
        scene={
            "xaxis": named(_("gate")),
            "yaxis": named(_("value")),
            "zaxis": named(_("output"), range=[-17, 17]),
            "aspectmode": "manual",
            "aspectratio": {"x": 1, "y": 1, "z": 1.1},
            # A little off center, so that the labels on the left have room.
            "camera": {
                "eye": {"x": -2.55, "y": -2.45, "z": 1.15},
                "center": {"x": -0.06, "y": 0.06, "z": -0.1},
            },
        },
    )


def gate_slice(line: GluSurface, gate: float, output: float) -> Spec:
    """Draw the output over the gate at one value, and f(gate) for comparison.

    Args:
        line: The unit over a line of gates, at one value.
        gate: The point's gate.
        output: The unit's output there.
    """
    ends = [float(line.gates[0]), float(line.gates[-1])]

    def curve(name: str, y: object, color: str, dash: str) -> Spec:
        return {
            "type": "scatter",
            "mode": "lines",
            "name": name,
            "x": line.gates,
            "y": y,
            "line": {"color": color, "width": 3, "dash": dash},
            "hovertemplate": "%{x:.2f}: %{y:.3f}<extra></extra>",
        }

    return figure(
        curve("f(g)", line.gate_open, "@p", "dash"),
        curve(_("value · f(g)"), line.output[:, 0], "@q", "solid"),
        {
            "type": "scatter",
            "mode": "markers",
            "x": [gate],
            "y": [output],
            "marker": {"color": "@q", "size": 13, "line": {"color": "@paper", "width": 2}},
            "hoverinfo": "skip",
            "showlegend": False,
        },
        margin={"l": 50, "r": 12, "t": 8, "b": 44},
        xaxis=axis(_("gate g"), range=ends, fixedrange=True),
        yaxis=axis(_("output"), range=[-16.5, 16.5], zerolinecolor="@muted", fixedrange=True),
        shapes=[cursor(gate)],
    )
