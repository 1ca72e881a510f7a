"""A padded batch as a row of sheets, one per sentence: tokens down, features across."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor

from charts.i18n import _
from charts.theme import Spec, axis, figure
from core.normalization import MeansByLength, PaddedBatch

LIMIT = 6.0  # the color scale's end


def sheets(batch: PaddedBatch, group: Tensor, index: Sequence[int], kind: str) -> Spec:
    """Draw every value of a batch; the statistics group is outlined, the rest faint.

    Args:
        batch: The batch, (B, T, D).
        group: (B, T, D) bool, the values that are averaged together.
        index: (b, t, d) of the chosen value, which has a frame.
        kind: The norm: "batch", "layer" or "rms".
    """
    B, T, D = batch.x.shape
    x = torch.cat([torch.arange(D) + sentence * (D + 1) for sentence in range(B)]).float()
    across = torch.arange(B * (D + 1) - 1).float()
    left, top = index[0] * (D + 1) + index[2] - 0.5, index[1] - 0.5
    cells = {
        "type": "heatmap",
        "x": across,
        "y": torch.arange(T).float(),
        "colorscale": "@diverging",
        "zmin": -LIMIT,
        "zmax": LIMIT,
        "xgap": 2,
        "ygap": 2,
        "showscale": False,
    }
    values = batch.x.permute(1, 0, 2).reshape(T, B * D)
    return figure(
        cells | {"z": _sheets(batch.x), "opacity": 0.22, "hoverinfo": "none"},
        cells
        | {
            "z": _sheets(batch.x.masked_fill(~group, torch.nan)),
            "hoverinfo": "skip",
        },
        _padding(batch.real, D),
        {
            "type": "scatter",
            "mode": "text",
            "x": x.repeat(T),
            "y": torch.arange(T).float().repeat_interleave(B * D),
            "text": [f"{v:.1f}".replace("-", "−") for v in values.flatten().tolist()],
            "textfont": {"size": 13},
            "hoverinfo": "skip",
        },
        margin={"l": 44, "r": 4, "t": 30, "b": 44},
        xaxis=axis(
            _("feature"),
            range=[-0.6, B * (D + 1) - 1.4],
            tickvals=x.tolist(),
            ticktext=[str(f + 1) for _sentence in range(B) for f in range(D)],
            showgrid=False,
            zeroline=False,
            fixedrange=True,
        ),
        yaxis=axis(
            _("token"),
            range=[T - 0.4, -0.6],
            tickvals=list(range(T)),
            ticktext=[str(row + 1) for row in range(T)],
            showgrid=False,
            zeroline=False,
            fixedrange=True,
        ),
        shapes=[
            *_outlines(group, index, kind),
            {
                "type": "rect", "x0": left, "x1": left + 1, "y0": top, "y1": top + 1,
                "line": {"color": "@accent", "width": 4},
            }
        ],
        annotations=[
            {
                "text": _("sentence {n}").format(n=sentence + 1), "showarrow": False,
                "x": sentence * (D + 1) + (D - 1) / 2, "y": 1.0, "yref": "paper",
                "yanchor": "bottom", "font": {"size": 15},
            }
            for sentence in range(B)
        ],
    )  # fmt: skip


def cell_at(x: float, y: float, shape: Sequence[int]) -> tuple[int, int, int] | None:
    """Return (b, t, d) of the value at a place in the figure; None beside the sheets."""
    B, T, D = shape
    (b, d), t = divmod(round(x), D + 1), round(y)
    return (b, t, d) if 0 <= b < B and 0 <= t < T and d < D else None


def means(found: MeansByLength, now: int) -> Spec:
    """Draw the mean that normalizes the chosen value against the length of one sentence."""
    lines = (
        (_("BatchNorm, padding counted"), found.counted, "@q", "solid"),
        (_("BatchNorm, padding masked"), found.masked, "@p", "dash"),
        (_("LayerNorm"), found.layer, "@kept", "dot"),
    )
    every = torch.cat([values for _name, values, _color, _dash in lines])
    low, high = min(0.0, float(every.min())), max(0.0, float(every.max()))
    room = 0.1 * max(0.5, high - low)
    return figure(
        *(
            {
                "type": "scatter",
                "mode": "lines+markers",
                "name": name,
                "x": list(found.lengths),
                "y": values,
                "line": {"color": color, "width": 3, "dash": dash},
                "marker": {
                    "color": color,
                    "size": [13 if n == now else 5 for n in found.lengths],
                },
                "hovertemplate": f"{name}: %{{y:.3f}}<extra></extra>",
            }
            for name, values, color, dash in lines
        ),
        margin={"l": 62, "r": 12, "t": 12, "b": 46},
        xaxis=axis(
            _("length of sentence 1 in tokens"),
            range=[0.7, len(found.lengths) + 0.3],
            dtick=1,
            fixedrange=True,
        ),
        yaxis=axis(_("mean"), range=[low - room, high + room], fixedrange=True),
    )


def _sheets(x: Tensor) -> Tensor:
    """Lay (B, T, D) out as (T, B·(D + 1) − 1), with a gap between sentences."""
    B, T, D = x.shape
    spaced = torch.full((T, B, D + 1), torch.nan)
    spaced[..., :D] = x.transpose(0, 1)
    return spaced.flatten(1)[:, :-1]


def _outlines(group: Tensor, index: Sequence[int], kind: str) -> list[Spec]:
    """Outline the statistics group: one column per sentence, or the row of one token."""
    B, _T, D = group.shape
    boxes = []
    for b in range(B) if kind == "batch" else [index[0]]:
        tokens = int(group[b, :, index[2]].sum()) if kind == "batch" else 1
        first = 0 if kind == "batch" else index[1]
        left = b * (D + 1) + (index[2] if kind == "batch" else 0) - 0.5
        boxes.append(
            (left, left + (1 if kind == "batch" else D), first - 0.5, first + tokens - 0.5)
        )
    return [
        {
            "type": "rect", "x0": x0, "x1": x1, "y0": y0, "y1": y1,
            "line": {"color": "@ink", "width": 3},
        }
        for x0, x1, y0, y1 in boxes
    ]  # fmt: skip


def _padding(real: Tensor, D: int) -> Spec:
    """Hatch the padding, one rectangle per padded token."""
    xs: list[float | None] = []
    ys: list[float | None] = []
    for b, t in (~real).nonzero().tolist():
        left, right = b * (D + 1) - 0.5, b * (D + 1) + D - 0.5
        xs += [left, right, right, left, left, None]
        ys += [t - 0.5, t - 0.5, t + 0.5, t + 0.5, t - 0.5, None]
    return {
        "type": "scatter",
        "mode": "none",
        "x": xs or [None],
        "y": ys or [None],
        "fill": "toself",
        "fillcolor": "rgba(0,0,0,0)",
        "fillpattern": {
            "shape": "/", "fgcolor": "@removed", "size": 7, "solidity": 0.3,
            "bgcolor": "rgba(0,0,0,0)",
        },
        "hoverinfo": "skip",
        "showlegend": False,
    }  # fmt: skip
