"""Real heads: thumbnails for the overview, one head as a heatmap or as lines, scores as tiles."""

from __future__ import annotations

import math
from collections.abc import Sequence

import torch
from torch import Tensor

from charts.i18n import _
from charts.theme import Spec, axis, escape, figure, label_margin

#: The most cells on a side of a thumbnail.
THUMB = 32
#: The most tokens with which the axes of a heatmap are labeled.
LABELED = 40
#: The most tokens between which lines are drawn.
LINED = 32
_TICKS = (0.0, 0.05, 0.2, 0.5, 1.0)
#: Lines come in a few strengths: least weight, opacity, width.
_STRENGTHS = ((0.02, 0.12, 1.0), (0.08, 0.3, 1.5), (0.2, 0.55, 2.2), (0.4, 0.8, 3.2), (0.7, 1, 4.5))


def thumbnails(weights: Tensor, causal: bool, size: int = THUMB) -> Tensor:
    """Return small pictures of attention matrices: √weight, so that small weights show.

    A larger matrix is divided into `size` × `size` fields. Each shows its largest weight, because
    a mean would blur a thin diagonal. Masked cells are NaN.

    Args:
        weights: (N, T, T).
        causal: Whether all cells above the diagonal are masked.
        size: The most cells on a side.

    Returns:
        (N, S, S), S = min(T, size).
    """
    T = weights.shape[-1]
    hidden = torch.ones(T, T, dtype=torch.bool).triu(1) if causal else torch.zeros(T, T).bool()
    small = weights.float().clamp(min=0)
    if size < T:
        small = torch.nn.functional.adaptive_max_pool2d(small, size)
        shown = torch.nn.functional.adaptive_max_pool2d((~hidden).float()[None], size)[0]
        hidden = shown == 0
    return small.sqrt().masked_fill(hidden, math.nan)


def tiles(scores: Tensor, end: float = 1.0) -> Tensor:
    """Return one color per head: (L, H) scores as (L·H, 1, 1) pictures, 0 to `end`."""
    return (scores.float() / max(end, 1e-9)).clamp(0, 1).reshape(-1, 1, 1)


def head_heatmap(
    weights: Tensor, words: Sequence[str], causal: bool, chosen: int | None = None
) -> Spec:
    """Draw the weights of one head: queries as rows, keys as columns.

    The color is proportional to the square root of the weight; the color bar shows the weights.

    Args:
        weights: (T, T).
        words: T tokens in visible characters.
        causal: Whether all cells above the diagonal are masked, hence blank.
        chosen: A row to mark.
    """
    T = len(words)
    shown = weights.float()
    if causal:
        shown = shown.masked_fill(torch.ones(T, T, dtype=torch.bool).triu(1), math.nan)
    labeled = T <= LABELED
    trace: Spec = {
        "type": "heatmap", "z": shown.sqrt(), "customdata": shown, "zmin": 0, "zmax": 1,
        "x0": 1, "dx": 1, "y0": 1, "dy": 1, "colorscale": "@sequential", "hoverongaps": False,
        "xgap": 1 if labeled else 0, "ygap": 1 if labeled else 0,
        "colorbar": {
            "orientation": "h", "thickness": 8, "len": 0.85, "x": 0.42, "outlinewidth": 0,
            "tickangle": 0, "y": 1, "yanchor": "bottom", "ypad": 2, "xpad": 0,
            "title": {"text": _("weight"), "side": "right", "font": {"size": 13}},
            "tickvals": [math.sqrt(tick) for tick in _TICKS],
            "ticktext": [f"{tick:g}" for tick in _TICKS],
        },
    }  # fmt: skip
    if labeled:
        names = [escape(word) for word in words]
        trace |= {
            "hoverinfo": "text",
            "hovertext": [
                [f"<b>{query} → {key}</b><br>{w:.3f}" for key, w in zip(names, row, strict=True)]
                for query, row in zip(names, weights.tolist(), strict=True)
            ],
        }
    else:
        trace["hovertemplate"] = "%{y} → %{x}: <b>%{customdata:.3f}</b><extra></extra>"
    shapes = []
    if chosen is not None:
        shapes = [
            {
                "type": "rect", "x0": 0.5, "x1": T + 0.5, "y0": chosen + 0.5, "y1": chosen + 1.5,
                "line": {"color": "@q", "width": 2},
            }
        ]  # fmt: skip
    cut = [_cut(word) for word in words]
    named = {"tickvals": list(range(1, T + 1)), "ticktext": cut} if labeled else {"nticks": 9}
    room = label_margin(cut) if labeled else 52
    plain = {"showgrid": False, "zeroline": False, "constrain": "domain"}
    return figure(
        trace,
        margin={"l": room, "r": 4, "t": 34, "b": int(0.8 * room) + 16 if labeled else 44},
        xaxis=axis(
            None if labeled else _("key (token)"), range=[0.5, T + 0.5],
            tickangle=-60 if labeled else 0, **named, **plain,
        ),
        yaxis=axis(
            None if labeled else _("query (token)"), range=[T + 0.5, 0.5], **named, **plain,
        ),
        shapes=shapes,
    )  # fmt: skip


