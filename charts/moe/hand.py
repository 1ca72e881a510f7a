"""The router's table at every stage of the computation."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor

from charts.format import number, probability
from charts.i18n import _
from charts.moe.cells import fraction, numbers, outlines, two_decimals
from charts.moe.experts import cut, header, name
from charts.theme import Spec, axis, escape, figure, label_margin
from core.moe import MoETrace

#: What the table can show, in the order of computation.
STAGES = ("logits", "softmax", "chosen", "gates", "dispatch")


def stage_values(trace: MoETrace, stage: str) -> Tensor:
    """Return the (T, E) values of one stage; NaN (blank) where an expert was not chosen.

    "dispatch" is the weight in the sum; it is blank where the token was dropped, too.
    """
    routing = trace.routing
    if stage == "logits":
        return routing.logits
    if stage == "softmax":
        return routing.probs
    empty = torch.full_like(routing.probs, torch.nan)
    if stage == "chosen":
        values = routing.probs.gather(1, routing.expert_index)
    elif stage == "gates":
        values = routing.gate
    else:
        values = routing.gate.masked_fill(~routing.kept, torch.nan)
    return empty.scatter(1, routing.expert_index, values)


def router(trace: MoETrace, words: Sequence[str], stage: str, at: int, expert: int = 0) -> Spec:
    """Draw tokens × experts at one stage: chosen experts outlined, dropped ones crossed out.

    Args:
        trace: A forward pass of the layer.
        words: The tokens in visible characters.
        stage: One of `STAGES`.
        at: The current token; -1 for none.
        expert: The expert in detail; its cell in the token's row has a dotted outline.
    """
    routing = trace.routing
    T, E = routing.logits.shape
    values = stage_values(trace, stage).detach()
    signed = stage == "logits"
    largest = float(routing.logits.detach().abs().max()) if signed else 1.0
    names = [escape(word) for word in words]
    marks = []
    if stage == "softmax":
        marks.append(outlines(routing.expert_index))
    if stage == "dispatch" and routing.dropped:
        marks.append(_crosses(routing.expert_index, routing.kept))
    labeled = torch.zeros(T, E, dtype=torch.bool).scatter(1, routing.expert_index, True)
    labeled[at if at >= 0 else slice(0, 0)] = True  # labeling every cell would slow each update
    shown = values.masked_fill(~labeled, torch.nan)
    marks.append(
        numbers(shown, largest, 0.7 if signed else 0.55, two_decimals if signed else fraction)
    )
    outline: Spec = {
        "type": "rect", "y0": at - 0.5, "y1": at + 0.5, "fillcolor": "rgba(0,0,0,0)",
        "visible": at >= 0,
    }  # fmt: skip
    cells: Spec = {
        "type": "heatmap",
        "z": values.to(torch.float32),
        "colorscale": "@diverging" if signed else "@sequential",
        "zmin": -largest if signed else 0.0,
        "zmax": largest,
        "showscale": False,
        "xgap": 2,
        "ygap": 2,
        "hoverinfo": "text",
        "hovertext": _hovers(trace, names),
    }
    return figure(
        cells,
        header(E, -1.3),
        *marks,
        margin={"l": label_margin(words, most=150), "r": 8, "t": 8, "b": 8},
        xaxis=axis(
            range=[-0.55, E - 0.45], fixedrange=True, showgrid=False, zeroline=False,
            showticklabels=False,
        ),
        yaxis=axis(
            range=[T - 0.45, -2.0], tickvals=list(range(T)),
            ticktext=[cut(word) for word in words],
            fixedrange=True, showgrid=False, zeroline=False,
        ),
        shapes=[
            outline | {
                "xref": "paper", "x0": 0, "x1": 1, "line": {"color": "@ink", "width": 3},
            },
            outline | {
                "x0": expert - 0.5, "x1": expert + 0.5,
                "line": {"color": "@ink", "width": 3, "dash": "dot"},
            },
        ],
    )  # fmt: skip


def _crosses(expert_index: Tensor, kept: Tensor) -> Spec:
    rows, places = (~kept).nonzero(as_tuple=True)
    return {
        "type": "scatter",
        "mode": "markers",
        "x": expert_index[rows, places].to(torch.float32),
        "y": rows.to(torch.float32),
        "name": _("dropped"),
        "hoverinfo": "skip",
        "marker": {"symbol": "x", "size": 11, "color": "@ink"},
    }


def _hovers(trace: MoETrace, names: Sequence[str]) -> list[list[str]]:
    line = _("<b>{token} → {expert}</b><br>logit {logit}<br>probability {p}")
    routing = trace.routing
    return [
        [
            line.format(token=token, expert=name(e), logit=number(z), p=probability(p))
            for e, (z, p) in enumerate(zip(logits, probs, strict=True))
        ]
        for token, logits, probs in zip(
            names, routing.logits.tolist(), routing.probs.tolist(), strict=True
        )
    ]
