"""The next token after a context: at every n, and at one n before and after smoothing."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from charts.format import count, probability
from charts.i18n import _
from charts.theme import Spec, axis, escape, figure, label_margin

WIDTH = 240  # pixels that the bars have at least, of which a label needs about 8 per character


@dataclass(frozen=True, slots=True)
class Row:
    """What one n counts after the context.

    Attributes:
        tokens: Most frequent next tokens in visible characters, the most frequent first.
        counts: Their counts.
        total: Count of the context; 0 if it never occurs.
    """

    tokens: Sequence[str]
    counts: Sequence[int]
    total: int


def at_every_n(rows: Sequence[Row], chosen: str, n: int) -> Spec:
    """Draw one bar for each n, split between the next tokens by their counts.

    Args:
        rows: For n = 1 upwards.
        chosen: The token that is highlighted wherever it occurs.
        n: The selected n.
    """
    x, base, y, labels, hover, colors, patterns, opacity = ([] for _i in range(8))

    def add(i: int, start: float, width: float, label: str, text: str, color: str, op: float):
        x.append(width), base.append(start), y.append(i), hover.append(text)
        labels.append(escape(label) if width * WIDTH >= 8 * len(label) + 4 else "")
        colors.append(color), opacity.append(op)
        patterns.append("" if color != "@masked" else "/")

    unseen = _("context never seen")
    more = _("{n} other tokens: {share}")
    for i, row in enumerate(rows, start=1):
        if not row.total:
            add(i, 0.0, 1.0, unseen, unseen, "@masked", 1.0)
            continue
        left = 0.0
        for j, (token, c) in enumerate(zip(row.tokens, row.counts, strict=True)):
            share, name = c / row.total, escape(token)
            text = f"<b>{name}</b><br>{count(c)} / {count(row.total)} = {probability(share)}"
            color = "@accent" if token == chosen else "@p"
            add(i, left, share, token, text, color, 0.85 if j % 2 else 1.0)
            left += share
        if left < 1 - 1e-9:
            rest = more.format(n=count(row.total - sum(row.counts)), share=probability(1 - left))
            add(i, left, 1 - left, "", rest, "@grid", 1.0)
    ticks = [f"n = {i} · {count(row.total)}" for i, row in enumerate(rows, start=1)]
    return figure(
        {
            "type": "bar", "orientation": "h", "x": x, "base": base, "y": y, "width": 0.8,
            "text": labels, "textposition": "inside", "insidetextanchor": "middle",
            "textangle": 0, "constraintext": "none", "hoverinfo": "text", "hovertext": hover,
            "textfont": {"size": 13},
            "marker": {
                "color": colors, "opacity": opacity, "line": {"color": "@paper", "width": 1.5},
                "pattern": {
                    "shape": patterns, "fillmode": "overlay", "fgopacity": 0.35, "size": 7,
                    "solidity": 0.25,
                },
            },
        },
        margin={"l": label_margin(ticks) + 12, "r": 14, "t": 8, "b": 44},
        xaxis=axis(
            _("share of the counts"), range=[0, 1], tickformat=".0%",
            fixedrange=True, showgrid=False, zeroline=False,
        ),
        yaxis=axis(
            range=[len(rows) + 0.6, 0.4], tickvals=list(range(1, len(rows) + 1)), ticktext=ticks,
            fixedrange=True, showgrid=False, zeroline=False,
        ),
        shapes=[
            {
                "type": "rect", "xref": "paper", "yref": "y", "x0": 0, "x1": 1, "y0": n - 0.46,
                "y1": n + 0.46, "line": {"color": "@accent", "width": 2},
            }
        ],
    )  # fmt: skip


def smoothed(
    tokens: Sequence[str], mle: Sequence[float], kneser_ney: Sequence[float], row: int
) -> Spec:
    """Draw the most likely next tokens at one n: relative frequency and Kneser-Ney.

    Args:
        tokens: In visible characters, the most likely under Kneser-Ney first.
        mle: Relative frequencies, all 0 if the context never occurs.
        kneser_ney: Smoothed probabilities.
        row: The selected token.
    """
    places = list(range(len(tokens)))
    end = max([0.02, *mle, *kneser_ney]) * 1.25
    names = [escape(token) for token in tokens]
    bars = (
        (_("counted, c(h, w) / c(h)"), "@raw", mle, 0.8),
        ("Kneser–Ney", "@p", kneser_ney, 0.44),
    )
    return figure(
        *(
            {
                "type": "bar", "orientation": "h", "name": name, "x": values, "y": places,
                "width": width, "marker": {"color": color}, "hoverinfo": "text",
                "hovertext": [
                    f"<b>{t}</b> {probability(p)}" for t, p in zip(names, values, strict=True)
                ],
            }
            for name, color, values, width in bars
        ),
        barmode="overlay",
        margin={"l": label_margin(names, least=90), "r": 12, "t": 8, "b": 44},
        xaxis=axis(
            _("probability"), range=[0, end], tickformat=".0%" if end > 0.05 else ".1%",
            fixedrange=True, zeroline=False, nticks=5,
        ),
        yaxis=axis(
            range=[len(names) - 0.4, -0.6], tickvals=places, ticktext=names, fixedrange=True,
            showgrid=False, zeroline=False,
        ),
        shapes=[
            {
                "type": "rect", "xref": "paper", "yref": "y", "x0": 0, "x1": 1, "y0": row - 0.47,
                "y1": row + 0.47, "line": {"color": "@accent", "width": 2},
            }
        ],
    )  # fmt: skip
