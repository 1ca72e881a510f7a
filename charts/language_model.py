"""Figures of the language-model page: surprise along a text, one prediction, two texts, sizes."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

import torch

from charts.format import count, number, probability
from charts.i18n import _
from charts.theme import Spec, axis, escape, figure, label_margin
from core.text_scoring import ChainRule, TextComparison

#: Up to here every place of a text gets its token as a label; beyond, its number.
LABELED = 40
_ROOM = 1.2  # beside the longest bar for its number


def power(log2: float, digits: int = 2) -> str:
    """2 to the `log2`, written in tens however large or small.

    >>> power(6), power(-2000), power(-math.inf)
    ('64', '8.7·10⁻⁶⁰³', '0')
    """
    if log2 == -math.inf:
        return "0"
    if log2 == math.inf:
        return "∞"
    if -13 < log2 < 20:
        return number(2.0**log2, digits)
    tens = log2 * math.log10(2.0)
    exponent = math.floor(tens)
    mantissa = round(10.0 ** (tens - exponent), digits - 1)
    if mantissa >= 10:
        mantissa, exponent = mantissa / 10, exponent + 1
    raised = str(exponent).translate(str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹"))
    return f"{mantissa:.{digits - 1}f}·10{raised}"


def bits(x: float, digits: int = 3) -> str:
    """An amount of information: `bits(1.5849625)` is "1.58 bits"."""
    return _("{n} bits").format(n=number(x, digits))


def surprise(chain: ChainRule, labels: Sequence[str], at: int) -> Spec:
    """Bars: the surprisal of what came. Line: what the model expected. Below: log₂ p so far.

    Args:
        chain: the scored text.
        labels: each token in visible characters.
        at: the place that is being looked at.
    """
    T = len(chain.ids)
    places = torch.arange(1, T + 1, dtype=torch.float32)
    names = [escape(label) for label in labels]
    line = _("<b>{place}. {token}</b><br>surprisal {came} bits<br>expected {expected}<br>p {p}")
    so_far = _("<b>up to {place}. {token}</b><br>log₂ p {log2}")
    rows = zip(
        names, chain.surprisal.tolist(), chain.entropy.tolist(), chain.probs.tolist(),
        chain.log2_probs.tolist(), strict=True,
    )  # fmt: skip
    hover, hover_so_far = [], []
    for place, (name, came, expected, p, log2) in enumerate(rows, start=1):
        hover.append(
            line.format(
                place=place, token=name, came=number(came), expected=number(expected),
                p=probability(p),
            )
        )  # fmt: skip
        hover_so_far.append(so_far.format(place=place, token=name, log2=number(log2, 4)))
    finite = chain.surprisal[chain.surprisal.isfinite()]
    highest = max(8.0, *finite.tolist(), *chain.entropy.tolist())
    lowest = chain.log2_probs[chain.log2_probs.isfinite()].tolist()
    worded = T <= LABELED
    x_axis = axis(
        None if worded else _("token"),
        range=[0.4, T + 0.6],
        fixedrange=True,
        showgrid=False,
        zeroline=False,
        anchor="y2",
    )
    if worded:
        x_axis |= {
            "tickvals": list(range(1, T + 1)),
            "ticktext": [_cut(label) for label in labels],
            "tickangle": -50 if T > 6 else 0,
        }
    return figure(
        {
            "type": "bar", "x": places, "y": chain.surprisal, "width": 0.72,
            "name": _("surprisal of what came"), "marker": {"color": "@q"},
            "hoverinfo": "text", "hovertext": hover,
        },
        {
            "type": "scatter", "x": places, "y": chain.entropy,
            "mode": "lines+markers" if T <= 80 else "lines",
            "name": _("expected (entropy)"),
            "line": {"color": "@p", "width": 2}, "marker": {"color": "@p", "size": 6},
            "hoverinfo": "skip",
        },
        {
            "type": "scatter", "x": places, "y": chain.log2_probs, "yaxis": "y2",
            "mode": "lines+markers" if T <= 80 else "lines",
            "name": _("log₂ p so far"),
            "line": {"color": "@ink", "width": 2, "dash": "dot"},
            "marker": {"color": "@ink", "size": 5},
            "hoverinfo": "text", "hovertext": hover_so_far,
        },
        margin={"l": 62, "r": 12, "t": 8, "b": _slant(labels) if worded else 44},
        xaxis=x_axis,
        yaxis=axis(
            _("bits"), range=[0, highest * 1.06], domain=[0.4, 1], fixedrange=True,
            zeroline=False, nticks=6,
        ),
        yaxis2=axis(
            _("log₂ p (bits)"), range=[min(lowest, default=-1.0) * 1.08 - 0.5, 0],
            domain=[0, 0.33], fixedrange=True, zeroline=False, nticks=4,
        ),
        shapes=[
            {
                "type": "rect", "xref": "x", "yref": "paper", "x0": at + 0.52, "x1": at + 1.48,
                "y0": 0, "y1": 1, "fillcolor": "@p", "opacity": 0.13, "line": {"width": 0},
                "layer": "below",
            }
        ],
        hovermode="closest",
    )  # fmt: skip


def _cut(label: str, longest: int = 12) -> str:
    return escape(label if len(label) <= longest else label[: longest - 1] + "…")


def _slant(labels: Sequence[str]) -> int:
    """Room under an axis for labels at a slant."""
    if len(labels) <= 6:
        return 36
    return int(22 + 0.62 * label_margin([_cut(label) for label in labels]))


def prediction(chain: ChainRule, at: int, labels: Sequence[str], came: str, most: int = 12) -> Spec:
    """What the model expected at one place: its likeliest tokens, what came, all the others.

    Args:
        chain: the scored text.
        at: the place.
        labels: the texts of `chain.top_ids[at]`, at least `most` or all of them.
        came: the text of the token that came.
        most: how many of the likeliest to show.
    """
    K = min(most, chain.top_ids.shape[1])
    ids, probs = chain.top_ids[at, :K].tolist(), chain.top_probs[at, :K].tolist()
    names = [escape(label) for label in labels[:K]]
    expected = {row: p for row, p in enumerate(probs) if ids[row] != chain.ids[at]}
    arrived = {row: p for row, p in enumerate(probs) if ids[row] == chain.ids[at]}
    if not arrived:
        names.append(escape(came))
        arrived = {K: float(chain.probs[at])}
    shown = sum(expected.values()) + sum(arrived.values())
    hidden = chain.vocab_size - len(names)
    others = {}
    if hidden > 0:
        others = {len(names): max(0.0, 1.0 - shown)}
        names.append(_("{n} more").format(n=count(hidden)))
    rank = count(int(chain.ranks[at]))
    size = count(chain.vocab_size)
    kinds = [
        (_("expected"), "@p", expected, "<b>{token}</b><br>{p}"),
        (
            _("came"), "@q", arrived,
            "<b>{token}</b><br>{p}<br>" + _("rank {rank} of {size}").format(rank=rank, size=size),
        ),
        (_("all the others together"), "@removed", others, "{token}<br>{p}"),
    ]  # fmt: skip
    highest = max([*expected.values(), *arrived.values(), *others.values()])
    end = next((end for end in (0.05, 0.1, 0.2, 0.5, 1.0) if highest <= end), 1.0)
    return figure(
        *[
            {
                "type": "bar", "orientation": "h", "width": 0.72, "name": name,
                "y": torch.tensor(list(bars), dtype=torch.float32),
                "x": torch.tensor(list(bars.values()), dtype=torch.float32),
                "marker": {"color": color},
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
            _("probability"), range=[0, end * _ROOM], tickformat=".0%", nticks=5,
            fixedrange=True, zeroline=False,
        ),
        yaxis=axis(
            range=[len(names) - 0.4, -0.6], tickvals=list(range(len(names))), ticktext=names,
            fixedrange=True, showgrid=False, zeroline=False,
        ),
    )  # fmt: skip


def race(compared: TextComparison, labels: tuple[Sequence[str], Sequence[str]]) -> Spec:
    """Bits of two texts, token by token: one line while they agree, two from the fork on."""
    fork = compared.shared
    whole = [
        _run(name, color, chain, words, fork, len(chain.ids))
        for name, color, chain, words in zip(
            (_("first text"), _("second text")),
            ("@p", "@q"),
            (compared.first, compared.second),
            labels,
            strict=True,
        )
    ]
    traces = [_run(_("both"), "@muted", compared.first, labels[0], 0, fork), *whole]
    ends = [
        (len(chain.ids), chain.bits, color)
        for chain, color in ((compared.first, "@p"), (compared.second, "@q"))
    ]
    highest = max([1.0, *(y for _x, y, _c in ends if math.isfinite(y))])
    longest = max(x for x, _y, _c in ends)
    apart = abs(ends[0][1] - ends[1][1]) / highest > 0.06 or ends[0][0] != ends[1][0]
    first_above = ends[0][1] > ends[1][1]
    return figure(
        *(traces if fork else whole),
        margin={"l": 62, "r": 92, "t": 12, "b": 44},
        xaxis=axis(
            _("tokens read"), range=[-0.3, longest + 0.3], fixedrange=True, showgrid=False,
            zeroline=False, nticks=min(12, longest + 1), tickformat="d",
        ),
        yaxis=axis(
            _("−log₂ p so far (bits)"), range=[0, highest * 1.08], fixedrange=True,
            zeroline=False, nticks=6,
        ),
        annotations=[
            {
                "x": x, "y": y, "xanchor": "left", "xshift": 8, "showarrow": False,
                "yshift": 0 if apart else (9 if (i == 0) == first_above else -9),
                "text": bits(y, 4), "font": {"color": color, "size": 14},
            }
            for i, (x, y, color) in enumerate(ends)
            if math.isfinite(y)
        ],
        shapes=[
            {
                "type": "line", "xref": "x", "yref": "paper", "x0": compared.shared,
                "x1": compared.shared, "y0": 0, "y1": 1,
                "line": {"color": "@muted", "width": 1, "dash": "dot"},
            }
        ]
        if 0 < compared.shared < longest
        else [],
    )  # fmt: skip


def _run(
    name: str, color: str, chain: ChainRule, words: Sequence[str], start: int, end: int
) -> Spec:
    """The bits of a text from token `start` to token `end`; 0 is the empty text, which is free."""
    sums = [0.0, *(-chain.log2_probs).tolist()]
    line = _("<b>{token}</b><br>+{came} bits<br>{sum} bits so far")
    hover = [
        _("nothing yet"),
        *[
            line.format(token=escape(word), came=number(came), sum=number(so_far, 4))
            for word, came, so_far in zip(words, chain.surprisal.tolist(), sums[1:], strict=True)
        ],
    ]
    return {
        "type": "scatter", "name": name,
        "x": torch.arange(start, end + 1, dtype=torch.float32),
        "y": torch.tensor(sums[start : end + 1]),
        "mode": "lines+markers" if len(sums) <= 80 else "lines",
        "line": {"color": color, "width": 3}, "marker": {"color": color, "size": 7},
        "hoverinfo": "text", "hovertext": hover[start : end + 1],
    }  # fmt: skip


def sizes(plain: Mapping[str, int], ideal_bits: float, coded: int | None) -> Spec:
    """The same text in bytes: as it is, under everyday compressors, under the model.

    Args:
        plain: from `core.coding.compare_compressors`.
        ideal_bits: -log₂ p(text), drawn as a line.
        coded: bytes of the arithmetic code; None before it was made.
    """
    kinds = [
        ("UTF-8", "@removed", plain["raw"]),
        *[(name, "@raw", plain[name]) for name in ("gzip", "bz2", "xz")],
        (_("this model"), "@p", coded),
    ]
    names = [name for name, _color, _size in kinds]
    held = [0 if size is None else size for _name, _color, size in kinds]
    texts = [
        _("not coded yet") if size is None else _("{n} bytes").format(n=count(size))
        for _name, _color, size in kinds
    ]
    ideal = ideal_bits / 8
    end = max([1.0, *held, ideal if math.isfinite(ideal) else 0.0])
    return figure(
        {
            "type": "bar", "orientation": "h", "width": 0.66,
            "y": torch.arange(len(kinds), dtype=torch.float32),
            "x": torch.tensor(held, dtype=torch.float32),
            "marker": {"color": [color for _name, color, _size in kinds]},
            "text": texts, "textposition": "outside", "cliponaxis": False,
            "textfont": {"size": 13}, "hoverinfo": "text", "hovertext": texts,
        },
        margin={"l": label_margin(names), "r": 12, "t": 24, "b": 44},
        xaxis=axis(
            _("size (bytes)"), range=[0, end * 1.35], fixedrange=True, zeroline=False, nticks=6,
        ),
        yaxis=axis(
            range=[len(kinds) - 0.4, -0.6], tickvals=list(range(len(kinds))), ticktext=names,
            fixedrange=True, showgrid=False, zeroline=False,
        ),
        shapes=[
            {
                "type": "line", "xref": "x", "yref": "paper", "x0": ideal, "x1": ideal,
                "y0": 0, "y1": 1, "line": {"color": "@p", "width": 2, "dash": "dot"},
            }
        ],
        annotations=[
            {
                "x": ideal, "xref": "x", "y": 1, "yref": "paper", "yanchor": "bottom",
                "showarrow": False, "font": {"color": "@p", "size": 13}, "xanchor": "left",
                "text": _("−log₂ p = {n} bytes").format(n=number(ideal, 3)),
            }
        ],
    )  # fmt: skip
