"""The prediction of the next token with and without some heads."""

from __future__ import annotations

from collections.abc import Sequence

import torch

from charts.i18n import _
from charts.theme import Spec, axis, escape, figure, label_margin
from core.attention import PredictionShift

SHOWN = 8  # tokens


def dumbbells(shift: PredictionShift, names: Sequence[str]) -> Spec:
    """Draw each token's probability before and after as two marks joined by a line.

    Args:
        shift: The two predictions.
        names: The tokens in visible characters, in the order of `shift.ids`.
    """
    rows = torch.arange(len(names)).float()
    gap = torch.full_like(rows, float("nan"))
    joined = torch.stack([shift.before.float(), shift.after.float(), gap], dim=1).flatten()
    labels = [escape(name if len(name) <= 14 else name[:13] + "…") for name in names]
    marks = (
        (_("with all heads"), "@p", "circle", shift.before),
        (_("with heads ablated"), "@q", "diamond", shift.after),
    )
    return figure(
        {
            "type": "scatter", "mode": "lines", "x": joined, "y": rows.repeat_interleave(3),
            "line": {"color": "@muted", "width": 2}, "hoverinfo": "skip", "showlegend": False,
        },
        *[
            {
                "type": "scatter", "mode": "markers", "x": values.float(), "y": rows, "name": name,
                "marker": {"color": color, "symbol": symbol, "size": 12},
                "hovertemplate": name + ": %{x:.2%}<extra></extra>",
            }
            for name, color, symbol, values in marks
        ],
        margin={"l": label_margin(labels, least=60), "r": 16, "t": 8, "b": 46},
        xaxis=axis(_("probability"), range=[-0.02, 1.02], tickformat=".0%", fixedrange=True),
        yaxis=axis(
            range=[SHOWN - 0.4, -0.6], tickvals=rows, ticktext=labels, fixedrange=True,
            zeroline=False,
        ),
    )  # fmt: skip
