"""q·k over positions and over distance."""

from __future__ import annotations

from torch import Tensor

from charts.i18n import _
from charts.theme import Spec, axis, figure, label_margin

DASHES = ("solid", "dash", "dot", "dashdot", "longdash", "longdashdot")


def line(name: str, x: Tensor, y: Tensor | list[float], color: str, **fields: object) -> Spec:
    """Return a named curve; `dash` and `width` style its line, other fields override the trace."""
    dash, width = fields.pop("dash", "solid"), fields.pop("width", 2.5)
    return {
        "type": "scatter",
        "mode": "lines",
        "name": name,
        "x": x,
        "y": y,
        "line": {"color": color, "dash": dash, "width": width},
        "hovertemplate": "%{x}: %{y:.3f}<extra></extra>",
    } | fields


def limits(*curves: Tensor) -> list[float]:
    """Return a y range that holds 0 and every finite value of the curves, with a margin."""
    finite = [curve[curve.isfinite()] for curve in curves]
    low = min([0.0, *(float(c.min()) for c in finite if len(c))])
    high = max([0.0, *(float(c.max()) for c in finite if len(c))])
    margin = 0.08 * (high - low) or 1.0
    return [low - margin, high + margin]


def by_distance(
    offsets: Tensor, scores: Tensor, term: Tensor, here: tuple[float, float], without: float
) -> Spec:
    """Draw q·k over the distance m - n, with the current distance marked.

    Args:
        offsets: (N,) distances m - n.
        scores: (N,) q·k at each.
        term: (N,) one pair's term of it.
        here: Current distance and score.
        without: q·k without positions.
    """
    return figure(
        line(_("one pair's term"), offsets, term, "@accent", dash="dot", width=2),
        line(_("without RoPE"), offsets[[0, -1]], _flat(without), "@removed", dash="dash", width=2),
        line("q·k", offsets, scores, "@kept", width=3),
        {
            "type": "scatter",
            "mode": "markers",
            "name": _("now"),
            "x": [here[0]],
            "y": [here[1]],
            "marker": {"color": "@ink", "size": 14, "line": {"color": "@paper", "width": 2}},
            "hovertemplate": "m − n = %{x}: %{y:.3f}<extra></extra>",
            "showlegend": False,
        },
        xaxis=axis(
            _("distance m − n, tokens"),
            range=[float(offsets[0]), float(offsets[-1])],
            fixedrange=True,
            zeroline=True,
        ),
        yaxis=axis("q·k", range=limits(scores, term), fixedrange=True, zeroline=True),
        margin={"l": label_margin(["−00.0"]) + 16, "r": 12, "t": 8, "b": 46},
    )


def _flat(value: float) -> list[float]:
    return [value, value]


def plane(scores: Tensor, start: int, here: tuple[int, int]) -> Spec:
    """Draw q·k for every pair of positions: stripes of constant m - n, whatever the start.

    Args:
        scores: (T, T); rows are the query's positions, columns the key's.
        start: First position.
        here: Current (m, n).
    """
    end = max(float(scores.abs().max()), 1e-6)
    return figure(
        {
            "type": "heatmap",
            "z": scores.float(),
            "x0": start,
            "y0": start,
            "dx": 1,
            "dy": 1,
            "zmin": -end,
            "zmax": end,
            "colorscale": "@diverging",
            "colorbar": {
                "thickness": 8,
                "len": 0.8,
                "title": {"text": "q·k", "font": {"size": 13}},
            },
            "hovertemplate": "m = %{y}, n = %{x}: %{z:.3f}<extra></extra>",
        },
        {
            "type": "scatter",
            "mode": "markers",
            "x": [here[1]],
            "y": [here[0]],
            "marker": {"color": "@ink", "size": 14, "line": {"color": "@paper", "width": 2}},
            "hovertemplate": "m = %{y}, n = %{x}<extra></extra>",
        },
        xaxis=axis(
            _("n, the key's position"),
            range=[start - 0.5, start + len(scores) - 0.5],
            tickformat="d",
            fixedrange=True,
            constrain="domain",
            showgrid=False,
            zeroline=False,
        ),
        yaxis=axis(
            _("m, the query's position"),
            range=[start + len(scores) - 0.5, start - 0.5],
            tickformat="d",
            fixedrange=True,
            showgrid=False,
            scaleanchor="x",
            constrain="domain",
            zeroline=False,
        ),
        margin={"l": label_margin([str(start + len(scores))]) + 16, "r": 8, "t": 8, "b": 46},
    )
