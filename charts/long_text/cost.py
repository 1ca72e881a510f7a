"""Pairs of tokens for which attention computes a score, by the length of the text."""

from __future__ import annotations

import math
from collections.abc import Sequence

from charts.i18n import _
from charts.theme import Spec, axis, figure
from core.long_text import attention_pairs

LENGTHS = tuple(2**n for n in range(8, 18))


def names() -> dict[str, str]:
    """Return the name of each way to attend."""
    return {"full": _("full"), "window": _("window"), "chunk": _("chunks")}


def cost(length: int, size: int) -> Spec:
    """Draw the pairs against the length; large dots mark the current length.

    Args:
        length: Current length in tokens.
        size: Tokens of the window and of a chunk.
    """
    lengths: Sequence[int] = sorted({*LENGTHS, length})
    styles = {
        "full": ("@q", "solid", {}),
        "window": ("@p", "dash", {"window": size}),
        "chunk": ("@kept", "dot", {"chunk": size}),
    }
    return figure(
        *(
            {
                "type": "scatter",
                "mode": "lines+markers",
                "name": names()[name],
                "x": list(lengths),
                "y": [attention_pairs(n, **given) for n in lengths],
                "line": {"color": color, "width": 3, "dash": dash},
                "marker": {"color": color, "size": [14 if n == length else 4 for n in lengths]},
                "hovertemplate": f"{names()[name]}, %{{x:,}}: %{{y:,}}<extra></extra>",
            }
            for name, (color, dash, given) in styles.items()
        ),
        margin={"l": 66, "r": 16, "t": 12, "b": 46},
        xaxis=axis(
            _("length of the text in tokens"),
            type="log",
            range=[math.log10(230), math.log10(150_000)],
            tickvals=[256, 1024, 4096, 16_384, 65_536],
            ticktext=["256", "1,024", "4,096", "16,384", "65,536"],
            fixedrange=True,
        ),
        yaxis=axis(
            _("pairs of tokens"),
            type="log",
            range=[3.3, 10.2],
            tickvals=[10**n for n in range(4, 11)],
            ticktext=["10⁴", "10⁵", "10⁶", "10⁷", "10⁸", "10⁹", "10¹⁰"],
            fixedrange=True,
        ),
    )
