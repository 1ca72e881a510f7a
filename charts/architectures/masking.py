"""Masked language modeling: the number of chosen tokens, and what replaces them."""

from __future__ import annotations

from charts.i18n import _
from charts.theme import Spec, axis, figure
from core.objectives import SHARES, MaskedTokens, masked_count

COLORS = {"mask": "@removed", "random": "@q", "kept": "@kept"}


def kind_name(kind: str) -> str:
    """Return the visible name of what happens to a chosen token."""
    return {
        "mask": _("replaced by [MASK]"),
        "random": _("replaced by a random token"),
        "kept": _("left as it is"),
    }[kind]


def rounding(length: int, rate: float, longest: int) -> Spec:
    """Draw max(1, round(rate · T)) over the length T, with the exact product and ties marked.

    Args:
        length: The current length, which has a dot.
        rate: Share of the tokens to choose.
        longest: End of the x axis.
    """
    lengths = list(range(1, longest + 1))
    counts = [masked_count(n, rate) for n in lengths]
    ties = [n for n in lengths if rate * n > 0.5 and (rate * n) % 1 == 0.5]
    here = masked_count(length, rate)
    return figure(
        {
            "type": "scatter", "mode": "lines", "name": _("rate · T"), "x": lengths,
            "y": [rate * n for n in lengths],
            "line": {"color": "@muted", "width": 2, "dash": "dot"},
            "hovertemplate": "%{x}: %{y:.2f}<extra></extra>",
        },
        {
            "type": "scatter", "mode": "lines", "name": _("chosen tokens"), "x": lengths,
            "y": counts, "line": {"color": "@p", "width": 3, "shape": "hvh"},
            "hovertemplate": "%{x}: %{y}<extra></extra>",
        },
        {
            "type": "scatter", "mode": "markers", "name": _("ties: to the even number"), "x": ties,
            "y": [masked_count(n, rate) for n in ties],
            "marker": {"color": "@q", "size": 12, "symbol": "diamond"},
            "hovertemplate": "%{x}: %{y}<extra></extra>",
        },
        {
            "type": "scatter", "mode": "markers", "x": [length], "y": [here],
            "marker": {"color": "@accent", "size": 10}, "hoverinfo": "skip", "showlegend": False,
        },
        margin={"l": 54, "r": 12, "t": 10, "b": 46},
        xaxis=axis(_("tokens T of the sequence"), range=[0, longest + 1], fixedrange=True),
        yaxis=axis(
            _("chosen"), range=[0, max(2.0, rate * longest * 1.08)], fixedrange=True
        ),
    )  # fmt: skip


def shares(result: MaskedTokens) -> Spec:
    """Draw the fates of the chosen tokens, and the expectation with one standard deviation."""
    count = sum(result.count(kind) for kind in SHARES)
    names = [kind_name(kind) for kind in SHARES]
    expected = [share * count for share in SHARES.values()]
    spread = [(count * share * (1 - share)) ** 0.5 for share in SHARES.values()]
    return figure(
        {
            "type": "bar", "orientation": "h", "y": names,
            "x": [result.count(kind) for kind in SHARES],
            "marker": {"color": [COLORS[kind] for kind in SHARES]}, "showlegend": False,
            "hovertemplate": "%{x}<extra></extra>",
        },
        {
            "type": "scatter", "mode": "markers", "name": _("expected ± 1 standard deviation"),
            "y": names, "x": expected,
            "error_x": {"type": "data", "array": spread, "color": "@ink", "thickness": 2},
            "marker": {"color": "@ink", "size": 9, "symbol": "diamond"},
            "hovertemplate": "%{x:.1f}<extra></extra>",
        },
        margin={"l": 190, "r": 16, "t": 8, "b": 44},
        xaxis=axis(_("tokens"), range=[0, max(5, count)], fixedrange=True),
        yaxis=axis(autorange="reversed", fixedrange=True),
    )  # fmt: skip
