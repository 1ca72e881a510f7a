"""One head of the model on a text: its scores, its q and k, with and without RoPE."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

import torch
from torch import Tensor

from charts.i18n import _
from charts.positions.rotation import pair_plane
from charts.positions.scores import limits
from charts.theme import CATEGORICAL, Spec, axis, escape, figure, label_margin
from core.positions import POSITION_SCHEMES, PositionScores

LABELED = 28  # most tokens that fit as labels of a heatmap's axis


def with_or_without(scheme: str) -> str:
    """Return the legend's name of a head's own RoPE ("rope") or of the same head without it."""
    return _("with RoPE") if scheme == "rope" else _("without RoPE")


def heatmap_title(drawn: str, scheme: str) -> str:
    """Return the title of a heatmap: "scores", "weights", "q" or "k"; RoPE ("rope") or without."""
    if drawn in ("scores", "weights"):
        name = "q·k/√d" if drawn == "scores" else "softmax(q·k/√d)"
        return f"{name}, {with_or_without(scheme)}"
    return f"{drawn}, {_('after rotation') if scheme == 'rope' else _('before rotation')}"


def _token_axis(title: str, words: Sequence[str], side: str) -> Spec:
    T = len(words)
    fields: Spec = {"fixedrange": True, "showgrid": False, "zeroline": False}
    if T <= LABELED:
        fields |= {"tickvals": list(range(T)), "ticktext": [escape(w) for w in words]}
        fields |= {"tickangle": -60} if side == "x" else {}
    span = [-0.5, T - 0.5]
    return axis(title, range=span if side == "x" else span[::-1], **fields)


def _row_frame(chosen: int, cells: int) -> Spec:
    """A frame around the first cells of a heatmap's row."""
    return {
        "type": "rect", "x0": -0.5, "x1": cells - 0.5, "y0": chosen - 0.5, "y1": chosen + 0.5,
        "line": {"color": "@accent", "width": 2},
    }  # fmt: skip


def text_scores(scores: Tensor, words: Sequence[str], end: float, cell: tuple[int, int]) -> Spec:
    """Draw the causal scores of one head; masked cells are blank.

    Args:
        scores: (T, T); rows are queries.
        words: T token texts.
        end: The color scale goes from -end to end; scores beyond it have its end colors.
        cell: The framed cell: its query, whose row has a frame too, and its key.
    """
    return _text_map(scores, words, cell, zmin=-end, zmax=end, colorscale="@diverging")


def text_weights(weights: Tensor, words: Sequence[str], cell: tuple[int, int]) -> Spec:
    """Draw the attention weights of one head, from 0 to 1; masked cells are blank."""
    return _text_map(weights, words, cell, zmin=0, zmax=1, colorscale="@sequential")


def _text_map(z: Tensor, words: Sequence[str], cell: tuple[int, int], **colors: object) -> Spec:
    T = len(words)
    query, key = cell
    future = torch.ones(T, T, dtype=torch.bool).triu(1)
    margin = label_margin(list(words), most=110) if T <= LABELED else 48
    chosen: Spec = {
        "type": "rect", "x0": key - 0.5, "x1": key + 0.5, "y0": query - 0.5, "y1": query + 0.5,
        "line": {"color": "@accent", "width": 4},
    }  # fmt: skip
    return figure(
        {
            "type": "heatmap",
            "z": z.float().masked_fill(future, math.nan),
            "x0": 0,
            "dx": 1,
            "y0": 0,
            "dy": 1,
            "hoverongaps": False,
            "colorbar": {"thickness": 8, "len": 0.8},
            "hovertemplate": _("query %{y}, key %{x}: %{z:.3~g}") + "<extra></extra>",
        }
        | colors,
        xaxis=_token_axis(_("key"), words, "x"),
        yaxis=_token_axis(_("query"), words, "y"),
        shapes=[_row_frame(query, query + 1), chosen],
        margin={"l": margin + 18, "r": 8, "t": 8, "b": margin + 24},
    )


