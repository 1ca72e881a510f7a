"""How much of a generated text is copied, and the loss against repetitions."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from charts.format import count, probability
from charts.i18n import _
from charts.theme import Spec, axis, figure


def copied(shares: Sequence[float], longest: Sequence[int], least: int) -> Spec:
    """Draw, for n = 1 upwards, the share of copied tokens and the longest copied run.

    Args:
        shares: Of the tokens in copied runs, 0 … 1.
        longest: Length of the longest run that occurs in the training text.
        least: Length from which a run counts as copied.
    """
    orders = list(range(1, len(shares) + 1))
    top = max(20, *longest)
    return figure(
        {
            "type": "bar", "name": _("copied tokens"), "x": orders, "y": list(shares),
            "width": 0.66, "marker": {"color": "@q"}, "hoverinfo": "text",
            "hovertext": [f"n = {i}: {probability(s)}" for i, s in enumerate(shares, start=1)],
        },
        {
            "type": "scatter", "mode": "lines+markers", "name": _("longest copied run"),
            "x": orders, "y": list(longest), "yaxis": "y2", "hoverinfo": "text",
            "hovertext": [
                _("n = {n}: {k} tokens").format(n=i, k=k)
                for i, k in zip(orders, longest, strict=True)
            ],
            "line": {"color": "@ink", "width": 2.5}, "marker": {"color": "@ink", "size": 8},
        },
        margin={"l": 62, "r": 58, "t": 10, "b": 44},
        xaxis=axis("n", range=[0.5, len(orders) + 0.5], dtick=1, fixedrange=True, showgrid=False),
        yaxis=axis(
            _("in copied runs of {n} or more").format(n=least), range=[0, 1.02], tickformat=".0%",
            fixedrange=True, nticks=6,
        ),
        yaxis2=axis(
            _("tokens"), range=[0, top * 1.02], overlaying="y", side="right", showgrid=False,
            zeroline=False, fixedrange=True, tickmode="linear", tick0=0,
            dtick=5 if top <= 30 else 10,
        ),
    )  # fmt: skip


def repetition(
    grid: Sequence[int], losses: Mapping[str, Sequence[float]], colors: Sequence[str], now: int
) -> Spec:
    """Draw losses in bits per token against the number of occurrences.

    Args:
        grid: Numbers of occurrences, from 1.
        losses: By the name of the text; inf is not drawn.
        colors: Color tokens of the lines.
        now: The selected number.
    """
    finite = [x for values in losses.values() for x in values if x != float("inf")]
    return figure(
        *(
            {
                "type": "scatter", "mode": "lines+markers", "name": name, "x": list(grid),
                "y": [x if x != float("inf") else None for x in values],
                "line": {"color": color, "width": 3}, "marker": {"color": color, "size": 6},
                "hovertemplate": "k = %{x}: %{y:.3f}<extra></extra>",
            }
            for (name, values), color in zip(losses.items(), colors, strict=True)
        ),
        margin={"l": 58, "r": 16, "t": 10, "b": 44},
        xaxis=axis(
            _("occurrences k"), type="log", range=[-0.06, 3.06], fixedrange=True,
            tickvals=[1, 10, 100, 1000], ticktext=[count(k) for k in (1, 10, 100, 1000)],
        ),
        yaxis=axis(
            _("loss (bits per token)"), range=[0, max([1.0, *finite]) * 1.08], fixedrange=True,
            nticks=7,
        ),
        shapes=[
            {
                "type": "line", "xref": "x", "yref": "paper", "x0": now, "x1": now, "y0": 0,
                "y1": 1, "line": {"color": "@muted", "width": 2, "dash": "dot"},
            }
        ],
    )  # fmt: skip
