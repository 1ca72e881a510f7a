"""Upcycling a language model: its losses, and a text before and after copying."""

from __future__ import annotations

from collections.abc import Sequence

import torch

from charts.format import number
from charts.i18n import _
from charts.theme import Spec, axis, escape, figure
from core.moe.tiny_lm_upcycling import UpcycledText, UpcyclingRecord

_LINES = {
    "dense": {"color": "@p", "width": 2.5},
    "upcycled": {"color": "@q", "width": 3},
    "wide": {"color": "@raw", "width": 2.5, "dash": "dash"},
    "experts": {"color": "@accent", "width": 2.5, "dash": "dot"},
}


def training_names(record: UpcyclingRecord) -> dict[str, str]:
    """Return the label of each training, in the order of the figure."""
    dense, copies, wide = (record.curves[name].config for name in ("dense", "upcycled", "wide"))
    return {
        "dense": _("dense"),
        "upcycled": _("upcycled: {k} of {n} experts").format(k=copies.top_k, n=copies.num_experts),
        "wide": _("dense, {k} × FFN width").format(k=wide.expert_dim // dense.expert_dim),
        "experts": _("MoE from the start"),
    }


def training_curves(record: UpcyclingRecord, domain: str | None = None) -> Spec:
    """Draw the held-out loss of every training by step, and a line at the step of copying.

    The axes start just before that step: the losses fall from 12 bits at first, and the
    differences between the trainings would be invisible on that scale.

    Args:
        record: What was measured.
        domain: A domain; None = the mean over all.
    """
    names = training_names(record)
    traces: list[Spec] = []
    values: list[float] = []
    for name in _LINES:
        curve = record.curves[name]
        bits = list(curve.of(domain))
        values += [b for step, b in zip(curve.steps, bits, strict=True) if step >= record.copied_at]
        traces.append(
            {
                "type": "scatter", "mode": "lines+markers", "name": names[name],
                "x": list(curve.steps), "y": bits, "line": _LINES[name], "marker": {"size": 5},
                "hovertemplate": "%{y:.2f}<extra>%{fullData.name}</extra>",
            }
        )  # fmt: skip
    last = max(curve.steps[-1] for curve in record.curves.values())
    first = 0.85 * record.copied_at
    margin = 0.06 * (max(values) - min(values))
    return figure(
        *traces,
        margin={"l": 60, "r": 12, "t": 8, "b": 46},
        hovermode="x unified",
        xaxis=axis(_("step"), range=[first, 1.02 * last], zeroline=False, nticks=8),
        yaxis=axis(
            _("held-out bits per token"), range=[min(values) - margin, max(values) + margin],
            zeroline=False, nticks=6,
        ),
        shapes=[
            {
                "type": "line", "yref": "paper", "y0": 0, "y1": 1,
                "x0": record.copied_at, "x1": record.copied_at,
                "line": {"color": "@muted", "width": 1.5, "dash": "dot"},
            }
        ],
        annotations=[
            {
                "x": record.copied_at, "y": 1, "yref": "paper", "text": _("copied"),
                "showarrow": False, "xanchor": "left", "yanchor": "top", "xshift": 4,
                "font": {"size": 13, "color": "@muted"},
            }
        ],
    )  # fmt: skip


def surprisals(compared: UpcycledText, words: Sequence[str], at: int = 0) -> Spec:
    """Draw every token's surprisal in the dense model and after copying.

    Args:
        compared: One text through both models.
        words: Its T tokens in visible characters.
        at: The token in detail, from 0; its bar is outlined.
    """
    before, after = compared.dense.surprisal[1:], compared.experts.surprisal[1:]
    places = torch.arange(1, len(words))
    line = _("<b>{token}</b><br>dense: {before} bits<br>after copying: {after} bits")
    hover = [
        line.format(token=escape(word), before=number(a, 3), after=number(b, 3))
        for word, a, b in zip(words[1:], before.tolist(), after.tolist(), strict=True)
    ]
    hovers = {"hoverinfo": "text", "hovertext": hover}
    few = len(words) <= 40
    return figure(
        {
            "type": "bar", "name": _("dense"), "x": places, "y": before,
            "marker": {
                "color": "@p", "opacity": 0.55,
                "line": {
                    "color": "@ink", "width": [3 if i == at else 0 for i in range(1, len(words))],
                },
            },
            **hovers,
        },
        {
            "type": "scatter", "mode": "markers", "name": _("after copying"), "x": places,
            "y": after, "hoverinfo": "skip",
            "marker": {"color": "@q", "symbol": "line-ew", "size": 14 if few else 7,
                       "line": {"color": "@q", "width": 3}},
        },
        margin={"l": 60, "r": 12, "t": 8, "b": 64 if few else 46},
        bargap=0.25,
        xaxis=axis(
            None if few else _("token"), range=[0.4, len(words) - 0.4], fixedrange=True,
            showgrid=False, zeroline=False,
            **(
                {
                    "tickvals": places, "ticktext": [escape(word) for word in words[1:]],
                    "tickangle": -45,
                }
                if few
                else {}
            ),
        ),
        yaxis=axis(_("surprisal (bits)"), rangemode="tozero", fixedrange=True, zeroline=False),
    )  # fmt: skip
