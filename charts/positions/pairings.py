"""The two pairings and the slips: where the numbers go, and what it does to the scores."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor

from charts.i18n import _
from charts.positions.scores import limits, line
from charts.theme import Spec, axis, figure, label_margin
from core.positions import PairingComparison, pairing_permutation

ROWS = ("interleaved", "half", "concatenated", "mixed")
_PENS = {
    "interleaved": ("@kept", "solid", 7),
    "half": ("@ink", "dot", 3),
    "concatenated": ("@p", "dash", 3),
    "concatenated q, proper k": ("@q", "dashdot", 2.5),
    "mixed": ("@negative", "solid", 2.5),
}


def way_name(way: str) -> str:
    """A way of pairing in words."""
    return {
        "interleaved": _("adjacent"),
        "half": _("half-split"),
        "concatenated": _("halves joined"),
        "mixed": _("wrong tables"),
        "concatenated q, proper k": _("joined in q only"),
    }[way]


def vectors(q: Tensor, result: PairingComparison, row: int) -> Spec:
    """One query, before and after each way; a cell says which number of which pair it holds.

    Args:
        q: (d,) in the interleaved pairing, not rotated.
        result: from `compare_pairings`.
        row: index of the position that is looked at.
    """
    d = len(q)
    names = [f"{'ab'[i % 2]}{i // 2}" for i in range(d)]
    halves = [names[i] for i in pairing_permutation(d, "interleaved", "half").tolist()]
    order = {"interleaved": names, "half": halves, "concatenated": halves, "mixed": names}
    values = torch.stack([q, *(result.q_rotated[way][row] for way in ROWS)]).float()
    held = [names, *(order[way] for way in ROWS)]
    end = max(float(values.abs().max()), 1e-6)
    labels = [_("q, not rotated"), *(way_name(way) for way in ROWS)]
    spec: Spec = {
        "type": "heatmap",
        "z": values,
        "x0": 0,
        "dx": 1,
        "y0": 0,
        "dy": 1,
        "zmin": -end,
        "zmax": end,
        "colorscale": "@diverging",
        "showscale": False,
        "xgap": 2,
        "ygap": 6,
        "text": held,
        "hovertemplate": _("place %{x}: %{text} = %{z:.3f}") + "<extra></extra>",
    }
    if d <= 16:
        spec["texttemplate"] = "%{text}<br>%{z:.2f}" if d <= 8 else "%{text}"
    return figure(
        spec,
        xaxis=axis(
            _("place in the vector"), fixedrange=True, showgrid=False, zeroline=False,
            dtick=1 if d <= 16 else 8,
        ),
        yaxis=axis(
            range=[4.5, -0.5], tickvals=list(range(5)), ticktext=labels, fixedrange=True,
            showgrid=False, zeroline=False,
        ),
        margin={"l": label_margin(labels, most=180), "r": 8, "t": 8, "b": 46},
    )  # fmt: skip


def along(result: PairingComparison, distance: int, ways: Sequence[str] = tuple(_PENS)) -> Spec:
    """q·k at one distance as both move along the text: a level line where RoPE is right."""
    places = result.positions[distance:]
    curves = {way: result.scores[way].diagonal(-distance) for way in ways}
    return figure(
        *(
            line(way_name(way), places, curve, _PENS[way][0], dash=_PENS[way][1])
            | {"line": dict(zip(("color", "dash", "width"), _PENS[way], strict=True))}
            for way, curve in curves.items()
        ),
        xaxis=axis(
            _("m, with n = m − {d}").format(d=distance),
            range=[float(places[0]), float(places[-1])], fixedrange=True, zeroline=False,
        ),
        yaxis=axis("q·k", range=limits(*result.scores.values()), fixedrange=True, zeroline=True),
        margin={"l": 56, "r": 12, "t": 8, "b": 46},
    )  # fmt: skip
