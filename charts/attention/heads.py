"""Real heads: thumbnails for the overview, one head as a heatmap or as lines, scores as tiles."""

from __future__ import annotations

import math
from collections.abc import Sequence

import torch
from torch import Tensor

from charts.attention.block import weight_text
from charts.i18n import _
from charts.theme import Spec, axis, escape, figure, label_margin

#: The most cells on a side of a thumbnail.
THUMB = 32
#: The most tokens with which the axes of a heatmap are labeled.
LABELED = 40
#: The most tokens between which lines are drawn.
LINED = 32
#: Colors of heads that are drawn over one another.
OVERLAID = ("@p", "@q", "@accent")
#: Weights of the color legend.
SCALE = (0.0, 0.05, 0.2, 0.5, 1.0)
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
    weights: Tensor,
    words: Sequence[str],
    causal: bool,
    chosen: int | None = None,
    key: int | None = None,
    hovers: bool = True,
) -> Spec:
    """Draw the weights of one head: queries as rows, keys as columns.

    The color is proportional to the square root of the weight; `SCALE` lists some weights. Plotly's
    own color bar would take a third of the time of an update.

    Args:
        weights: (T, T).
        words: T tokens in visible characters.
        causal: Whether all cells above the diagonal are masked, hence blank.
        chosen: A row to mark.
        key: A cell of that row to mark.
        hovers: Whether cells have hover texts, which intermediate drawings of a drag leave out.
    """
    shown = _unmasked(weights, causal)
    trace = _cells(shown, words, hovers) | {"colorscale": "@sequential"}
    return _square([trace], words, chosen, key)


def heads_overlay(
    weights: Sequence[Tensor],
    words: Sequence[str],
    causal: bool,
    chosen: int | None = None,
    key: int | None = None,
    hovers: bool = True,
) -> Spec:
    """Draw several heads over one another: each cell in the color of its largest weight.

    Args:
        weights: (T, T) of each head, at most `len(OVERLAID)`.
        words: T tokens in visible characters.
        causal: Whether all cells above the diagonal are masked, hence blank.
        chosen: A row to mark.
        key: A cell of that row to mark.
        hovers: Whether cells have hover texts.
    """
    stack = torch.stack([_unmasked(each, causal) for each in weights])
    largest = stack.nan_to_num(-1).argmax(dim=0)
    traces = [
        _cells(one.masked_fill(largest != i, math.nan), words, hovers)
        | {"colorscale": [[0, "@paper"], [1, color]]}
        for i, (one, color) in enumerate(zip(stack, OVERLAID, strict=False))
    ]
    return _square(traces, words, chosen, key)


def _unmasked(weights: Tensor, causal: bool) -> Tensor:
    """Return the weights as float32 with NaN in masked cells, which are drawn blank."""
    shown = weights.float()
    return shown.masked_fill(torch.ones_like(shown).triu(1) > 0, math.nan) if causal else shown


def _cells(shown: Tensor, words: Sequence[str], hovers: bool) -> Spec:
    trace: Spec = {
        "type": "heatmap", "z": shown.sqrt(), "zmin": 0, "zmax": 1, "x0": 1, "dx": 1, "y0": 1,
        "dy": 1, "hoverongaps": False, "showscale": False,
    }  # fmt: skip
    if not hovers:
        return trace | {"hoverinfo": "skip"}
    if len(words) > LABELED:
        template = "%{y} → %{x}: <b>%{customdata:.3f}</b><extra></extra>"
        return trace | {"customdata": shown, "hovertemplate": template}
    names = [escape(word) for word in words]
    texts = [
        [f"<b>{query} → {key}</b><br>{weight_text(w)}" for key, w in zip(names, row, strict=True)]
        for query, row in zip(names, shown.tolist(), strict=True)
    ]
    return trace | {"hoverinfo": "text", "hovertext": texts}


def _square(
    traces: Sequence[Spec], words: Sequence[str], chosen: int | None, key: int | None
) -> Spec:
    """Put heatmaps of T × T cells on axes of words, with the chosen row and cell outlined."""
    T, labeled = len(words), len(words) <= LABELED
    edges = "M0.5,0.5"
    if chosen is not None:
        a, b = chosen + 0.5, chosen + 1.5
        edges = f"M0.5,{a}H{T + 0.5}V{b}H0.5Z"
        edges += f"M{key + 0.5},{a}H{key + 1.5}V{b}H{key + 0.5}Z" if key is not None else ""
    lines = [f"M{i + 0.5},0.5V{T + 0.5}M0.5,{i + 0.5}H{T + 0.5}" for i in range(1, T)]
    shapes = [
        # Gaps of the heatmap itself would make Plotly render a large image at every update.
        {
            "type": "path", "path": "".join(lines) if labeled and lines else "M0.5,0.5",
            "line": {"color": "@paper", "width": 1},
        },
        {"type": "path", "path": edges, "line": {"color": "@ink", "width": 2}},
    ]  # fmt: skip
    cut = [_cut(word) for word in words]
    named = {"tickvals": list(range(1, T + 1)), "ticktext": cut} if labeled else {"nticks": 9}
    room = label_margin(cut) if labeled else 52
    plain = {"showgrid": False, "zeroline": False, "constrain": "domain"}
    return figure(
        *traces,
        margin={"l": room, "r": 4, "t": 6, "b": int(0.8 * room) + 16 if labeled else 44},
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
                "y1": chosen - first + 0.45, "line": {"color": "@ink", "width": 2},
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
