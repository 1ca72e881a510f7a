"""Scores against the range of a number format, and the weights that result."""

from __future__ import annotations

from collections.abc import Sequence

import torch

from charts.i18n import _
from charts.theme import Spec, axis, escape, figure
from core.flash_attention import FORMATS, Overflow, exponent_range

ENDS = (-125.0, 125.0)  # scores beyond are drawn at the edge


def exponents(found: Overflow, name: str, words: Sequence[str]) -> Spec:
    """Draw every score with and without its maximum subtracted, over the format's range.

    Args:
        found: Both ways.
        name: The number format.
        words: N tokens in visible characters.
    """
    place = torch.arange(len(found.scores)).float()

    def dots(label: str, shift: float, color: str, symbol: str) -> Spec:
        values = found.scores - shift
        return {
            "type": "scatter", "mode": "markers", "name": label, "x": place,
            "y": values.clamp(ENDS[0] + 3, ENDS[1] - 3), "customdata": values,
            "marker": {"color": color, "symbol": symbol, "size": 11},
            "hovertemplate": "%{customdata:.2f}<extra></extra>",
        }  # fmt: skip

    ends = {each: exponent_range(each) for each in FORMATS}
    beyond = [
        {
            "type": "rect", "xref": "paper", "x0": 0, "x1": 1, "y0": low, "y1": high,
            "fillcolor": color, "opacity": 0.13, "line": {"width": 0}, "layer": "below",
        }
        for low, high, color in (
            (found.limit, ENDS[1], "@negative"), (ENDS[0], found.floor, "@removed")
        )
    ]  # fmt: skip
    limits = [
        {
            "type": "line", "xref": "paper", "x0": 0, "x1": 1, "y0": ends[each][1],
            "y1": ends[each][1], "line": {
                "color": "@negative" if each == name else "@removed",
                "width": 2 if each == name else 1, "dash": "dot",
            },
        }
        for each in FORMATS
    ]  # fmt: skip
    return figure(
        dots(_("s, nothing subtracted"), 0.0, "@q", "circle"),
        dots(_("s − m"), found.shifted.shift, "@p", "diamond"),
        margin={"l": 64, "r": 12, "t": 8, "b": 64},
        xaxis=_tokens(words),
        yaxis=axis(_("exponent"), range=list(ENDS), fixedrange=True, zeroline=True),
        shapes=beyond + limits,
        annotations=[
            _label(text, y, anchor, 0.99, "right")
            for y, anchor, text in (
                (ENDS[1], "top", _("e^s is ∞ in {format}").format(format=name)),
                (ENDS[0], "bottom", _("e^s is 0 in {format}").format(format=name)),
            )
        ] + [
            _label(f"{each}: {ends[first][1]:.1f}", ends[first][1], "bottom", 0.01, "left")
            for first, each in (("float16", "float16"), ("float32", "bfloat16, float32"))
        ],
    )  # fmt: skip


def _label(text: str, y: float, anchor: str, x: float, side: str) -> Spec:
    return {
        "xref": "paper", "x": x, "xanchor": side, "y": y, "yanchor": anchor, "showarrow": False,
        "text": text, "font": {"size": 13, "color": "@muted"},
    }  # fmt: skip


def weights(found: Overflow, words: Sequence[str]) -> Spec:
    """Draw the weights of both ways beside the exact ones; NaN is a cross above the bars."""
    place = torch.arange(len(found.exact)).float()

    def bars(label: str, values: torch.Tensor, color: str) -> Spec:
        return {
            "type": "bar", "name": label, "x": place, "y": values.double().nan_to_num(0.0),
            "marker": {"color": color}, "hovertemplate": "%{y:.4f}<extra></extra>",
        }  # fmt: skip

    broken = place[found.plain.weights.isnan()]
    return figure(
        bars(_("exact"), found.exact, "@removed"),
        bars(_("nothing subtracted"), found.plain.weights, "@q"),
        bars(_("m subtracted"), found.shifted.weights, "@p"),
        {
            "type": "scatter", "mode": "markers", "name": "NaN", "x": broken,
            "y": torch.full_like(broken, 1.06), "cliponaxis": False,
            "marker": {"symbol": "x", "color": "@negative", "size": 9},
            "hovertemplate": "NaN<extra></extra>",
        },
        margin={"l": 56, "r": 12, "t": 8, "b": 64},
        xaxis=_tokens(words),
        yaxis=axis(_("weight"), range=[0, 1.12], fixedrange=True),
        bargap=0.2,
    )  # fmt: skip


def _tokens(words: Sequence[str]) -> Spec:
    return axis(
        tickvals=list(range(len(words))), ticktext=[escape(word) for word in words],
        tickangle=-40, range=[-0.6, len(words) - 0.4], fixedrange=True, showgrid=False,
        zeroline=False,
    )  # fmt: skip