def head_lines(weights: Tensor, words: Sequence[str], first: int, chosen: int | None) -> Spec:
    """Draw a head as lines from queries (left) to keys (right), thicker for larger weights.

    Args:
        weights: (T, T).
        words: T tokens in visible characters.
        first: The first of the tokens drawn, at most `LINED`.
        chosen: Draw the lines of this query only.
    """
    last = min(len(words), first + LINED)
    part = weights[first:last, first:last].tolist()
    bins: list[tuple[list[float | None], list[float | None]]] = [([], []) for _s in _STRENGTHS]
    for r, row in enumerate(part):
        if chosen is not None and first + r != chosen:
            continue
        for c, weight in enumerate(row):
            level = sum(weight >= least for least, _o, _w in _STRENGTHS) - 1
            if level >= 0:
                bins[level][0].extend((0, 1, None))
                bins[level][1].extend((r, c, None))
    lines = [
        {
            "type": "scatter", "mode": "lines", "x": xs, "y": ys, "hoverinfo": "skip",
            "opacity": opacity, "line": {"color": "@p", "width": width},
            "showlegend": False,
        }
        for (_least, opacity, width), (xs, ys) in zip(_STRENGTHS, bins, strict=True)
    ]  # fmt: skip
    names = [escape(_cut(word, 18)) for word in words[first:last]]
    places = list(range(len(names)))
    sides = [
        {
            "type": "scatter", "mode": "text", "x": [x] * len(names), "y": places, "text": names,
            "textposition": position, "textfont": {"size": 14}, "hoverinfo": "skip",
            "cliponaxis": False, "showlegend": False, "name": name,
        }
        for x, position, name in (
            (-0.02, "middle left", _("query")),
            (1.02, "middle right", _("key")),
        )
    ]  # fmt: skip
    shapes = []
    if chosen is not None and first <= chosen < last:
        shapes = [
            {
                "type": "rect", "x0": -0.5, "x1": 0, "y0": chosen - first - 0.45,
                "y1": chosen - first + 0.45, "line": {"color": "@q", "width": 2},
            }
        ]  # fmt: skip
    bare = {"visible": False, "fixedrange": True}
    return figure(
        *lines,
        *sides,
        margin={"l": 4, "r": 4, "t": 26, "b": 4},
        xaxis=bare | {"range": [-0.55, 1.55]},
        yaxis=bare | {"range": [len(names) - 0.4, -0.6]},
        shapes=shapes,
        annotations=[
            {
                "x": x, "y": 1, "yref": "paper", "yanchor": "bottom", "showarrow": False,
                "xanchor": anchor, "text": text, "font": {"size": 13, "color": "@muted"},
            }
            for x, anchor, text in ((0, "right", _("query")), (1, "left", _("key")))
        ],
    )  # fmt: skip


def lines_height(count: int) -> int:
    """Return the height in pixels for the lines of `count` tokens."""
    return 60 + 22 * min(LINED, max(4, count))


def _cut(word: str, longest: int = 12) -> str:
    return word if len(word) <= longest else word[: longest - 1] + "…"
