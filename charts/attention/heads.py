"""Real heads: thumbnails for the wall, one head as a heatmap or as lines, scores as tiles."""

from __future__ import annotations

import math
from collections.abc import Sequence

import torch
from torch import Tensor

from charts.i18n import _
from charts.theme import Spec, axis, escape, figure, label_margin

#: A thumbnail has at most so many cells on a side.
THUMB = 32
#: Up to here a heatmap's axes carry the tokens themselves.
LABELED = 40
#: Lines are drawn among so many tokens at once.
LINED = 32
_TICKS = (0.0, 0.01, 0.05, 0.2, 0.5, 1.0)
#: Lines are drawn in a few strengths: weights from … on, opacity, width.
_STRENGTHS = ((0.02, 0.12, 1.0), (0.08, 0.3, 1.5), (0.2, 0.55, 2.2), (0.4, 0.8, 3.2), (0.7, 1, 4.5))


def thumbnails(weights: Tensor, causal: bool, size: int = THUMB) -> Tensor:
    """Small pictures of attention matrices: √weight, so that faint ones show; masked is NaN.

    A larger matrix is cut into `size` × `size` fields and each shows its largest weight: a mean
    would wash a thin diagonal out.

    Args:
        weights: (N, T, T).
        causal: whether all above the diagonal is masked.
        size: cells on a side, at most.

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
    """One color a head: (L, H) scores as (L·H, 1, 1) pictures, 0 to `end`."""
    return (scores.float() / max(end, 1e-9)).clamp(0, 1).reshape(-1, 1, 1)


def head_heatmap(
    weights: Tensor, words: Sequence[str], causal: bool, chosen: int | None = None
) -> Spec:
    """One head: who looks (rows) at whom (columns).

    Color goes by the square root of the weight, the bar beside it tells the weights.

    Args:
        weights: (T, T).
        words: T tokens in visible characters.
        causal: whether all above the diagonal is masked, hence blank.
        chosen: a row to mark.
    """
    T = len(words)
    kept = weights.float()
    if causal:
        kept = kept.masked_fill(torch.ones(T, T, dtype=torch.bool).triu(1), math.nan)
    worded = T <= LABELED
    trace: Spec = {
        "type": "heatmap", "z": kept.sqrt(), "customdata": kept, "zmin": 0, "zmax": 1,
        "x0": 1, "dx": 1, "y0": 1, "dy": 1, "colorscale": "@sequential", "hoverongaps": False,
        "xgap": 1 if worded else 0, "ygap": 1 if worded else 0,
        "colorbar": {
            "thickness": 12, "len": 1, "outlinewidth": 0,
            "title": {"text": _("weight"), "font": {"size": 13}},
            "tickvals": [math.sqrt(tick) for tick in _TICKS],
            "ticktext": [f"{tick:g}" for tick in _TICKS],
        },
    }  # fmt: skip
    if worded:
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
    named = {"tickvals": list(range(1, T + 1)), "ticktext": cut} if worded else {"nticks": 9}
    room = label_margin(cut) if worded else 52
    plain = {"showgrid": False, "zeroline": False, "constrain": "domain"}
    return figure(
        trace,
        margin={"l": room, "r": 4, "t": 6, "b": int(0.8 * room) + 16 if worded else 44},
        xaxis=axis(
            None if worded else _("looked at (token)"), range=[0.5, T + 0.5],
            tickangle=-60 if worded else 0, **named, **plain,
        ),
        yaxis=axis(
            None if worded else _("who looks (token)"), range=[T + 0.5, 0.5], **named, **plain,
        ),
        shapes=shapes,
    )  # fmt: skip


def head_lines(weights: Tensor, words: Sequence[str], first: int, chosen: int | None) -> Spec:
    """The same head as lines from who looks (left) to whom (right), the stronger the heavier.

    Args:
        weights: (T, T).
        words: T tokens in visible characters.
        first: the first token of those drawn, at most `LINED` of them.
        chosen: draw the lines of this token alone.
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
            (-0.02, "middle left", _("who looks")),
            (1.02, "middle right", _("looked at")),
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
            for x, anchor, text in ((0, "right", _("who looks")), (1, "left", _("looked at")))
        ],
    )  # fmt: skip


def lines_height(count: int) -> int:
    """Pixels for the lines of so many tokens."""
    return 60 + 22 * min(LINED, max(4, count))


def _cut(word: str, longest: int = 12) -> str:
    return word if len(word) <= longest else word[: longest - 1] + "…"