def row_scores(results: Mapping[str, PositionScores], chosen: int, words: Sequence[str]) -> Spec:
    """Draw one token's scores for itself and every earlier token, under several schemes."""
    visible = list(words[: chosen + 1])
    rows = {scheme: result.scores[chosen, : chosen + 1] for scheme, result in results.items()}
    bars = [
        {
            "type": "bar",
            "name": with_or_without(scheme),
            "x": list(range(len(visible))),
            "y": row,
            "marker": {"color": CATEGORICAL[POSITION_SCHEMES.index(scheme)]},
            "hovertext": [escape(word) for word in visible],
            "hovertemplate": "%{hovertext}: %{y:.2f}<extra></extra>",
        }
        for scheme, row in rows.items()
    ]
    margin = label_margin(visible, most=110) if len(visible) <= 2 * LABELED else 30
    return figure(
        *bars,
        xaxis=_token_axis(_("key"), visible, "x"),
        yaxis=axis("q·k/√d", range=limits(*rows.values()), fixedrange=True, zeroline=True),
        margin={"l": 56, "r": 8, "t": 8, "b": margin + 24},
    )


def text_vectors(vectors: Tensor, words: Sequence[str], end: float, chosen: int) -> Spec:
    """Draw q or k of every token, one row each; columns 2i and 2i+1 are one pair.

    Args:
        vectors: (T, d), in the interleaved pairing.
        words: T token texts.
        end: The color scale goes from -end to end.
        chosen: The row with a frame.
    """
    T, d = vectors.shape
    margin = label_margin(list(words), most=110) if T <= LABELED else 48
    return figure(
        {
            "type": "heatmap",
            "z": vectors.float(),
            "x0": 0,
            "dx": 1,
            "y0": 0,
            "dy": 1,
            "zmin": -end,
            "zmax": end,
            "colorscale": "@diverging",
            "colorbar": {"thickness": 8, "len": 0.8},
            "hovertemplate": _("%{y}, component %{x}: %{z:.2f}") + "<extra></extra>",
        },
        xaxis=axis(
            _("component; adjacent pairs, fast to slow"), range=[-0.5, d - 0.5],
            fixedrange=True, showgrid=False, zeroline=False,
        ),
        yaxis=_token_axis(_("token"), words, "y"),
        shapes=[_row_frame(chosen, d)],
        margin={"l": margin + 18, "r": 8, "t": 8, "b": 46},
    )  # fmt: skip


def pair_cloud(before: Tensor, after: Tensor, pair: int, vector: str) -> Spec:
    """Draw one pair of every token's vector, before and after rotation; later tokens are larger.

    Args:
        before: (T, 2).
        after: (T, 2).
        pair: Index of the pair.
        vector: "q" or "k".
    """
    T = len(before)
    reach = 1.15 * max(float(before.abs().max()), float(after.abs().max()), 1e-6)
    marks = {"type": "scatter", "mode": "markers", "customdata": list(range(T))}
    hover = _("token %{customdata}: (%{x:.2f}, %{y:.2f})") + "<extra></extra>"
    return figure(
        marks
        | {
            "name": _("before"),
            "x": before[:, 0],
            "y": before[:, 1],
            "hovertemplate": hover,
            "marker": {"color": "@removed", "size": 9, "symbol": "circle-open"},
        },
        marks
        | {
            "name": _("after (larger: later in the text)"),
            "x": after[:, 0],
            "y": after[:, 1],
            "hovertemplate": hover,
            "line": {"color": "@p"},
            "marker": {
                "color": torch.arange(T, dtype=torch.float32),
                "colorscale": "@sequential",
                "cmin": -0.4 * T,
                "cmax": max(T - 1, 1),
                "size": torch.linspace(6, 14, T),
                "line": {"color": "@p", "width": 1},
            },
        },
        **pair_plane(reach, pair, vector),
    )
