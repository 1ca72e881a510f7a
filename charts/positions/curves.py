"""Curves over the pairs and over distance: wavelengths, decay, context extension."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

import torch
from torch import Tensor

from charts.format import number
from charts.i18n import _
from charts.positions.scores import DASHES, limits, line
from charts.theme import CATEGORICAL, Spec, axis, figure, label_margin
from core.positions import PairClocks, ScoreDecay

_TOP = 8.1  # log10 of the longest wavelength on the axis


def scaling_name(kind: str) -> str:
    """Return the name of a scaling; "" is none."""
    return {
        "": _("as trained"),
        "linear": _("linear"),
        "ntk": "NTK",
        "dynamic": _("dynamic NTK"),
        "yarn": "YaRN",
        "llama3": "Llama 3",
    }[kind]


def scaling_idea(kind: str) -> str:
    """Return what a scaling does, in a few words."""
    return {
        "linear": _("divides every position by the factor; nearby tokens are harder to separate"),
        "ntk": _("raises the base: fast pairs hardly change, slow pairs slow down"),
        "dynamic": _("NTK with a factor that grows with the text, from the training length on"),
        "yarn": _("keeps fast pairs, divides slow ones, blends between; sharpens the softmax"),
        "llama3": _("the same idea; the blend is linear in the turns per training length"),
    }[kind]


def _log_axis(title: str, low: int, high: float, **fields: object) -> Spec:
    """A logarithmic axis whose powers of ten are written out, with k, M and G."""
    powers = range(low, math.ceil(high))
    labels = [str(10**p) if p < 3 else _thousands(p) for p in powers]
    return axis(
        title,
        type="log",
        range=[low, high],
        tickvals=[10.0**p for p in powers],
        ticktext=labels,
        fixedrange=True,
        **fields,
    )


def _thousands(power: int) -> str:
    """Return 10^power as an axis label.

    >>> _thousands(4), _thousands(6)
    ('10k', '1M')
    """
    return f"{10 ** (power % 3)}{'kMGT'[power // 3 - 1]}"


def waves(
    result: PairClocks, context: int, chosen: int, reference: PairClocks | None = None
) -> Spec:
    """Draw the wavelength of each pair against the context length.

    Args:
        result: From `pair_clocks`.
        context: Tokens in the context.
        chosen: The pair with a ring.
        reference: The same head with base 10 000, as a dotted line.
    """
    pairs = torch.arange(len(result.turns))
    completed = result.turns >= 1
    dots = [
        {
            "type": "scatter",
            "mode": "markers",
            "name": name,
            "x": pairs[which],
            "y": result.wavelengths[which],
            "marker": {"color": color, "size": 10, "symbol": symbol},
            "customdata": [number(value) for value in result.turns[which].tolist()],
            "hovertemplate": _(
                "pair %{x}: one turn in %{y:,.0f} tokens, %{customdata} turns in the context"
            )
            + "<extra></extra>",
        }
        for name, color, symbol, which in (
            (_("at least one turn"), "@p", "circle", completed),
            (_("less than one turn"), "@q", "diamond", ~completed),
        )
    ]
    before = []
    if reference is not None:
        before.append(
            line(_("base 10 000"), pairs, reference.wavelengths, "@removed", dash="dot", width=2)
            | {"hoverinfo": "skip"}
        )
    last = len(pairs) - 0.5
    return figure(
        *before,
        *dots,
        {
            "type": "scatter",
            "mode": "markers",
            "name": _("pair {i}").format(i=chosen),
            "x": [chosen],
            "y": [float(result.wavelengths[chosen])],
            "marker": {
                "size": 18, "symbol": "circle-open", "color": "@accent", "line": {"width": 3},
            },
            "hoverinfo": "skip",
        },
        xaxis=axis(_("pair i, fast to slow"), range=[-0.5, last], fixedrange=True, zeroline=False),
        yaxis=_log_axis(_("wavelength, tokens"), 0, _TOP),
        shapes=[
            {
                "type": "line", "x0": -0.5, "x1": last, "y0": context, "y1": context,
                "line": {"color": "@kept", "width": 3},
            }
        ],
        annotations=[
            {
                "x": 0, "xref": "paper", "xanchor": "left", "y": math.log10(context),
                "yanchor": "bottom", "showarrow": False, "font": {"color": "@kept", "size": 15},
                "text": "  " + _("context: {n} tokens").format(n=f"{context:,}"),
            }
        ],
        margin={"l": label_margin(["100M"]) + 24, "r": 12, "t": 8, "b": 46},
    )  # fmt: skip


def decay(result: ScoreDecay) -> Spec:
    """Draw the mean score over distance, and below it, in the same unit, RoFormer's bound.

    The upper panel has the expectation and the measurement on random q and k; the lower one has
    the quantity that the theorem bounds, |Σ hᵢ·e^(iδθᵢ)|, and the bound, on a logarithmic axis.
    """
    x = result.offsets
    high = result.measured_mean + result.measured_std
    low = result.measured_mean - result.measured_std
    bottom, top = limits(result.measured_mean, result.expected)
    lower = {"yaxis": "y2", "width": 2}
    return figure(
        line(_("± one standard deviation"), x, high, "@raw", width=0)
        | {"hoverinfo": "skip", "showlegend": False},
        line(_("± one standard deviation"), x, low, "@raw", width=0)
        | {"fill": "tonexty", "fillcolor": "rgba(110,160,205,0.22)", "hoverinfo": "skip"},
        line(_("expected mean"), x, result.expected, "@kept", width=3),
        line(_("measured mean"), x, result.measured_mean, "@p", dash="dot"),
        line(_("RoFormer's upper bound"), x, result.bound, "@accent", dash="dash", **lower),
        line(_("the quantity that it bounds"), x, result.amplitude, "@warn", **lower),
        xaxis=axis(
            _("distance, tokens"), range=[float(x[0]), float(x[-1])], fixedrange=True,
            zeroline=False, anchor="y2",
        ),
        yaxis=axis(
            _("score, 1 at distance 0"), range=[min(bottom, -0.6), max(top, 1.4)],
            domain=[0.42, 1], fixedrange=True, zeroline=True, zerolinecolor="@muted",
        ),
        yaxis2=axis(
            _("sum and bound"), type="log", range=[-2, 2], domain=[0, 0.34], fixedrange=True,
            tickvals=[0.01, 0.1, 1, 10, 100], ticktext=["0.01", "0.1", "1", "10", "100"],
        ),
        margin={"l": 60, "r": 16, "t": 8, "b": 46},
    )  # fmt: skip


def scaled(ratios: Mapping[str, Tensor], factor: float, first_slow: int) -> Spec:
    """Draw each pair's frequency under the scalings, relative to training.

    Args:
        ratios: Kind → (P,) new over old frequency.
        factor: Ratio of the extended length to the training length.
        first_slow: First pair with less than one turn in training; P if there is none.
    """
    pairs = len(next(iter(ratios.values()))) if ratios else 1
    last = pairs - 0.5
    curves = [
        line(scaling_name(kind), torch.arange(pairs), ratio, *_style(kind))
        | {"line": _pen(kind), "hovertemplate": _("pair %{x}: %{y:.3f}") + "<extra></extra>"}
        for kind, ratio in ratios.items()
    ]
    low = math.log10(min(0.9, *(float(r.min()) for r in ratios.values()), 1 / factor)) - 0.06
    shares = [share for share in (1, 0.5, 0.2, 0.1, 0.05, 0.02, 0.01) if share >= 10**low]
    return figure(
        *curves,
        xaxis=axis(_("pair i, fast to slow"), range=[-0.5, last], fixedrange=True, zeroline=False),
        yaxis=axis(
            _("relative frequency"), type="log", range=[low, 0.06],
            tickvals=shares, ticktext=[f"{share:g}" for share in shares], fixedrange=True,
        ),
        shapes=[
            {
                "type": "line", "x0": -0.5, "x1": last, "y0": 1 / factor, "y1": 1 / factor,
                "line": {"color": "@muted", "width": 1.5, "dash": "dash"},
            },
            {
                "type": "rect", "yref": "paper", "x0": min(first_slow - 0.5, last), "x1": last,
                "y0": 0, "y1": 1, "fillcolor": "rgba(208,96,0,0.12)", "line": {"width": 0},
                "layer": "below",
            },
        ],
        annotations=[
            {
                "x": 0, "y": math.log10(factor) * -1, "xanchor": "left", "yanchor": "bottom",
                "showarrow": False, "text": f"1/{factor:g}", "font": {"color": "@muted"},
            },
            *_slow_label(first_slow, pairs),
        ],
        margin={"l": 60, "r": 12, "t": 8, "b": 46},
    )  # fmt: skip


def _slow_label(first: int, pairs: int) -> list[Spec]:
    if first >= pairs:
        return []
    return [
        {
            "x": (first + pairs - 1) / 2, "y": 0.99, "yref": "paper", "yanchor": "top",
            "showarrow": False, "text": _("less than one<br>turn in training"),
            "font": {"size": 12, "color": "@muted"},
        }
    ]  # fmt: skip


def near(offsets: Tensor, scores: Mapping[str, Tensor]) -> Spec:
    """Draw q·k of equal vectors over distance, as trained and under the scalings."""
    curves = [
        line(scaling_name(kind), offsets, curve, *_style(kind)) | {"line": _pen(kind)}
        for kind, curve in scores.items()
    ]
    return figure(
        *curves,
        xaxis=axis(
            _("distance, tokens"), range=[float(offsets[0]), float(offsets[-1])], fixedrange=True,
            zeroline=False,
        ),
        yaxis=axis(
            _("q·k of equal vectors of length 1"), range=limits(*scores.values()),
            fixedrange=True, zeroline=True,
        ),
        margin={"l": 56, "r": 12, "t": 8, "b": 46},
    )  # fmt: skip


_KINDS = ("linear", "ntk", "dynamic", "yarn", "llama3")


def _style(kind: str) -> Sequence[str]:
    return [CATEGORICAL[_KINDS.index(kind)] if kind else "@removed"]


def _pen(kind: str) -> Spec:
    dash = DASHES[_KINDS.index(kind)] if kind else "dot"
    return {"color": _style(kind)[0], "dash": dash, "width": 3 if kind else 2}
