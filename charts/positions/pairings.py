"""The two pairings and two mistakes: where the components end up, and the resulting scores."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor

from charts.i18n import _
from charts.positions.scores import limits, line
from charts.theme import Spec, axis, figure, label_margin
from core.positions import PAIRING_WAYS, PairingComparison, pairing_permutation

_PENS = {
    "interleaved": ("@kept", "solid", 7),
    "half": ("@ink", "dot", 3),
    "concatenated": ("@p", "dash", 3),
    "concatenated q, proper k": ("@q", "dashdot", 2.5),
    "mixed": ("@negative", "solid", 2.5),
}


def way_name(way: str) -> str:
    """Return the name of an implementation."""
    return {
        "interleaved": _("adjacent"),
        "half": _("half-split"),
        "concatenated": _("concatenated"),
        "mixed": _("mismatched tables"),
        "concatenated q, proper k": _("concatenated in q only"),
    }[way]


def way_pairs(way: str, size: int) -> str:
    """Return which components an implementation rotates together in a head of `size`."""
    adjacent, half = "(0, 1), (2, 3), …", size // 2
    return {
        "interleaved": adjacent,
        "half": f"(0, {half}), (1, {half + 1}), …",
        "concatenated": _("{pairs}; writes all a, then all b").format(pairs=adjacent),
        "mixed": _("{pairs}, but a and b by different angles").format(pairs=adjacent),
        "concatenated q, proper k": _("q concatenated, k adjacent"),
    }[way]


def vectors(q: Tensor, result: PairingComparison, row: int, cell: tuple[str, int]) -> Spec:
    """Draw one query before and after rotation; each cell names its component: a0, b0 are pair 0.

    Args:
        q: (d,) in the interleaved pairing, not rotated.
        result: From `compare_pairings`.
        row: Index of the position.
        cell: Way and index of the component with a frame.
    """
    d = len(q)
    line, column = 1 + PAIRING_WAYS.index(cell[0]), cell[1]
    names = [f"{'ab'[i % 2]}{i // 2}" for i in range(d)]
    halves = [names[i] for i in pairing_permutation(d, "interleaved", "half").tolist()]
    order = {"interleaved": names, "half": halves, "concatenated": halves, "mixed": names}
    values = torch.stack([q, *(result.q_rotated[way][row] for way in PAIRING_WAYS)]).float()
    texts = [names, *(order[way] for way in PAIRING_WAYS)]
    end = max(float(values.abs().max()), 1e-6)
    labels = [_("not rotated"), *(way_name(way) for way in PAIRING_WAYS)]
    lines = [label.replace(" ", "<br>") for label in labels]
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
        "text": texts,
        "hovertemplate": _("index %{x}: %{text} = %{z:.3f}") + "<extra></extra>",
    }
    if d <= 16:
        value = {4: "<br>%{z:.2f}", 8: "<br>%{z:.1f}"}.get(d, "")
        spec["texttemplate"] = "%{text}" + value
    return figure(
        spec,
        xaxis=axis(
            _("index in the vector"), fixedrange=True, showgrid=False, zeroline=False,
            dtick=1 if d <= 16 else 8,
        ),
        yaxis=axis(
            range=[4.5, -0.5], tickvals=list(range(5)), ticktext=lines, fixedrange=True,
            showgrid=False, zeroline=False,
        ),
        shapes=[
            {
                "type": "rect", "x0": column - 0.5, "x1": column + 0.5, "y0": line - 0.46,
                "y1": line + 0.46, "line": {"color": "@accent", "width": 4},
            }
        ],
        margin={"l": label_margin(" ".join(labels).split()), "r": 8, "t": 8, "b": 46},
    )  # fmt: skip


def along(result: PairingComparison, distance: int, ways: Sequence[str] = tuple(_PENS)) -> Spec:
    """Draw q·k at one distance along the text: horizontal if the implementation is correct."""
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
