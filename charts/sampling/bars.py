"""Bars of tokens: a distribution, draws, the alternatives at one position, two distributions."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor

from charts.format import count, number, probability
from charts.i18n import _
from charts.theme import Spec, axis, escape, figure, label_margin
from core.sampling import DrawCounts, HiddenTail, SamplingTrace, hidden_tail

#: Right ends of the probability axis: few, so that the axis seldom changes during a drag.
ENDS = (0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0)
_ROOM = 1.16  # of the longest bar: space for its number


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
) -> Spec:
    """Draw horizontal bars: probability before and after the filters, and the hidden tail.

    Args:
        trace: The way from logits to the final distribution.
        ids: Tokens to show, the most likely at the top.
        labels: Their texts in visible characters.
        tail: `tails(trace, ids)`; None computes it.
    """
    before, after = tails(trace, ids) if tail is None else tail
    shown = torch.tensor(ids)
    raw, final = trace.raw_probs[shown], trace.probs[shown]
    kept = trace.kept[shown]
    names = [escape(label) for label in labels]
    hover = _hovers(names, ids, raw.tolist(), final.tolist(), kept.tolist())
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
        },
        pale
        | {
            "name": _("after the filters"),
            "x": final,
            "width": 0.46,
            "marker": {"color": "@p"},
            "hoverinfo": "skip",
        },
        _numbers(final.tolist(), torch.maximum(raw, final), rows),
        barmode="overlay",
        margin={"l": label_margin(names), "r": 12, "t": 6, "b": 40},
        xaxis=axis(
            _("probability"), range=[0, end * _ROOM], tickformat=".0%" if end > 0.05 else ".1%",
            nticks=6, fixedrange=True, zeroline=False,
        ),
        yaxis=_token_axis(names),
    )  # fmt: skip


def _numbers(
    shares: Sequence[float], ends: Tensor | Sequence[float], rows: Tensor, size: int = 13
) -> Spec:
    """Percentages after the bars' ends. A bar's own text would be measured at every update."""
    return {
        "type": "scatter",
        "mode": "text",
        "x": ends,
        "y": rows,
        "text": [f" {probability(p)}" if p else "" for p in shares],
        "textposition": "middle right",
        "textfont": {"size": size},
        "cliponaxis": False,
        "hoverinfo": "skip",
        "showlegend": False,
    }


def _token_axis(names: Sequence[str]) -> Spec:
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
) -> list[str]:
    line = _("<b>{token}</b><br>before {raw}<br>after {final}<br>id {id}")
    removed = _("<b>{token}</b><br>before {raw}<br>removed<br>id {id}")
    return [
        (line if stays else removed).format(
            token=name, raw=probability(before), final=probability(after), id=i
        )
        for name, i, before, after, stays in zip(names, ids, raw, final, kept, strict=True)
    ]


def draws(counts: DrawCounts, probs: Tensor, ids: Sequence[int], labels: Sequence[str]) -> Spec:
    """Draw how often each token was drawn (diamonds) and its exact probability (bars).

    The error bars are two standard deviations of a binomial share, √(p(1 − p)/n).
    """
    shown = torch.tensor(ids)
    exact = probs[shown].to(torch.float64)
    seen = counts.frequencies[shown]
    spread = 2 * (exact * (1 - exact) / counts.n).sqrt()
    names = [escape(label) for label in labels]
    rest = 1.0 - float(exact.sum())
    if len(ids) < probs.numel():
        names.append(_("{n} more").format(n=count(probs.numel() - len(ids))))
        rest_seen = 1.0 - float(seen.sum())
        exact = torch.cat((exact, exact.new_tensor([max(0.0, rest)])))
        seen = torch.cat((seen, seen.new_tensor([max(0.0, rest_seen)])))
        spread = torch.cat((spread, spread.new_tensor([2 * (max(0.0, rest) / counts.n) ** 0.5])))
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
            "name": _("exact probability"), "marker": {"color": "@raw"},
            "hoverinfo": "text", "hovertext": hover,
            "error_x": {
                "type": "data", "array": spread, "color": "@muted", "thickness": 1.2, "width": 3,
            },
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
        yaxis=_token_axis(names),
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

    def bar(x: Sequence[float], width: float, name: str, color: str) -> Spec:
        return {
            "type": "bar", "orientation": "h", "x": list(x), "y": rows, "width": width,
            "name": name, "marker": {"color": color}, "hoverinfo": "text", "hovertext": hover,
        }  # fmt: skip

    return figure(
        bar(raw, 0.82, _("before the filters"), "@raw"),
        bar([0.0 if i == chosen else p for i, p in enumerate(final)], 0.46, after, "@p"),
        bar([p if i == chosen else 0.0 for i, p in enumerate(final)], 0.46, here, "@kept"),
        _numbers(final, [max(pair) for pair in zip(raw, final, strict=True)], rows),
        barmode="overlay",
        margin={"l": label_margin(names), "r": 12, "t": 6, "b": 40},
        xaxis=axis(
            _("probability"), range=[0, end * _ROOM], tickformat=".0%" if end > 0.05 else ".1%",
            nticks=5, fixedrange=True, zeroline=False,
        ),
        yaxis=_token_axis(names),
    )  # fmt: skip


def side_by_side(
    first: Sequence[float] | Tensor,
    second: Sequence[float] | Tensor,
    labels: Sequence[str],
    names: tuple[str, str],
) -> Spec:
    """Draw two distributions over the same tokens: the first in blue, the second in orange."""
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
        _numbers(p.tolist(), p, rows - 0.2, 12),
        _numbers(q.tolist(), q, rows + 0.2, 12),
        barmode="overlay",
        margin={"l": label_margin(tokens), "r": 12, "t": 6, "b": 40},
        xaxis=axis(
            _("probability"), range=[0, end * _ROOM], tickformat=".0%" if end > 0.05 else ".1%",
            nticks=6, fixedrange=True, zeroline=False,
        ),
        yaxis=_token_axis(tokens),
    )  # fmt: skip
