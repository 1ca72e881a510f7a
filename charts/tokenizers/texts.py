"""Tokens per character, text length over vocabulary size, and token frequencies."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from charts.format import number
from charts.i18n import _
from charts.theme import CATEGORICAL, Spec, axis, escape, figure, label_margin
from core.tokenizers.compare import TokenizationComparison
from core.tokenizers.lengths import LengthPoint
from core.tokenizers.zipf import ZipfResult

DASHES = ("solid", "dash", "dot", "dashdot", "longdash", "longdashdot")
SYMBOLS = ("circle", "square", "diamond", "triangle-up", "x", "star", "cross", "triangle-down")


@dataclass(frozen=True, slots=True)
class Curve:
    """The length of a text over the size of a tokenizer's vocabulary."""

    name: str
    points: Sequence[LengthPoint]


def per_character(results: Mapping[str, TokenizationComparison]) -> Spec:
    """Draw tokens per character of several texts (the keys) under the same tokenizers.

    A hollow mark has unknown tokens. The marks of a row are shifted vertically so that equal
    values do not overlap.
    """
    comparisons = list(results.values())
    names = [row.name for row in comparisons[0].rows]
    shown = [row.tokens_per_character or 1.0 for result in comparisons for row in result.rows]
    low, high = min([0.2, *shown]) / 1.15, max([4.0, *shown]) * 1.1
    traces = []
    for i, (title, result) in enumerate(results.items()):
        symbol = SYMBOLS[i % len(SYMBOLS)]
        traces.append(
            {
                "type": "scatter",
                "mode": "markers",
                "name": title,
                "x": [row.tokens_per_character for row in result.rows],
                "y": [j + 0.16 * (i - (len(results) - 1) / 2) for j in range(len(names))],
                "marker": {
                    "size": 13,
                    "color": CATEGORICAL[i % len(CATEGORICAL)],
                    "symbol": [f"{symbol}-open" if row.unknown else symbol for row in result.rows],
                    "line": {"width": 2, "color": CATEGORICAL[i % len(CATEGORICAL)]},
                },
                "hovertext": [
                    _("{text}, {scheme}: {n} tokens, {u} of them unknown").format(
                        text=escape(title), scheme=escape(row.name), n=row.count, u=row.unknown
                    )
                    for row in result.rows
                ],
                "hovertemplate": "%{hovertext}, %{x:.3f}<extra></extra>",
            }
        )
    ticks = [0.1, 0.2, 0.5, 1, 2, 5]
    return figure(
        *traces,
        margin={"l": label_margin(names), "r": 20, "t": 10, "b": 48},
        xaxis=axis(
            _("tokens per character"),
            type="log",
            range=[math.log10(low), math.log10(high)],
            tickvals=ticks,
            ticktext=[f"{tick:g}" for tick in ticks],
            fixedrange=True,
        ),
        yaxis=axis(
            tickvals=list(range(len(names))),
            ticktext=[escape(name) for name in names],
            range=[len(names) - 0.45, -0.55],
            fixedrange=True,
        ),
    )


def lengths(curves: Sequence[Curve], characters: int) -> Spec:
    """Draw the length of a text over the size of the vocabulary.

    Args:
        curves: One per tokenizer.
        characters: Length of the text in characters, drawn as a line.
    """
    traces: list[Spec] = []
    for i, curve in enumerate(curves):
        unknown = max((point.unknown for point in curve.points), default=0)
        name = curve.name if not unknown else f"{curve.name} ({_('with unknown tokens')})"
        traces.append(
            {
                "type": "scatter",
                "mode": "lines" if len(curve.points) > 1 else "markers",
                "name": name,
                "x": [point.vocab_size for point in curve.points],
                "y": [point.tokens for point in curve.points],
                "customdata": [point.unknown for point in curve.points],
                "line": {
                    "color": CATEGORICAL[i % len(CATEGORICAL)],
                    "width": 3,
                    "dash": DASHES[i % len(DASHES)],
                },
                "marker": {"size": 12},
                "hovertemplate": f"{escape(curve.name)}: "
                + _("{size} tokens in the vocabulary, {n} in the text, {u} unknown").format(
                    size="%{x:,}", n="%{y:,}", u="%{customdata:,}"
                )
                + "<extra></extra>",
            }
        )
    sizes = [m * 10**e for e in range(1, 6) for m in (1, 2, 5)]
    most = max([point.tokens for curve in curves for point in curve.points] + [characters])
    return figure(
        *traces,
        margin={"l": 74, "r": 20, "t": 14, "b": 48},
        xaxis=axis(
            _("vocabulary, tokens"),
            type="log",
            tickvals=sizes,
            # Powers of ten alone have a label: more would overlap on a phone.
            ticktext=[f"{size:,}" if str(size).startswith("1") else "" for size in sizes],
            fixedrange=True,
        ),
        yaxis=axis(_("length of the text, tokens"), range=[0, 1.08 * most], fixedrange=True),
        shapes=[
            {
                "type": "line",
                "xref": "paper",
                "x0": 0,
                "x1": 1,
                "y0": characters,
                "y1": characters,
                "line": {"color": "@muted", "dash": "dot"},
            }
        ],
        annotations=[
            {
                "xref": "paper",
                "x": 1,
                "xanchor": "right",
                "y": characters,
                "yanchor": "bottom",
                "text": _("one token per character"),
                "showarrow": False,
                "font": {"color": "@muted"},
            }
        ],
    )


def zipf(result: ZipfResult, labels: Sequence[str]) -> Spec:
    """Draw counts over ranks on logarithmic axes with the fitted line; label the first ranks.

    Args:
        result: Ranks, counts and fit.
        labels: Each token in visible characters.
    """
    ranks = list(range(1, result.types + 1))
    names = [escape(label) for label in labels]
    named = 6
    traces: list[Spec] = [
        {
            "type": "scatter",
            "mode": "markers+text",
            "name": _("tokens"),
            "x": ranks,
            "y": list(result.counts),
            "text": [_quoted(label) if i < named else "" for i, label in enumerate(labels)],
            "textposition": "top right",
            "hovertext": names,
            "hovertemplate": "%{hovertext}: %{y:,} × (" + _("rank") + " %{x:,})<extra></extra>",
            "marker": {"color": "@p", "size": 8},
            "cliponaxis": False,
        }
    ]
    if result.slope is not None:
        ends = [1, result.types]
        traces.append(
            {
                "type": "scatter",
                "mode": "lines",
                "name": _("fit: slope {n}").format(n=number(result.slope, 3)),
                "x": ends,
                "y": [result.fitted(rank) for rank in ends],
                "line": {"color": "@q", "width": 3, "dash": "dash"},
                "hoverinfo": "skip",
            }
        )
    return figure(
        *traces,
        margin={"l": 66, "r": 30, "t": 24, "b": 48},
        xaxis=axis(_("rank"), type="log", fixedrange=True, dtick=1),
        yaxis=axis(_("count"), type="log", fixedrange=True, dtick=1),
    )


def _quoted(label: str) -> str:
    """Return a label; punctuation alone goes in quotes, as it would hardly be seen."""
    has_letters = any(char.isalnum() for char in label)
    return escape(label) if has_letters else f"“{escape(label)}”"
