"""Perplexity against n, and how much of the held-out text was never seen."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

from charts.format import number, probability
from charts.i18n import _
from charts.theme import Spec, axis, escape, figure
from core.ngrams import OrderCurve, Unseen

POWERS = (1, 10, 100, 1000, 10_000, 100_000)


def order(
    curves: Mapping[str, OrderCurve],
    chosen: str,
    train: OrderCurve,
    *,
    n: int,
    per_character: float,
    top: float,
    model: tuple[str, float] | None = None,
) -> Spec:
    """Draw training and held-out perplexity against n, and the other methods behind them.

    Args:
        curves: The held-out text under every smoothing method, by its visible name.
        chosen: The name of the method in the foreground.
        train: The training text under the same method.
        n: The selected n.
        per_character: Tokens per character of the held-out text, for the right axis.
        top: Upper end of the perplexity axis.
        model: Name of the language model and its bits per character.
    """
    end = math.log10(max(top, 10.0)) + 0.15
    lines = {name: [_finite(x) for x in curve.perplexity] for name, curve in curves.items()}
    held_out, best = curves[chosen], curves[chosen].best
    orders = list(range(1, len(held_out.perplexity) + 1))
    others = [name for name in lines if name != chosen]
    behind_x = [x for _name in others for x in [*orders, None]]
    behind_y = [y for name in others for y in [*lines[name], None]]
    hover = "n = %{x}: %{y:.4~g}<extra></extra>"
    right = [None if math.isinf(b) else b * per_character for b in held_out.cross_entropy]
    traces = [
        {
            "type": "scatter", "mode": "lines+markers", "name": _("other methods"),
            "x": behind_x, "y": behind_y, "hovertemplate": hover,
            "line": {"color": "@muted", "width": 1.5, "dash": "dot"},
            "marker": {"color": "@muted", "size": 5},
        },
        {
            "type": "scatter", "mode": "lines+markers", "name": _("training text"),
            "x": orders, "y": [_finite(x) for x in train.perplexity], "hovertemplate": hover,
            "line": {"color": "@p", "width": 3}, "marker": {"color": "@p", "size": 8},
        },
        {
            "type": "scatter", "mode": "lines+markers",
            "name": _("held out, {method}").format(method=chosen),
            "x": orders, "y": right, "yaxis": "y2",
            "customdata": [number(x, 4) for x in held_out.perplexity],
            "hovertemplate": "n = %{x}: %{customdata}<extra></extra>",
            "line": {"color": "@q", "width": 3},
            "marker": {"color": "@q", "size": [15 if i == best else 8 for i in orders]},
        },
    ]  # fmt: skip
    annotations = [
        {
            "x": last + 1, "y": math.log10(y), "text": name, "showarrow": False,
            "xanchor": "right", "yanchor": "bottom", "font": {"size": 12, "color": "@muted"},
        }
        for name in others
        for last, y in [(i, y) for i, y in enumerate(lines[name]) if y is not None][-1:]
        if last > 0
    ]  # fmt: skip
    early = best < len(orders) - 2  # room for the label to the right of the minimum
    if best:
        annotations.append(
            {
                "x": best, "y": math.log10(held_out.perplexity[best - 1]),
                "ax": 58 if early else -58, "ay": 44 if early else -44,
                "text": _("lowest: {p}").format(p=number(held_out.perplexity[best - 1])),
                "font": {"color": "@q", "size": 14}, "arrowcolor": "@q", "bgcolor": "@paper",
            }
        )  # fmt: skip
    shapes = [_column(n)]
    ceiling = end * math.log2(10) * per_character
    if model is not None:
        name, bits = model
        shapes.append(
            {
                "type": "line", "xref": "paper", "yref": "y2", "x0": 0, "x1": 1, "y0": bits,
                "y1": bits, "line": {"color": "@kept", "width": 3, "dash": "dash"},
            }
        )  # fmt: skip
        annotations.append(
            {
                "x": 0, "xref": "paper", "y": bits, "yref": "y2", "xanchor": "left",
                "yanchor": "bottom", "showarrow": False, "font": {"color": "@kept", "size": 14},
                "text": escape(name),
            }
        )  # fmt: skip
    return figure(
        *traces,
        margin={"l": 66, "r": 62, "t": 10, "b": 44},
        xaxis=_orders(len(orders)),
        yaxis=axis(
            _("perplexity per token"), type="log", range=[-0.05 * end, end], fixedrange=True,
            tickvals=POWERS, ticktext=[f"{p:,}" for p in POWERS],
        ),
        yaxis2=axis(
            _("bits per character"), range=[-0.05 * ceiling, ceiling], overlaying="y",
            side="right", showgrid=False, zeroline=False, fixedrange=True,
            tickmode="linear", tick0=0, dtick=0.5,
        ),
        annotations=annotations,
        shapes=shapes,
    )  # fmt: skip


def unseen(shares: Sequence[Unseen], n: int) -> Spec:
    """Draw, for each n, the share of held-out contexts and tokens that were never seen."""
    orders = list(range(1, len(shares) + 1))
    columns = (
        (_("token never seen after it"), "@removed", [share.events for share in shares], 0.72),
        (_("context never seen"), "@q", [share.contexts for share in shares], 0.4),
    )
    return figure(
        *(
            {
                "type": "bar", "name": name, "x": orders, "y": values, "width": width,
                "marker": {"color": color}, "hoverinfo": "text",
                "hovertext": [f"n = {i}: {probability(v)}" for i, v in enumerate(values, start=1)],
            }
            for name, color, values, width in columns
        ),
        barmode="overlay",
        margin={"l": 66, "r": 62, "t": 10, "b": 44},
        xaxis=_orders(len(orders)),
        yaxis=axis(
            _("of held-out tokens"), range=[0, 1], tickformat=".0%", fixedrange=True, nticks=5,
        ),
        shapes=[_column(n)],
    )  # fmt: skip


def _finite(x: float) -> float | None:
    return x if math.isfinite(x) else None


def _orders(count: int) -> Spec:
    return axis("n", range=[0.5, count + 0.5], dtick=1, fixedrange=True, showgrid=False)


def _column(n: int) -> Spec:
    """Return the band that marks the selected n."""
    return {
        "type": "rect", "xref": "x", "yref": "paper", "x0": n - 0.5, "x1": n + 0.5, "y0": 0,
        "y1": 1, "fillcolor": "@accent", "opacity": 0.12, "line": {"width": 0}, "layer": "below",
    }  # fmt: skip
