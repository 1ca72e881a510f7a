"""Bars of tokens: what all such figures share, and the distribution before and after filters."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor

from charts.format import count, probability
from charts.i18n import _
from charts.theme import Spec, axis, escape, figure, label_margin
from core.sampling import HiddenTail, SamplingTrace, hidden_tail

#: Right ends of the probability axis: few, so that the axis seldom changes during a drag.
ENDS = (0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0)
ROOM = 1.16  # of the longest bar: space for its number


def shown_ids(trace: SamplingTrace, most: int = 18, newcomers: int = 5) -> list[int]:
    """Return the tokens that a figure shows: the most likely before the filters, in that order.

    Penalties and typical-p may raise other tokens to the top. Up to `newcomers` of the most likely
    tokens after the filters then take the last places.
    """
    first = trace.order[:most].tolist()
    raised = torch.topk(trace.probs, min(newcomers, trace.probs.numel()))
    new = [
        i
        for i, p in zip(raised.indices.tolist(), raised.values.tolist(), strict=True)
        if p > 0 and i not in first
    ]
    return first[: most - len(new)] + new


def tails(trace: SamplingTrace, ids: Sequence[int]) -> tuple[HiddenTail, HiddenTail]:
    """Return what the figure leaves out: before the filters and after them."""
    shown = torch.tensor(ids)
    return hidden_tail(trace.raw_probs, shown), hidden_tail(trace.probs, shown)


def axis_end(*probs: Tensor | Sequence[float]) -> float:
    """Return the right end of an axis on which all of these fit."""
    highest = max(float(torch.as_tensor(p).max()) for p in probs if len(p))
    return next((end for end in ENDS if highest <= end * (1 + 1e-6)), 1.0)


def distribution(
    trace: SamplingTrace,
    ids: Sequence[int],
    labels: Sequence[str],
    tail: tuple[HiddenTail, HiddenTail] | None = None,
    selected: int = 0,
) -> Spec:
    """Draw horizontal bars: probability before and after the filters, and the hidden tail.

    Args:
        trace: The way from logits to the final distribution.
        ids: Tokens to show, the most likely at the top.
        labels: Their texts in visible characters.
        tail: `tails(trace, ids)`; None computes it.
        selected: The row that is marked.
    """
    before, after = tails(trace, ids) if tail is None else tail
    shown = torch.tensor(ids)
    raw, final = trace.raw_probs[shown], trace.probs[shown]
    kept = trace.kept[shown]
    names = [escape(label) for label in labels]
    alone = int(trace.kept.sum()) == 1
    hover = _hovers(names, ids, raw.tolist(), final.tolist(), kept.tolist(), alone)
    if before.count:
        raw = torch.cat((raw, raw.new_tensor([before.mass])))
        final = torch.cat((final, final.new_tensor([after.mass])))
        kept = torch.cat((kept, torch.tensor([after.mass > 0])))
        names.append(_("{n} more").format(n=count(before.count)))
        hover.append(
            _("{n} tokens not shown: {raw} before, {final} after the filters").format(
                n=count(before.count), raw=probability(before.mass), final=probability(after.mass)
            )
        )
    rows = torch.arange(len(names), dtype=torch.float32)
    end = axis_end(raw, final)
    pale = {"type": "bar", "orientation": "h", "y": rows, "hoverinfo": "text", "hovertext": hover}
    return figure(
        pale
        | {
            "name": _("before the filters"),
            "x": raw * kept,
            "width": 0.82,
            "marker": {"color": "@raw"},
        },
        pale
        | {
            "name": _("removed"),
            "x": raw * ~kept,
            "width": 0.82,
            "marker": {"color": "@removed"},
            "hoverinfo": "skip",
        },
        pale
        | {
            "name": _("after the filters"),
            "x": final,
            "width": 0.46,
            "marker": {"color": "@p"},
            "hoverinfo": "skip",
        },
        numbers(final.tolist(), torch.maximum(raw, final), rows, alone=alone),
        **rows_of_tokens(names, end),
        shapes=[selected_row(selected)],
    )


def rows_of_tokens(names: Sequence[str], end: float, ticks: int = 6) -> Spec:
    """Return the layout of horizontal bars, one row per token, with probabilities up to `end`."""
    return {
        "barmode": "overlay",
        "margin": {"l": label_margin(names), "r": 12, "t": 6, "b": 40},
        "xaxis": axis(
            _("probability"), range=[0, end * ROOM], tickformat=".0%" if end > 0.05 else ".1%",
            nticks=ticks, fixedrange=True, zeroline=False,
        ),
        "yaxis": token_axis(names),
        "hovermode": "y",
    }  # fmt: skip


def shares(probs: Sequence[float], *, alone: bool | None = None) -> list[str]:
    """Return probabilities in per cent; "100 %" only for the one token that is possible.

    The float format may round a probability beside others to 1; that one is "> 99.99 %".

    Args:
        probs: Probabilities.
        alone: Whether only one token is possible; None if that is so where only one is above 0.

    >>> shares([1.0, 1e-9]), shares([1.0, 0.0])
    (['> 99.99 %', '1.0·10⁻⁹'], ['100 %', '0 %'])
    """
    alone = sum(p > 0 for p in probs) == 1 if alone is None else alone
    return [probability(p if p < 1 or alone else 1 - 1e-9) for p in probs]


def share(p: float, possible: Tensor) -> str:
    """Return one probability in per cent; `possible` marks the tokens that are possible."""
    return shares([p], alone=p < 1 or int(possible.sum()) == 1)[0]


def selected_row(row: int) -> Spec:
    """A band behind the row whose arithmetic the page shows."""
    return {
        "type": "rect", "xref": "paper", "x0": 0, "x1": 1, "y0": row - 0.5, "y1": row + 0.5,
        "fillcolor": "@muted", "opacity": 0.14, "line": {"width": 0}, "layer": "below",
    }  # fmt: skip


def numbers(
    probs: Sequence[float],
    ends: Tensor | Sequence[float],
    rows: Tensor,
    size: int = 13,
    alone: bool | None = None,
) -> Spec:
    """Percentages after the bars' ends. A bar's own text would be measured at every update."""
    return {
        "type": "scatter",
        "mode": "text",
        "x": ends,
        "y": rows,
        "text": [
            f" {text}" if p else ""
            for p, text in zip(probs, shares(probs, alone=alone), strict=True)
        ],
        "textposition": "middle right",
        "textfont": {"size": size},
        "cliponaxis": False,
        "hoverinfo": "skip",
        "showlegend": False,
    }


def token_axis(names: Sequence[str]) -> Spec:
    """Tokens from top to bottom, by position: two tokens may look alike."""
    return axis(
        range=[len(names) - 0.4, -0.6],
        tickvals=list(range(len(names))),
        ticktext=list(names),
        fixedrange=True,
        showgrid=False,
        zeroline=False,
    )


def _hovers(
    names: Sequence[str],
    ids: Sequence[int],
    raw: Sequence[float],
    final: Sequence[float],
    kept: Sequence[bool],
    alone: bool,
) -> list[str]:
    line = _("<b>{token}</b><br>before {raw}<br>after {final}<br>id {id}")
    removed = _("<b>{token}</b><br>before {raw}<br>removed<br>id {id}")
    columns = zip(names, ids, shares(raw), final, shares(final, alone=alone), kept, strict=True)
    return [
        # The float format rounds a very small probability of a kept token to 0.
        (line if stays else removed).format(
            token=name, raw=before, final=after if p else "< 0.01 %", id=i
        )
        for name, i, before, p, after, stays in columns
    ]
