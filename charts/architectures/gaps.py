"""What the encoder and its causal twin put into a gap, and how both learned it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from charts.i18n import _
from charts.theme import Spec, axis, escape, figure

COLORS = {"encoder": "@p", "causal": "@q"}


def twin_name(name: str) -> str:
    """Return the visible name of one of the two networks."""
    return {"encoder": _("encoder"), "causal": _("causal twin")}[name]


def candidates(words: Sequence[str], encoder: Sequence[float], causal: Sequence[float]) -> Spec:
    """Draw the probabilities of the candidates for one gap, from both networks."""
    places = list(range(len(words)))

    def bars(name: str, values: Sequence[float]) -> Spec:
        return {
            "type": "bar", "orientation": "h", "name": twin_name(name), "y": places,
            "x": list(values), "marker": {"color": COLORS[name]},
            "hovertemplate": "%{x:.2~%}<extra></extra>",
        }  # fmt: skip

    return figure(
        bars("encoder", encoder),
        bars("causal", causal),
        barmode="group",
        margin={"l": 130, "r": 16, "t": 8, "b": 46},
        xaxis=axis(_("probability"), range=[0, 1], tickformat=".0%", fixedrange=True),
        yaxis=axis(
            range=[len(words) - 0.5, -0.5],
            tickvals=places,
            ticktext=[escape(word) for word in words],
            fixedrange=True,
        ),
    )


def learned_tokens(record: Mapping[str, Any], name: str) -> float:
    """Return from how many tokens per step a network learns."""
    settings, context = record["settings"], record["config"]["context"]
    if name == "causal":
        return settings["batch"] * (context - 1)
    return round(settings["rate"] * settings["batch"] * context)


def curves(record: Mapping[str, Any], by: str, now: int) -> Spec:
    """Draw the accuracy on the held-out gaps while both networks train.

    Args:
        record: The training record.
        by: "steps", or "tokens": the tokens that had a loss.
        now: Index of the evaluation that has a dot on both curves.
    """
    traces = []
    for name in COLORS:
        curve = record["results"][name]["curve"]
        scale = 1 if by == "steps" else learned_tokens(record, name)
        x = [point["step"] * scale for point in curve]
        y = [point["accuracy"] for point in curve]
        traces += [
            {
                "type": "scatter", "mode": "lines", "name": twin_name(name), "x": x, "y": y,
                "line": {"color": COLORS[name], "width": 3},
                "hovertemplate": "%{x:,}: %{y:.1%}<extra></extra>",
            },
            {
                "type": "scatter", "mode": "markers", "x": [x[now]], "y": [y[now]],
                "marker": {"color": COLORS[name], "size": 12}, "hoverinfo": "skip",
                "showlegend": False,
            },
        ]  # fmt: skip
    end = max(trace["x"][-1] for trace in traces[::2])
    top = max(max(trace["y"]) for trace in traces[::2])
    return figure(
        *traces,
        margin={"l": 62, "r": 20, "t": 10, "b": 46},
        xaxis=axis(
            _("update") if by == "steps" else _("tokens with a loss"),
            range=[-0.02 * end, 1.03 * end],
            fixedrange=True,
        ),
        yaxis=axis(
            _("accuracy on held-out gaps"),
            range=[0, 1.15 * top],
            tickformat=".0%",
            fixedrange=True,
        ),
    )
