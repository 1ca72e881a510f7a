"""The rotation: one pair as an arrow, all pairs as clocks, the matrix."""

from __future__ import annotations

import math

import torch
from torch import Tensor

from charts.format import number
from charts.i18n import _
from charts.theme import Spec, axis, figure
from core.positions import PairClocks

_CIRCLE = torch.linspace(0, 2 * math.pi, 49)
_GAP = torch.tensor([math.nan])


def _circle() -> Spec:
    return {
        "type": "scatter",
        "mode": "lines",
        "x": _CIRCLE.cos(),
        "y": _CIRCLE.sin(),
        "line": {"color": "@removed", "width": 1.5},
        "hoverinfo": "skip",
        "showlegend": False,
    }


def _arrow(name: str, x: float, y: float, color: str, dash: str = "solid") -> Spec:
    faint = dash != "solid"
    return {
        "type": "scatter",
        "mode": "lines+markers",
        "name": name,
        "x": [0.0, x],
        "y": [0.0, y],
        "line": {"color": color, "width": 2 if faint else 4, "dash": dash},
        "marker": {
            "symbol": ["circle", "arrow"],
            "angleref": "previous",
            "size": [1, 12 if faint else 18],
            "color": color,
            "opacity": 1,
            "line": {"width": 0},
        },
        "hovertemplate": f"{name}: (%{{x:.3f}}, %{{y:.3f}})<extra></extra>",
    }


def pair_plane(reach: float, pair: int, vector: str = "") -> Spec:
    """Return the layout of a plane whose axes are the two components of one pair.

    Args:
        reach: The axes go from -reach to reach.
        pair: Index of the pair.
        vector: "q" or "k", if the figure shows only one vector.
    """
    step = reach_step(reach)
    frame = {"range": [-reach, reach], "fixedrange": True, "zeroline": True, "dtick": step}
    first = _("first component of pair {i}").format(i=pair)
    title = f"{vector}: {first}" if vector else first
    return {
        "xaxis": axis(title, constrain="domain", **frame),
        "yaxis": axis(_("second component"), scaleanchor="x", constrain="domain", **frame),
        "margin": {"l": 52, "r": 8, "t": 8, "b": 46},
    }


def reach_step(reach: float) -> float:
    """Return the tick distance for an axis from -reach to reach with about four ticks.

    >>> reach_step(1.25), reach_step(3.0)
    (0.5, 1.0)
    """
    power = 10.0 ** math.floor(math.log10(reach / 2))
    return next(step * power for step in (5, 2, 1) if step * power <= reach / 2 + 1e-9)


def arrow(cos: Tensor, sin: Tensor, pair: int, *, completed: bool) -> Spec:
    """Draw a pair that started at (1, 0), rotated, with a trail of its earlier positions.

    Args:
        cos: (N,) cosines of the pair's angle at N positions, the current one last.
        sin: (N,) sines.
        pair: Index of the pair.
        completed: Whether it has completed at least one turn, which sets its color.
    """
    trail = max(len(cos) - 1, 1)
    return figure(
        _circle(),
        {
            "type": "scatter",
            "mode": "markers",
            "name": _("earlier positions"),
            "showlegend": False,
            "x": cos[:-1],
            "y": sin[:-1],
            "marker": {
                "color": _color(completed),
                "size": 9,
                "opacity": [0.1 + 0.7 * (i + 1) / trail for i in range(len(cos) - 1)],
            },
            "hovertemplate": "(%{x:.3f}, %{y:.3f})<extra></extra>",
        },
        _arrow(_("at position 0"), 1.0, 0.0, "@removed", "dot"),
        _arrow(_("now"), float(cos[-1]), float(sin[-1]), _color(completed)),
        **pair_plane(1.25, pair),
    )


def two_arrows(before: tuple[Tensor, Tensor], after: tuple[Tensor, Tensor], pair: int) -> Spec:
    """Draw one pair of a query and of a key, before (dotted) and after rotation.

    Args:
        before: (2,) the query's pair and (2,) the key's pair, not rotated.
        after: The same, rotated.
        pair: Index of the pair.
    """
    longest = max(float(arrow.norm()) for arrow in (*before, *after))
    reach = max(1.25 * longest, 0.5)
    traces = []
    for name, color, start, end in (
        ("q", "@p", before[0], after[0]),
        ("k", "@q", before[1], after[1]),
    ):
        x, y = (float(value) for value in start)
        start_name = _("{name} not rotated").format(name=name)
        traces.append(_arrow(start_name, x, y, color, "dot") | {"showlegend": name == "q"})
        x, y = (float(value) for value in end)
        traces.append(_arrow(_("{name} rotated").format(name=name), x, y, color))
    return figure(*traces, **pair_plane(reach, pair))


def _color(completed: bool) -> str:
    """A pair's color, as in `waves`: by whether it completes at least one turn."""
    return "@p" if completed else "@q"


