"""A model's gates on one text: their distribution by layer, and the share of closed ones."""

from __future__ import annotations

from charts.i18n import _
from charts.theme import Spec, axis, figure
from core.activations import ACTIVATIONS, Curve
from core.activations.gate_map import GateMap


def gates(found: GateMap, threshold: int, layer: int) -> Spec:
    """Draw the histogram of each layer's gates as colors, and the share of closed gates beside it.

    Args:
        found: The model's gates.
        threshold: Index among `found.thresholds`.
        layer: The chosen layer, which gets a frame.
    """
    layers = len(found.share)
    closed = found.closed_by_layer(threshold)
    reach = float(found.edges[-1])
    median = found.statistics.quantile_levels.index(0.5)
    ys = list(range(layers))
    share = found.share.float()
    return figure(
        {
            "type": "heatmap",
            "x": found.centers.float(),
            "y": ys,
            "z": share,
            "zmin": 0,
            "zmax": float(share.max()),
            "colorscale": "@sequential",
            "showscale": False,
            "hovertemplate": _("layer %{y}, gate %{x:.2f}: %{z:.4~p}") + "<extra></extra>",
        },
        {
            "type": "scatter",
            "mode": "lines",
            "name": _("median"),
            "x": found.statistics.quantiles[:, median],
            "y": ys,
            "line": {"color": "@q", "width": 3},
            "hovertemplate": _("layer %{y}, median %{x:.2f}") + "<extra></extra>",
        },
        {
            "type": "bar",
            "orientation": "h",
            "x": closed,
            "y": ys,
            "xaxis": "x2",
            "width": 0.8,
            "name": _("closed gates"),
            "marker": {"color": "@raw"},
            "hovertemplate": _("layer %{y}: %{x:.4~p} closed") + "<extra></extra>",
        },
        margin={"l": 56, "r": 16, "t": 12, "b": 46},
        xaxis=axis(
            _("gate (before its activation)"),
            range=[-reach, reach],
            domain=[0, 0.66],
            fixedrange=True,
        ),
        xaxis2=axis(
            _("closed gates"),
            range=[0, 1],
            domain=[0.72, 1],
            tickformat=".0%",
            dtick=0.5,
            fixedrange=True,
        ),
        yaxis=axis(_("layer"), range=[layers - 0.5, -0.5], dtick=5, fixedrange=True),
        shapes=[
            {
                "type": "rect",
                "xref": "paper",
                "x0": 0,
                "x1": 1,
                "y0": layer - 0.5,
                "y1": layer + 0.5,
                "line": {"color": "@accent", "width": 2},
            }
        ],
    )


def layer_histogram(found: GateMap, layer: int, curve: Curve) -> Spec:
    """Draw the histogram of one layer's gates with the activation curve over it.

    Args:
        found: The model's gates.
        layer: The layer shown.
        curve: The model's activation over the histogram's range.
    """
    reach, top = float(found.edges[-1]), 1.1 * float(found.share.max())
    label = ACTIVATIONS[found.activation].label
    return figure(
        {
            "type": "bar",
            "name": _("gates"),
            "x": found.centers,
            "y": found.share[layer],
            "marker": {"color": "@raw"},
            "hovertemplate": "%{x:.2f}: %{y:.4~p}<extra></extra>",
        },
        {
            "type": "scatter",
            "mode": "lines",
            "name": label,
            "x": curve.x,
            "y": curve.value,
            "yaxis": "y2",
            "line": {"color": "@kept", "width": 3},
            "hovertemplate": f"{label}(%{{x:.2f}}) = %{{y:.3f}}<extra></extra>",
        },
        bargap=0,
        margin={"l": 62, "r": 52, "t": 8, "b": 46},
        xaxis=axis(_("gate (before its activation)"), range=[-reach, reach], fixedrange=True),
        yaxis=axis(
            _("share of the gates"),
            range=[-top / 12, top],
            tickformat=".0%",
            fixedrange=True,
        ),
        yaxis2=axis(
            label,
            overlaying="y",
            side="right",
            range=[-reach / 12, reach],  # its 0 is at the height of the histogram's 0
            tickmode="linear",
            dtick=2,
            showgrid=False,
            fixedrange=True,
        ),
    )
