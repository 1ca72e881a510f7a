"""Activation curves with a cursor that reads all of them; GELU's two forms."""

from __future__ import annotations

from collections.abc import Sequence

from charts.i18n import _
from charts.theme import Spec, axis, figure
from core.activations import Curve, GeluError

#: Color and dash of each activation, whichever others are shown.
STYLES: dict[str, tuple[str, str]] = {
    "sigmoid": ("@negative", "solid"),
    "tanh": ("@warn", "solid"),
    "relu": ("@p", "solid"),
    "leaky_relu": ("@p", "dot"),
    "elu": ("@raw", "solid"),
    "softplus": ("@muted", "dash"),
    "gelu": ("@q", "solid"),
    "gelu_tanh": ("@ink", "dot"),
    "silu": ("@kept", "solid"),
    "mish": ("@accent", "dashdot"),
    "swish": ("@accent", "solid"),
    "half": ("@removed", "dash"),
}
VALUES = (-1.3, 4.3)
DERIVATIVES = (-0.25, 1.25)


def style(name: str) -> Spec:
    """Return the line style of an activation."""
    color, dash = STYLES[name]
    return {"color": color, "dash": dash, "width": 3, "simplify": False}


def curves(lines: Sequence[Curve], at: Sequence[Curve], derivative: bool) -> Spec:
    """Draw curves over one another, their derivatives below, and a cursor through all of them.

    Args:
        lines: All over the same x.
        at: The same activations at the cursor.
        derivative: Whether to draw the derivatives too.
    """
    traces = [_line(line, line.value, "y") for line in lines]
    traces.append(_dots(at, [float(here.value[0]) for here in at], "y"))
    if derivative:
        traces += [_line(line, line.derivative, "y2") | {"showlegend": False} for line in lines]
        traces.append(_dots(at, [float(here.derivative[0]) for here in at], "y2"))
    x = lines[0].x if lines else None
    ends = [-5.0, 5.0] if x is None else [float(x[0]), float(x[-1])]
    layout = _panels(ends, derivative, VALUES, DERIVATIVES, "f(x)", "f′(x)")
    where = float(at[0].x[0]) if at else 0.0
    return figure(*traces, **layout, shapes=[cursor(where)])


def gelu_forms(error: GeluError, at: GeluError) -> Spec:
    """Draw GELU and its tanh form, which look alike, and their difference below.

    Args:
        error: Over the x axis.
        at: The same at the cursor.
    """
    names = {"gelu": _("exact, x·Φ(x)"), "gelu_tanh": _("tanh form")}
    scale = 1e4
    forms = [
        {
            "type": "scatter",
            "mode": "lines",
            "name": names[name],
            "x": error.x,
            "y": values,
            "line": style(name),
            "hovertemplate": "%{x:.2f}: %{y:.5f}<extra></extra>",
        }
        for name, values in (("gelu", error.exact), ("gelu_tanh", error.approximate))
    ]
    difference = {
        "type": "scatter",
        "mode": "lines",
        "name": _("difference"),
        "x": error.x,
        "y": error.error * scale,
        "yaxis": "y2",
        "line": {"color": "@negative", "width": 3},
        "hovertemplate": "%{x:.2f}: %{y:.2f}·10⁻⁴<extra></extra>",
    }
    x = float(at.x[0])
    dots = {
        "type": "scatter",
        "mode": "markers",
        "x": [x, x],
        "y": [float(at.exact[0]), float(at.approximate[0])],
        "marker": _marker(["@q", "@ink"]),
        "hoverinfo": "skip",
        "showlegend": False,
    }
    low = dots | {
        "x": [x],
        "y": [float(at.error[0]) * scale],
        "yaxis": "y2",
        "marker": _marker(["@negative"]),
    }
    ends = [float(error.x[0]), float(error.x[-1])]
    layout = _panels(ends, True, VALUES, (-6, 6), "GELU(x)", _("difference, 10⁻⁴"))
    return figure(*forms, difference, dots, low, **layout, shapes=[cursor(x)])


def cursor(x: float) -> Spec:
    """Return the vertical line of the cursor."""
    return {
        "type": "line",
        "xref": "x",
        "yref": "paper",
        "x0": x,
        "x1": x,
        "y0": 0,
        "y1": 1,
        "line": {"color": "@muted", "width": 1.5, "dash": "dot"},
    }


def _line(line: Curve, values: object, yaxis: str) -> Spec:
    return {
        "type": "scatter",
        "mode": "lines",
        "name": line.label,
        "x": line.x,
        "y": values,
        "yaxis": yaxis,
        "line": style(line.name),
        "hovertemplate": f"{line.label}(%{{x:.2f}}): %{{y:.4f}}<extra></extra>",
    }


def _dots(at: Sequence[Curve], values: list[float], yaxis: str) -> Spec:
    return {
        "type": "scatter",
        "mode": "markers",
        "x": [float(here.x[0]) for here in at],
        "y": values,
        "yaxis": yaxis,
        "marker": _marker([STYLES[here.name][0] for here in at]),
        "hoverinfo": "skip",
        "showlegend": False,
    }


def _marker(colors: list[str]) -> Spec:
    return {"color": colors, "size": 12, "line": {"color": "@paper", "width": 2}}


def _panels(
    ends: list[float],
    both: bool,
    upper: tuple[float, float],
    lower: tuple[float, float],
    upper_name: str,
    lower_name: str,
) -> Spec:
    """Return the layout of one panel, or of two that share their x axis."""
    zero = {"zeroline": True, "zerolinecolor": "@muted", "fixedrange": True}
    layout = {
        "margin": {"l": 62, "r": 16, "t": 12, "b": 46},
        "xaxis": axis("x", range=ends, **zero) | ({"anchor": "y2"} if both else {}),
        "yaxis": axis(upper_name, range=list(upper), **zero),
    }
    if both:
        layout["yaxis"]["domain"] = [0.44, 1.0]
        layout["yaxis2"] = axis(lower_name, range=list(lower), domain=[0.0, 0.36], **zero)
    return layout
