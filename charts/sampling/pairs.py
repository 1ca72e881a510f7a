"""Bars of tokens with two values each: draws, the alternatives at one position, two settings."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor

from charts.format import count, number, probability
from charts.i18n import _
from charts.sampling.bars import axis_end, numbers, rows_of_tokens, selected_row, token_axis
from charts.theme import Spec, axis, escape, figure, label_margin
from core.sampling import DrawCounts


def draws(
    counts: DrawCounts,
    probs: Tensor,
    ids: Sequence[int],
    labels: Sequence[str],
    selected: int = 0,
) -> Spec:
    """Draw how often each token was drawn (diamonds) and its exact probability (bars).

    The whiskers are two standard deviations of the share of n draws: 2 √(p(1 − p)/n).
    """
    shown = torch.tensor(ids)
    exact = probs[shown].to(torch.float64)
    seen = counts.frequencies[shown]
    names = [escape(label) for label in labels]
    rest = 1.0 - float(exact.sum())
    if len(ids) < probs.numel():
        names.append(_("{n} more").format(n=count(probs.numel() - len(ids))))
        rest_seen = 1.0 - float(seen.sum())
        exact = torch.cat((exact, exact.new_tensor([max(0.0, rest)])))
        seen = torch.cat((seen, seen.new_tensor([max(0.0, rest_seen)])))
    spread = 2 * (exact * (1 - exact).clamp(min=0) / counts.n).sqrt()
    hover = [
        _("<b>{token}</b><br>drawn {seen} times<br>expected {expected} ± {spread}").format(
            token=name,
            seen=count(round(f * counts.n)),
            expected=number(p * counts.n),
            spread=number(s * counts.n),
        )
        for name, f, p, s in zip(names, seen.tolist(), exact.tolist(), spread.tolist(), strict=True)
    ]
    rows = torch.arange(len(names), dtype=torch.float32)
    end = axis_end(exact + spread.clamp(max=0.2), seen)
    return figure(
        {
            "type": "bar", "orientation": "h", "y": rows, "x": exact, "width": 0.7,
            "name": _("exact probability"), "marker": {"color": "@p"},
            "hoverinfo": "text", "hovertext": hover,
            "error_x": {
                "type": "data", "array": spread, "color": "@ink", "thickness": 1.4, "width": 4,
            },
        },
        # Only for the legend, which lists the names of traces.
        {
            "type": "scatter", "mode": "lines", "x": [None], "y": [None],
            "name": _("p ± 2 standard deviations"), "line": {"color": "@ink", "width": 1.4},
            "hoverinfo": "skip",
        },
        {
            "type": "scatter", "mode": "markers", "y": rows, "x": seen,
            "name": _("share of the draws"), "hoverinfo": "skip", "cliponaxis": False,
            "marker": {"color": "@q", "size": 10, "symbol": "diamond"},
        },
        margin={"l": label_margin(names), "r": 12, "t": 6, "b": 40},
        xaxis=axis(
            _("probability and share of the draws"), range=[0, end * 1.04], tickformat=".0%",
            nticks=6, fixedrange=True, zeroline=False,
        ),
        yaxis=token_axis(names),
        shapes=[selected_row(selected)],
        hovermode="y",
    )  # fmt: skip


def alternatives(
    labels: Sequence[str], raw: Sequence[float], final: Sequence[float], chosen: int
) -> Spec:
    """Draw the alternatives at one position of a text; the chosen token has its own color."""
    names = [escape(label) for label in labels]
    rows = torch.arange(len(names), dtype=torch.float32)
    end = axis_end(raw, final)
    hover = [
        _("<b>{token}</b><br>before the filters {raw}<br>after {final}").format(
            token=name, raw=probability(before), final=probability(after) if after else _("removed")
        )
        for name, before, after in zip(names, raw, final, strict=True)
    ]
    after, here = _("after the filters"), _("token in the text")

    def bar(x: Sequence[float], width: float, name: str, color: str, **more: Any) -> Spec:
        return {
            "type": "bar", "orientation": "h", "x": list(x), "y": rows, "width": width,
            "name": name, "marker": {"color": color}, "hoverinfo": "skip",
        } | more  # fmt: skip

    return figure(
        bar(
            raw, 0.82, _("before the filters"), "@raw", hoverinfo="text", hovertext=hover
        ),
        bar([0.0 if i == chosen else p for i, p in enumerate(final)], 0.46, after, "@p"),
        bar([p if i == chosen else 0.0 for i, p in enumerate(final)], 0.46, here, "@accent"),
        numbers(final, [max(pair) for pair in zip(raw, final, strict=True)], rows),
        **rows_of_tokens(names, end, ticks=5),
    )  # fmt: skip


def side_by_side(
    first: Sequence[float] | Tensor,
    second: Sequence[float] | Tensor,
    labels: Sequence[str],
    names: tuple[str, str],
    selected: int | None = None,
    alone: tuple[bool | None, bool | None] = (None, None),
) -> Spec:
    """Draw two distributions over the same tokens: the first in blue, the second in orange.

    Args:
        first: Probabilities.
        second: Probabilities.
        labels: The tokens in visible characters.
        names: Names of the two distributions.
        selected: The row that is marked.
        alone: Whether only one token is possible in each; see `shares`.
    """
    tokens = [escape(label) for label in labels]
    p, q = torch.as_tensor(first), torch.as_tensor(second)
    rows = torch.arange(len(tokens), dtype=torch.float32)
    end = axis_end(p, q)

    def bar(x: Tensor, name: str, color: str, shift: float) -> Spec:
        return {
            "type": "bar", "orientation": "h", "y": rows + shift, "x": x, "width": 0.38,
            "name": name, "marker": {"color": color}, "hoverinfo": "text",
            "hovertext": [
                f"<b>{token}</b><br>{escape(name)}: {probability(value)}"
                for token, value in zip(tokens, x.tolist(), strict=True)
            ],
        }  # fmt: skip

    return figure(
        bar(p, names[0], "@p", -0.2),
        bar(q, names[1], "@q", 0.2),
        numbers(p.tolist(), p, rows - 0.2, 12, alone[0]),
        numbers(q.tolist(), q, rows + 0.2, 12, alone[1]),
        **rows_of_tokens(tokens, end),
        shapes=[selected_row(selected)] if selected is not None else [],
    )  # fmt: skip
