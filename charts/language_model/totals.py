"""Figures of totals: two texts side by side, and the sizes of one text under compressors."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

import torch

from charts import format as formats
from charts.format import count, number, superscript
from charts.i18n import _
from charts.theme import Spec, axis, escape, figure, label_margin
from core.text_comparison import TextComparison
from core.text_scoring import ChainRule


def power_of_two(log2: float, digits: int = 2) -> str:
    """Return 2 to the power of `log2` in decimal notation, however large or small.

    >>> power_of_two(6), power_of_two(-2000), power_of_two(-math.inf)
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
    return f"{mantissa:.{digits - 1}f}·10{superscript(exponent)}"


def bits(x: float, digits: int = 3) -> str:
    """Return an amount of information with its unit, as short as the page's chips."""
    return formats.bits(x, digits)


def running_bits(compared: TextComparison, labels: tuple[Sequence[str], Sequence[str]]) -> Spec:
    """Draw the running bits of two texts: one line while they agree, two after that."""
    fork = compared.shared
    lines = [
        _line(name, color, chain, words, fork, len(chain.ids))
        for name, color, chain, words in zip(
            (_("first text"), _("second text")),
            ("@p", "@q"),
            (compared.first, compared.second),
            labels,
            strict=True,
        )
    ]
    traces = [_line(_("both"), "@muted", compared.first, labels[0], 0, fork), *lines]
    ends = [
        (len(chain.ids), chain.bits, color)
        for chain, color in ((compared.first, "@p"), (compared.second, "@q"))
    ]
    highest = max([1.0, *(y for _x, y, _c in ends if math.isfinite(y))])
    longest = max(x for x, _y, _c in ends)
    apart = abs(ends[0][1] - ends[1][1]) / highest > 0.06 or ends[0][0] != ends[1][0]
    first_above = ends[0][1] > ends[1][1]
    return figure(
        *(traces if fork else lines),
        margin={"l": 62, "r": 92, "t": 12, "b": 44},
        xaxis=axis(
            _("tokens"), range=[-0.3, longest + 0.3], fixedrange=True, showgrid=False,
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
                "type": "line", "xref": "x", "yref": "paper", "x0": fork, "x1": fork,
                "y0": 0, "y1": 1, "line": {"color": "@muted", "width": 1, "dash": "dot"},
            }
        ]
        if 0 < fork < longest
        else [],
    )  # fmt: skip


def _line(
    name: str, color: str, chain: ChainRule, words: Sequence[str], start: int, end: int
) -> Spec:
    """Return a text's running bits from `start` to `end` tokens; the empty text has 0 bits."""
    sums = [0.0, *(-chain.log2_probs).tolist()]
    line = _("<b>{token}</b><br>+{bits} bits<br>{sum} bits so far")
    hover = [
        _("before the first token"),
        *[
            line.format(token=escape(word), bits=number(surprisal), sum=number(so_far, 4))
            for word, surprisal, so_far in zip(
                words, chain.surprisal.tolist(), sums[1:], strict=True
            )
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
    """Draw the size of a text in bytes: uncompressed, under everyday compressors, under the model.

    Args:
        plain: From `core.coding.compare_compressors`.
        ideal_bits: -log₂ p(text), drawn as a line.
        coded: Bytes of the arithmetic code; None before it exists, when a pale bar shows -log₂ p.
    """
    names = ["UTF-8", "gzip", "bz2", "xz", _("this model")]
    colors = ["@removed", "@muted", "@muted", "@muted", "@p"]
    known = [plain[name] for name in ("raw", "gzip", "bz2", "xz")]
    texts = [_("{n} bytes").format(n=count(size)) for size in known]
    ideal = ideal_bits / 8
    finite = ideal if math.isfinite(ideal) else 0.0
    if coded is None:
        lengths, texts = [*known, finite], [*texts, _("not encoded yet")]
    else:
        lengths, texts = [*known, coded], [*texts, _("{n} bytes").format(n=count(coded))]
    end = max(1.0, *lengths, finite)
    return figure(
        {
            "type": "bar", "orientation": "h", "width": 0.66,
            "y": torch.arange(len(names), dtype=torch.float32),
            "x": torch.tensor(lengths, dtype=torch.float32),
            "marker": {"color": colors, "opacity": [1, 1, 1, 1, 1 if coded is not None else 0.3]},
            "text": texts, "textposition": "outside", "cliponaxis": False,
            "textfont": {"size": 13}, "hoverinfo": "text", "hovertext": texts,
        },
        margin={"l": label_margin(names), "r": 12, "t": 24, "b": 44},
        xaxis=axis(
            _("size (bytes)"), range=[0, end * 1.35], fixedrange=True, zeroline=False, nticks=6,
        ),
        yaxis=axis(
            range=[len(names) - 0.4, -0.6], tickvals=list(range(len(names))), ticktext=names,
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
