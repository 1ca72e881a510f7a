"""The live training: the expert with the largest gate in the plane, loads, and losses."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor

from charts.format import number, probability
from charts.i18n import _
from charts.moe.borders import borders
from charts.moe.experts import badges, color, name, scale
from charts.theme import Spec, axis, figure
from core.moe import ToyFrame

#: Shapes distinguish the classes of points, because colors belong to the experts.
_SYMBOLS = ("circle", "square", "triangle-up", "diamond", "cross")
_POINTS = 120  # points drawn, each an element of the page; the training uses all
_CURVE_POINTS = 200  # points drawn of a loss curve


def plane(frame: ToyFrame, points: Tensor, labels: Tensor, num_experts: int) -> Spec:
    """Draw the expert of the largest gate at every place, the class boundaries and the points.

    Args:
        frame: A state of the training.
        points: (N, 2) training points.
        labels: (N,) their classes.
        num_experts: Experts E.
    """
    low, high = frame.extent
    winner_map = frame.winner_map
    step = (high - low) / (winner_map.shape[0] - 1)
    ground: Spec = {
        "type": "heatmap",
        "z": winner_map.to(torch.uint8) + 1,
        "x0": low, "dx": step, "y0": low, "dy": step,
        "colorscale": scale(num_experts),
        "zmin": 0.5,
        "zmax": num_experts + 0.5,
        "showscale": False,
        "opacity": 0.62,
        "hovertemplate": "E%{z}<br>(%{x:.2f}, %{y:.2f})<extra></extra>",
    }  # fmt: skip
    x, y = borders(frame.decision)
    boundary: Spec = {
        "type": "scatter",
        "mode": "lines",
        "x": low + step * torch.tensor(x, dtype=torch.float32),
        "y": low + step * torch.tensor(y, dtype=torch.float32),
        "line": {"color": "@ink", "width": 2.5},
        "hoverinfo": "skip",
        "showlegend": False,
    }
    shown, kinds = points[:_POINTS], labels[:_POINTS]
    dots = [
        {
            "type": "scatter",
            "mode": "markers",
            "x": shown[kinds == kind, 0],
            "y": shown[kinds == kind, 1],
            "marker": {
                "symbol": _SYMBOLS[kind % len(_SYMBOLS)],
                "size": 8,
                "color": "@paper" if kind % 2 else "@ink",
                "line": {"width": 1, "color": "@ink"},
            },
            "hoverinfo": "skip",
            "showlegend": False,
        }
        for kind in range(int(labels.max()) + 1)
    ]
    return figure(
        ground,
        boundary,
        *dots,
        _names(winner_map, low, step),
        margin={"l": 50, "r": 8, "t": 8, "b": 48},
        xaxis=axis("x₁", range=[low, high], fixedrange=True, zeroline=False, nticks=6),
        yaxis=axis("x₂", range=[low, high], fixedrange=True, zeroline=False, nticks=6),
    )


def _names(winner_map: Tensor, low: float, step: float) -> Spec:
    """Draw each expert's name in its region, at the cell nearest to the region's center."""
    experts, x, y = [], [], []
    for expert in winner_map.unique().tolist():
        cells = (winner_map == expert).nonzero()
        if len(cells) < 12:  # too small to hold a name
            continue
        nearest = cells[(cells - cells.float().mean(dim=0)).square().sum(dim=1).argmin()]
        experts.append(expert)
        y.append(low + step * float(nearest[0]))
        x.append(low + step * float(nearest[1]))
    return badges(x, y, experts) | {"name": "experts"}


def loads(frame: ToyFrame, num_experts: int, at: int = -1) -> Spec:
    """Draw each expert's share of the load, a line at the even share, and label dead experts.

    Args:
        frame: A state of the training.
        num_experts: Experts of the figure; those that the network does not have yet are labeled
            as future copies.
        at: The expert that is outlined; -1 for none.
    """
    E = len(frame.load.share)
    share = [*frame.load.share, *[0.0] * (num_experts - E)]
    words = [
        _("dead") if e in frame.dead else "" if e < E else _("copy") for e in range(len(share))
    ]
    line = _("<b>{expert}</b><br>{share} of the assignments")
    return figure(
        {
            "type": "bar",
            "x": list(range(len(share))),
            "y": share,
            "marker": {
                "color": [color(e) for e in range(len(share))],
                "line": {
                    "color": "@ink", "width": [3 if e == at else 0 for e in range(len(share))],
                },
            },
            "text": words,
            "textposition": "outside",
            "textfont": {"size": 13, "color": "@ink"},
            "cliponaxis": False,
            "hoverinfo": "text",
            "hovertext": [
                line.format(expert=name(e), share=probability(value))
                for e, value in enumerate(share)
            ],
        },
        margin={"l": 56, "r": 8, "t": 8, "b": 30},
        xaxis=axis(
            tickvals=list(range(len(share))), ticktext=[name(e) for e in range(len(share))],
            range=[-0.55, len(share) - 0.45], fixedrange=True, showgrid=False, zeroline=False,
        ),
        yaxis=axis(
            _("share of the load"), range=[0, 0.5 if max(share) <= 0.5 else 1.05],
            tickformat=".0%", nticks=5, fixedrange=True, zeroline=False,
        ),
        shapes=[
            {
                "type": "line", "xref": "paper", "x0": 0, "x1": 1, "y0": 1 / E, "y1": 1 / E,
                "line": {"color": "@ink", "width": 1.5, "dash": "dash"},
            }
        ],
    )  # fmt: skip


def curves(
    frames: Sequence[ToyFrame], marks: Sequence[tuple[int, str]] = (), now: str = ""
) -> Spec:
    """Draw the task loss and the balancing loss by step.

    Args:
        frames: The states so far, oldest first.
        marks: Steps at which something changed, with a label each.
        now: A label in the corner: the weight that the next step uses.
    """
    every = -(-len(frames) // _CURVE_POINTS)
    drawn = [*frames[:-1:every], frames[-1]]
    steps = torch.tensor([float(frame.step) for frame in drawn])
    task = torch.tensor([frame.losses.task for frame in drawn])
    balance = torch.tensor([frame.losses.balance for frame in drawn])
    end = max(100.0, float(steps.max()) * 1.02)
    most = max(frame.most_balance for frame in frames)
    line = {"type": "scatter", "mode": "lines" if len(drawn) > 1 else "markers"}
    corner = {
        "x": 1, "xref": "paper", "y": 1, "yref": "paper", "text": now, "showarrow": False,
        "xanchor": "right", "yanchor": "top", "font": {"size": 13, "color": "@ink"},
    }  # fmt: skip
    return figure(
        line
        | {
            "x": steps, "y": task, "name": _("task loss"), "line": {"color": "@ink", "width": 2.5},
            "hovertemplate": "%{y:.3f}<extra></extra>",
        },
        line
        | {
            "x": steps, "y": balance, "yaxis": "y2", "name": _("balancing loss"),
            "line": {"color": "@ink", "width": 2, "dash": "dot"},
            "hovertemplate": "%{y:.2f}<extra></extra>",
        },
        margin={"l": 56, "r": 50, "t": 8, "b": 46},
        xaxis=axis(_("step"), range=[0, end], fixedrange=True, zeroline=False, nticks=6),
        yaxis=axis(
            _("loss, nats"), range=[0, max(1.2, float(task.max()) * 1.05)],
            fixedrange=True, zeroline=False, nticks=5,
        ),
        yaxis2=axis(
            _("balancing"), range=[0, most * 1.03], overlaying="y", side="right",
            fixedrange=True, zeroline=False, showgrid=False, tickvals=sorted({0, 1, most}),
        ),
        shapes=[
            {
                "type": "line", "yref": "paper", "x0": step, "x1": step, "y0": 0, "y1": 1,
                "line": {"color": "@ink", "width": 1, "dash": "dot"},
            }
            for step, _word in marks
        ],
        annotations=[
            corner,
            *(
                {
                    "x": step, "y": 0.8, "yref": "paper", "text": word, "showarrow": False,
                    "xanchor": "left", "yanchor": "top", "font": {"size": 12, "color": "@ink"},
                }
                for step, word in marks
            ),
        ],
    )  # fmt: skip


def loss_words(frame: ToyFrame) -> str:
    """Describe both losses of a frame, for a screen reader."""
    return _("task loss {task}, balancing loss {balance}").format(
        task=number(frame.losses.task), balance=number(frame.losses.balance)
    )
