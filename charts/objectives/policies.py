"""A policy beside its reference, and the plane of KL divergence and expected reward."""

from __future__ import annotations

from collections.abc import Sequence

from torch import Tensor

from charts.i18n import _
from charts.theme import Spec, axis, escape, figure
from core.objectives import TiltedPolicy


def short(name: str) -> str:
    """Return a token's text, truncated to fit under a bar."""
    return name if len(name) <= 9 else name[:8] + "…"


def policies(
    reference: Sequence[float], probs: Tensor, names: Sequence[str], rewards: Sequence[float]
) -> Spec:
    """Draw both probabilities of every candidate."""
    labels = [f"{escape(short(name))}<br>r = {r:g}" for name, r in zip(names, rewards, strict=True)]
    places = list(range(len(names)))

    def bars(name: str, y: Sequence[float], color: str) -> Spec:
        return {
            "type": "bar",
            "name": name,
            "x": places,
            "y": y,
            "marker": {"color": color},
            "hovertemplate": f"{name}: %{{y:.4f}}<extra></extra>",
        }

    return figure(
        bars("π_ref", list(reference), "@p"),
        bars("π", probs.tolist(), "@q"),
        margin={"l": 56, "r": 12, "t": 12, "b": 64},
        xaxis=axis(
            _("next token, with its reward r"),
            tickvals=places,
            ticktext=labels,
            tickangle=0,
            range=[-0.5, len(names) - 0.5],
            fixedrange=True,
        ),
        yaxis=axis(_("probability"), range=[0, 1.02], fixedrange=True),
    )


def plane(
    curve: Sequence[TiltedPolicy],
    now: TiltedPolicy,
    best: Sequence[TiltedPolicy],
    picked: TiltedPolicy,
    sizes: Sequence[int],
) -> Spec:
    """Draw the optimal curve, best-of-n for several n, and the current point of each."""
    every = [*curve, *best, now, picked]
    kls, rewards = [f.kl for f in every], [f.expected_reward for f in every]
    room = max(0.1, 0.08 * (max(rewards) - min(rewards)))

    def points(name: str, found: Sequence[TiltedPolicy], **fields: object) -> Spec:
        return {
            "type": "scatter",
            "name": name,
            "x": [f.kl for f in found],
            "y": [f.expected_reward for f in found],
            "hovertemplate": f"{name}<br>KL %{{x:.3f}}, E[r] %{{y:.3f}}<extra></extra>",
            **fields,
        }

    return figure(
        points(_("optimum for each β"), curve, mode="lines", line={"color": "@q", "width": 3}),
        points(
            _("best of n"),
            best,
            mode="markers+text",
            marker={"color": "@kept", "size": 9, "symbol": "diamond"},
            text=[f"n = {n}" if n >= 16 else "" for n in sizes],  # smaller ones lie too close
            textposition="bottom right",
        ),
        points(
            _("now: β"),
            [now],
            mode="markers",
            marker={"color": "@q", "size": 16},
            showlegend=False,
        ),
        points(
            _("now: n"),
            [picked],
            mode="markers",
            marker={"color": "@kept", "size": 16, "symbol": "diamond-open", "line": {"width": 3}},
            showlegend=False,
        ),
        margin={"l": 60, "r": 14, "t": 12, "b": 46},
        xaxis=axis(
            _("KL from the reference in nats"), range=[-0.05, max(0.5, 1.08 * max(kls))],
            fixedrange=True,
        ),
        yaxis=axis(
            _("expected reward"), range=[min(rewards) - room, max(rewards) + room], fixedrange=True
        ),
    )  # fmt: skip
