"""Figures of one text: the surprisal of its tokens, and the prediction at one position."""

from __future__ import annotations

from collections.abc import Sequence

import torch

from charts.format import count, number, probability
from charts.i18n import _
from charts.theme import Spec, axis, escape, figure, label_margin
from core.text_scoring import ChainRule, PredictionRow

#: Longest text whose tokens label the axis; longer ones are numbered.
LABELED_TOKENS = 16
_MARKED_TOKENS = 80  # longest text whose lines carry markers
_TEXT_ROOM = 1.2  # of the longest bar: room for the number beside it


def surprisal(chain: ChainRule, labels: Sequence[str], position: int) -> Spec:
    """Draw the surprisal of each token, the entropy of its prediction, and log₂ p so far.

    Args:
        chain: The scored text.
        labels: Each token in visible characters.
        position: The position to mark.
    """
    T = len(chain.ids)
    places = torch.arange(1, T + 1, dtype=torch.float32)
    mode = "lines+markers" if T <= _MARKED_TOKENS else "lines"
    hover, hover_sum = _hover_texts(chain, labels)
    finite = chain.surprisal[chain.surprisal.isfinite()]
    highest = max(8.0, *finite.tolist(), *chain.entropy.tolist())
    lowest = chain.log2_probs[chain.log2_probs.isfinite()].tolist()
    labeled = T <= LABELED_TOKENS
    x_axis = axis(
        None if labeled else _("token"),
        range=[0.4, T + 0.6],
        fixedrange=True,
        showgrid=False,
        zeroline=False,
        anchor="y2",
    )
    if labeled:
        x_axis |= {
            "tickvals": list(range(1, T + 1)),
            "ticktext": [_shortened(label) for label in labels],
            "tickangle": -50 if T > 6 else 0,
        }
    return figure(
        {
            "type": "bar", "x": places, "y": chain.surprisal, "width": 0.72,
            "name": _("surprisal of the token"), "marker": {"color": "@q"},
            "hoverinfo": "text", "hovertext": hover,
        },
        {
            "type": "scatter", "x": places, "y": chain.entropy, "mode": mode,
            "name": _("entropy of the prediction"),
            "line": {"color": "@kept", "width": 2}, "marker": {"color": "@kept", "size": 6},
            "hoverinfo": "skip",
        },
        {
            "type": "scatter", "x": places, "y": chain.log2_probs, "yaxis": "y2", "mode": mode,
            "name": _("log₂ p so far"),
            "line": {"color": "@ink", "width": 2, "dash": "dot"},
            "marker": {"color": "@ink", "size": 5},
            "hoverinfo": "text", "hovertext": hover_sum,
        },
        margin={"l": 62, "r": 12, "t": 8, "b": _label_room(labels) if labeled else 44},
        xaxis=x_axis,
        yaxis=axis(
            _("bits"), range=[0, highest * 1.06], domain=[0.42, 1], fixedrange=True,
            zeroline=False, nticks=6,
        ),
        yaxis2=axis(
            "log₂ p", range=[min(lowest, default=-1.0) * 1.08 - 0.5, 0],
            domain=[0, 0.31], fixedrange=True, zeroline=False, nticks=4,
        ),
        shapes=[
            {
                "type": "rect", "xref": "x", "yref": "paper", "x0": position + 0.52,
                "x1": position + 1.48, "y0": 0, "y1": 1, "fillcolor": "@accent", "opacity": 0.13,
                "line": {"width": 0}, "layer": "below",
            }
        ],
        hovermode="closest",
    )  # fmt: skip


def _hover_texts(chain: ChainRule, labels: Sequence[str]) -> tuple[list[str], list[str]]:
    """The hover texts of the bars and of the running sum."""
    bar = _(
        "<b>{place}. {token}</b><br>surprisal {surprisal} bits<br>entropy {entropy} bits<br>p {p}"
    )
    running = _("<b>up to {place}. {token}</b><br>log₂ p {log2}")
    columns = (chain.surprisal, chain.entropy, chain.probs, chain.log2_probs)
    rows = zip(map(escape, labels), *(column.tolist() for column in columns), strict=True)
    hover, hover_sum = [], []
    for place, (token, bits, entropy, p, log2) in enumerate(rows, start=1):
        hover.append(
            bar.format(
                place=place, token=token, surprisal=number(bits), entropy=number(entropy),
                p=probability(p),
            )
        )  # fmt: skip
        hover_sum.append(running.format(place=place, token=token, log2=number(log2, 4)))
    return hover, hover_sum


def _shortened(label: str, longest: int = 12) -> str:
    return escape(label if len(label) <= longest else label[: longest - 1] + "…")


def _label_room(labels: Sequence[str]) -> int:
    """Return the pixels that the labels need under the axis, where many are slanted."""
    if len(labels) <= 6:
        return 36
    return int(22 + 0.62 * label_margin([_shortened(label) for label in labels]))


def prediction(
    chain: ChainRule,
    position: int,
    rows: Sequence[PredictionRow],
    labels: Sequence[str],
    selected: int = 0,
) -> Spec:
    """Draw the most likely tokens at one position, the actual token, and the rest as one bar.

    Args:
        chain: The scored text.
        position: The position.
        rows: From `prediction_rows`.
        labels: The name of each row.
        selected: The row to outline.
    """
    names = [escape(label) for label in labels]
    places = dict(enumerate(rows))
    actual_id = chain.ids[position]
    actual = {y: row.prob for y, row in places.items() if row.id == actual_id}
    others = {y: row.prob for y, row in places.items() if row.id is None}
    candidates = {y: row.prob for y, row in places.items() if y not in actual | others}
    rank = _("rank {rank} of {size}").format(
        rank=count(int(chain.ranks[position])), size=count(chain.vocab_size)
    )
    kinds = [
        (_("other top tokens"), "@p", candidates, "<b>{token}</b><br>{p}"),
        (_("actual token"), "@q", actual, "<b>{token}</b><br>{p}<br>" + rank),
        (_("all remaining tokens"), "@removed", others, "{token}<br>{p}"),
    ]
    highest = max([*candidates.values(), *actual.values(), *others.values()])
    end = next((end for end in (0.05, 0.1, 0.2, 0.5, 1.0) if highest <= end), 1.0)
    return figure(
        *[
            {
                "type": "bar", "orientation": "h", "width": 0.72, "name": name,
                "y": torch.tensor(list(bars), dtype=torch.float32),
                "x": torch.tensor(list(bars.values()), dtype=torch.float32),
                "marker": {
                    "color": color,
                    "line": {
                        "color": "@ink",
                        "width": [2 if row == selected else 0 for row in bars],
                    },
                },
                "text": [probability(p, 2) for p in bars.values()],
                "textposition": "outside", "cliponaxis": False, "textfont": {"size": 13},
                "hoverinfo": "text",
                "hovertext": [
                    line.format(token=names[row], p=probability(p)) for row, p in bars.items()
                ],
            }
            for name, color, bars, line in kinds
        ],
        barmode="overlay",
        margin={"l": label_margin(names, most=170), "r": 12, "t": 6, "b": 42},
        xaxis=axis(
            _("probability"), range=[0, end * _TEXT_ROOM], tickformat=".0%", nticks=5,
            fixedrange=True, zeroline=False,
        ),
        yaxis=axis(
            range=[len(names) - 0.4, -0.6], tickvals=list(range(len(names))), ticktext=names,
            fixedrange=True, showgrid=False, zeroline=False,
        ),
    )  # fmt: skip