def clocks(result: PairClocks, cos: Tensor, sin: Tensor, position: int, chosen: int) -> Spec:
    """Draw every pair as a clock, from fast to slow.

    The points of the last trace are the clocks; a click on point i is a click on pair i.

    Args:
        result: Wavelengths of the P pairs.
        cos: (P,) cosine of each pair's angle at `position`.
        sin: (P,) sines.
        position: The token's position; the color shows which pairs have completed a turn.
        chosen: The selected pair.
    """
    pairs = len(cos)
    wide = max(2, math.ceil(math.sqrt(pairs)))  # clocks in a row
    places = torch.arange(pairs)
    across, down = (places % wide).float(), -1.4 * (places // wide).float()
    radius = 0.42
    rim = torch.cat((_CIRCLE, _GAP))
    faces_x = (across[:, None] + radius * rim.cos()).flatten()
    faces_y = (down[:, None] + radius * rim.sin()).flatten()
    completed = position > result.wavelengths
    hands = []
    for name, done, which in (
        (_("less than one turn"), False, ~completed),
        (_("at least one turn"), True, completed),
    ):
        x, y = across[which], down[which]
        gap = torch.full_like(x, math.nan)
        hands.append(
            {
                "type": "scatter",
                "mode": "lines",
                "name": name,
                "x": torch.stack((x, x + radius * cos[which].float(), gap), -1).flatten(),
                "y": torch.stack((y, y + radius * sin[which].float(), gap), -1).flatten(),
                "line": {"color": _color(done), "width": 3.5},
                "hoverinfo": "skip",
            }
        )
    center = float(across[chosen]), float(down[chosen])
    return figure(
        {
            "type": "scatter",
            "mode": "lines",
            "x": faces_x,
            "y": faces_y,
            "line": {"color": "@grid", "width": 1.5},
            "hoverinfo": "skip",
            "showlegend": False,
        },
        {
            "type": "scatter",
            "mode": "lines",
            "name": _("pair {i}").format(i=chosen),
            "x": center[0] + 1.1 * radius * _CIRCLE.cos(),
            "y": center[1] + 1.1 * radius * _CIRCLE.sin(),
            "line": {"color": "@accent", "width": 3},
            "hoverinfo": "skip",
        },
        *hands,
        {
            "type": "scatter",
            "mode": "markers+text",
            "x": across,
            "y": down - 0.66,
            "text": [number(w) for w in result.wavelengths.tolist()],
            "textposition": "middle center",
            "textfont": {"size": 12, "color": "@muted"},
            "marker": {"size": 26, "opacity": 0},
            "customdata": [[i, number(w)] for i, w in enumerate(result.wavelengths.tolist())],
            "hovertemplate": _("pair %{customdata[0]}: one turn in %{customdata[1]} tokens")
            + "<extra></extra>",
            "showlegend": False,
        },
        xaxis=axis(
            _("under each pair: its wavelength, in tokens"),
            range=[-0.55, wide - 0.45],
            showticklabels=False,
            showgrid=False,
            showline=False,
            zeroline=False,
            ticks="",
            fixedrange=True,
        ),
        yaxis={
            "visible": False,
            "fixedrange": True,
            "range": [float(down[-1]) - 0.85, 0.55],
            "scaleanchor": "x",
        },
        margin={"l": 4, "r": 4, "t": 8, "b": 28},
    )


def matrix(rotation: Tensor, chosen: int) -> Spec:
    """Draw the rotation as a (2P, 2P) matrix of 2 × 2 blocks on the diagonal."""
    size = len(rotation)
    spec: Spec = {
        "type": "heatmap",
        "z": rotation.float(),
        "zmin": -1,
        "zmax": 1,
        "colorscale": "@diverging",
        "xgap": 1 if size <= 16 else 0,
        "ygap": 1 if size <= 16 else 0,
        "colorbar": {"thickness": 10, "len": 0.7, "tickvals": [-1, 0, 1]},
        "hovertemplate": _("row %{y}, column %{x}: %{z:.4f}") + "<extra></extra>",
    }
    if size <= 8:
        spec["texttemplate"] = "%{z:.2f}"
    low = 2 * chosen - 0.5
    return figure(
        spec,
        xaxis=axis(
            _("component before rotation"), fixedrange=True, showgrid=False, zeroline=False,
            constrain="domain",
        ),
        yaxis=axis(
            _("component after rotation"), autorange="reversed", fixedrange=True, showgrid=False,
            scaleanchor="x", constrain="domain", zeroline=False,
        ),
        shapes=[
            {
                "type": "rect", "x0": low, "x1": low + 2, "y0": low, "y1": low + 2,
                "line": {"color": "@accent", "width": 3},
            }
        ],
        margin={"l": 48, "r": 8, "t": 8, "b": 46},
    )  # fmt: skip
