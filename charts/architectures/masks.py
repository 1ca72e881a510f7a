"""One sentence under the masks of four architectures, side by side."""

from __future__ import annotations

import itertools
from collections.abc import Sequence

import torch

from charts.i18n import _
from charts.theme import Spec, axis, escape, figure, label_margin
from core.architectures import SentenceMask

GAP = 1  # columns between two matrices
HATCH = {"shape": "/", "fgcolor": "@removed", "size": 6, "solidity": 0.22}
MASKED = 2.0  # the value of a masked cell, beside 0 (kept) and 1 (computed again)
SCALE = [
    [0, "@kept"], [1 / 3, "@kept"], [1 / 3, "@removed"], [2 / 3, "@removed"], [2 / 3, "@masked"],
    [1, "@masked"],
]  # fmt: skip


def architecture_name(name: str) -> str:
    """Return the visible name of an architecture."""
    return {
        "encoder": _("encoder"),
        "decoder": _("causal decoder"),
        "encoder-decoder": _("encoder–decoder"),
        "prefix": _("prefix decoder"),
    }[name]


def masks(results: Sequence[SentenceMask], words: Sequence[str]) -> Spec:
    """Draw the masks: allowed cells green, or gray in rows to compute again; others hatched.

    Args:
        results: The same sentence under each architecture.
        words: T words.
    """
    T = len(words)
    step = T + GAP
    again, masked = (_("kept"), _("computed again")), _("masked")
    shown = [escape(word) for word in words]
    values = torch.full((T, len(results) * step - GAP), torch.nan)
    texts = [[""] * values.shape[1] for _row in words]
    hidden: tuple[list[float | None], list[float | None]] = ([], [])
    for i, result in enumerate(results):
        x, invalid = i * step, result.invalid.tolist()
        colors = result.invalid.float()[:, None].expand(T, T)
        values[:, x : x + T] = colors.masked_fill(~result.allowed, MASKED)
        for row, allowed in enumerate(result.allowed.tolist()):
            for column in range(T):
                pair = f"<b>{shown[row]} → {shown[column]}</b><br>"
                texts[row][x + column] = pair + (again[invalid[row]] if allowed[column] else masked)
            for start, stop in _runs(allowed):
                a, b = x + start - 0.5, x + stop - 0.5
                hidden[0].extend((a, b, b, a, a, None))
                hidden[1].extend((row - 0.5, row - 0.5, row + 0.5, row + 0.5, row - 0.5, None))
    frames = [_frame(i * step, T, result.changed) for i, result in enumerate(results)]
    borders = [
        _border(i * step + result.prefix - 0.5, T)
        for i, result in enumerate(results)
        if result.prefix
    ]
    return figure(
        {
            "type": "heatmap", "z": values, "zmin": 0, "zmax": MASKED, "colorscale": SCALE,
            "showscale": False, "xgap": 1, "ygap": 1, "text": texts, "hoverongaps": False,
            "hovertemplate": "%{text}<extra></extra>",
        },
        {
            "type": "scatter", "mode": "none", "x": hidden[0], "y": hidden[1], "fill": "toself",
            "fillcolor": "rgba(0,0,0,0)", "hoverinfo": "skip", "showlegend": False,
            "fillpattern": HATCH | {"bgcolor": "rgba(0,0,0,0)"},
        },
        _titles(results, step),
        margin={"l": label_margin(words, most=110), "r": 6, "t": 46, "b": 8},
        xaxis=axis(range=[-0.6, len(results) * step - GAP - 0.4], visible=False, fixedrange=True),
        yaxis=axis(
            range=[T - 0.4, -0.6], tickvals=list(range(T)), ticktext=shown, showgrid=False,
            zeroline=False, fixedrange=True,
        ),
        shapes=[*borders, *frames],
    )  # fmt: skip


def panel_of(x: float, length: int) -> tuple[int, int] | None:
    """Return the panel and the column at a position of the x axis; None between the panels."""
    panel, column = divmod(x + 0.5, length + GAP)
    return (int(panel), int(column)) if 0 <= panel < 4 and column < length else None


def _runs(allowed: Sequence[bool]) -> list[tuple[int, int]]:
    """Return the start and end of each run of masked cells of a row."""
    edges = [-1, *(i for i, may in enumerate(allowed) if may), len(allowed)]
    return [(a + 1, b) for a, b in itertools.pairwise(edges) if b > a + 1]


def _titles(results: Sequence[SentenceMask], step: int) -> Spec:
    lines = [
        f"<b>{architecture_name(r.name)}</b><br>"
        + _("{n} of {all} computed again").format(n=r.recomputed, all=len(r.invalid))
        for r in results
    ]
    return {
        "type": "scatter", "mode": "text", "x": [i * step - 0.5 for i in range(len(results))],
        "y": [-0.6] * len(results), "text": lines, "textposition": "top right",
        "textfont": {"size": 13}, "cliponaxis": False, "hoverinfo": "skip", "showlegend": False,
    }  # fmt: skip


def _border(x: float, T: int) -> Spec:
    """Return the line behind the prefix or the source."""
    return {
        "type": "line", "x0": x, "x1": x, "y0": -0.5, "y1": T - 0.5,
        "line": {"color": "@ink", "width": 2, "dash": "dot"},
    }  # fmt: skip


def _frame(x: float, T: int, row: int) -> Spec:
    return {
        "type": "rect", "x0": x - 0.5, "x1": x + T - 0.5, "y0": row - 0.5, "y1": row + 0.5,
        "line": {"color": "@accent", "width": 3},
    }  # fmt: skip
