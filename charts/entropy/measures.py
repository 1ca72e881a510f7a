"""Figures of p and q: the identity as bars, the terms of KL, surprise as areas, bars, a coin."""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import pairwise

import torch

from charts.format import number, probability
from charts.i18n import _
from charts.theme import Spec, axis, escape, figure, label_margin
from core.information import Comparison, Terms

PLAIN = 380  # pixels of a figure's outcomes, where their names begin to be tilted
LONGEST = 16  # characters of an outcome's name below a bar
LEAST_SHARE = 0.16  # of a bar's figure, for a name of its own inside


def unit(base: float) -> str:
    """What logarithms to this base are counted in."""
    return _("bits") if base == 2.0 else _("nats")


def amount(value: float, base: float = 2.0) -> str:
    """An amount of information with its unit, which infinity has none of."""
    return f"{number(value)} {unit(base)}" if math.isfinite(value) else number(value)


def sum_text(entropy: float, divergence: float) -> str:
    """The two parts and their sum, in numbers that add up as they are written.

    >>> sum_text(1.6444, 0.3637), sum_text(1.5, math.inf)
    ('1.644 + 0.364 = 2.008', '1.500 + ∞ = ∞')
    """
    if not math.isfinite(divergence):
        return f"{entropy:.3f} + ∞ = ∞"
    parts = round(entropy, 3), round(divergence, 3)
    return f"{parts[0]:.3f} + {parts[1]:.3f} = {sum(parts):.3f}"


def _part(name: str, y: int, length: float, told: float, color: str, share: float) -> Spec:
    return {
        "type": "bar",
        "orientation": "h",
        "name": name,
        "x": [length],
        "y": [y],
        "width": 0.44,
        "marker": {"color": color},
        "text": [name if share >= LEAST_SHARE else ""],
        "textposition": "inside",
        "insidetextanchor": "middle",
        "textangle": 0,
        "insidetextfont": {"color": "@paper", "size": 14},
        "hovertemplate": f"{name} = {number(told, 4)}<extra></extra>",
        "showlegend": False,
    }


def identity(result: Comparison) -> Spec:
    """H(p) + D(p‖q) = H(p,q) as stacked bars, in both directions, each under its sum.

    An infinite divergence has no length: its bar is hatched and ends at the figure's edge.
    """
    rows = [
        (1, "H(p,q)", "H(p)", result.entropy_p, "D(p‖q)", result.kl, "@p"),
        (0, "H(q,p)", "H(q)", result.entropy_q, "D(q‖p)", result.reverse_kl, "@q"),
    ]
    ends = [h + d if math.isfinite(d) else 1.6 * h for _y, _w, _n, h, _m, d, _c in rows]
    most = 1.04 * max(*ends, 0.25)
    traces, notes = [], []
    for y, whole, h_name, h, d_name, d, color in rows:
        length = d if math.isfinite(d) else most - h
        rest = _part(d_name, y, length, d, "@accent", length / most)
        if not math.isfinite(d):
            rest["marker"] = {"color": "@accent", "pattern": {"shape": "/"}}
            rest["text"] = [""]
        traces += [_part(h_name, y, h, h, color, h / most), rest]
        notes.append(
            {
                "x": 0,
                "y": y + 0.27,
                "text": f"{whole} = {h_name} + {d_name} = {sum_text(h, d)}",
                "showarrow": False,
                "xanchor": "left",
                "yanchor": "bottom",
                "xshift": -3,
                "font": {"size": 15},
            }
        )
    return figure(
        *traces,
        barmode="stack",
        annotations=notes,
        margin={"l": 10, "r": 10, "t": 4, "b": 44},
        xaxis=axis(unit(result.base), range=[0, most], fixedrange=True),
        yaxis={"visible": False, "range": [-0.3, 1.65], "fixedrange": True},
    )


def _shortened(name: str, most: int) -> str:
    return name if len(name) <= most else name[: most - 1] + "…"


def _outcome_axis(outcomes: Sequence[str]) -> tuple[Spec, int]:
    """An axis with a place for each outcome, and the room below it: long names are tilted."""
    names = [_shortened(name, LONGEST) for name in outcomes]
    widths = [label_margin([name], least=0) - 14 for name in names]
    slot = PLAIN / max(1, len(names))
    crowded = any((a + b) / 2 > slot for a, b in pairwise(widths))
    spec = axis(
        tickvals=list(range(len(names))),
        ticktext=[escape(name) for name in names],
        tickangle=-35 if crowded else 0,
        fixedrange=True,
        showgrid=False,
        zeroline=False,
    )
    return spec, 24 + int(0.6 * max(widths)) if crowded else 34


def _outlined(selected: int, count: int) -> Spec:
    """The outline of the selected bar."""
    return {"color": "@ink", "width": [2 if i == selected else 0 for i in range(count)]}


def pointwise(
    found: Terms, outcomes: Sequence[str], base: float, selected: int, *, reverse: bool = False
) -> Spec:
    """The terms p·log(p/q) by outcome: their sum is D(p‖q), and some are negative.

    Args:
        found: from `terms_by_outcome`.
        outcomes: the names of its places.
        base: of the logarithm.
        selected: the place to outline.
        reverse: q·log(q/p), the terms of D(q‖p), instead.
    """
    terms = (found.reverse_kl if reverse else found.kl).tolist()
    finite = [value for value in terms if math.isfinite(value)]
    most = max([abs(value) for value in finite] + [0.25]) * 1.35
    lowest = -most if min(finite, default=0) < -0.12 * most else -0.3 * most
    heights = [value if math.isfinite(value) else 0.86 * most for value in terms]
    crowded = len(terms) > 8  # then a term too small to see goes without its number
    told = ["" if crowded and abs(value) < 0.05 * most else number(value, 2) for value in terms]
    places, below = _outcome_axis(outcomes)
    name = "q·log(q/p)" if reverse else "p·log(p/q)"
    return figure(
        {
            "type": "bar",
            "x": list(range(len(heights))),
            "y": heights,
            "marker": {
                # The accent of D in the sum above: these are its parts.
                "color": ["@accent" if value >= 0 else "@negative" for value in terms],
                "line": _outlined(selected, len(terms)),
                "pattern": {"shape": ["" if math.isfinite(value) else "/" for value in terms]},
            },
            "text": told,
            "textposition": "outside",
            "textangle": 0,
            "textfont": {"size": 12},
            "constraintext": "none",
            "cliponaxis": False,
            "customdata": [number(value, 4) for value in terms],
            "hovertext": [escape(outcome) for outcome in outcomes],
            "hovertemplate": "%{hovertext}: %{customdata}<extra></extra>",
        },
        margin={"l": 60, "r": 16, "t": 10, "b": below},
        xaxis=places,
        yaxis=axis(
            f"{name}, {unit(base)}",
            range=[lowest, most],
            zeroline=True,
            zerolinecolor="@muted",
            fixedrange=True,
            nticks=5,
        ),
    )


def surprise(found: Terms, outcomes: Sequence[str], base: float, selected: int) -> Spec:
    """Self-information of each outcome, as high as it is surprising and as wide as it is likely.

    So the area of the bars is H(p), and the area below q's line is H(p,q). The bar of all other
    outcomes is as high as their mean surprisal.
    """
    p, own, other = (column.tolist() for column in (found.p, found.surprisal_p, found.surprisal_q))
    lefts = [sum(p[:i]) for i in range(len(p))]
    seen = [i for i, share in enumerate(p) if share > 0]
    finite = [value for i in seen for value in (own[i], other[i]) if math.isfinite(value)]
    most = 1.18 * max([*finite, 1.0])
    line_x = [x for i in seen for x in (lefts[i], lefts[i] + p[i])]
    line_y = [y for i in seen for y in [min(other[i], 0.96 * most)] * 2]
    named = [i for i in seen if p[i] >= 0.035]
    return figure(
        {
            "type": "bar",
            "name": _("−log p: its area is H(p)"),
            "x": [lefts[i] + p[i] / 2 for i in seen],
            "y": [own[i] for i in seen],
            "width": [p[i] for i in seen],
            "marker": {
                "color": "@p",
                "line": {
                    "color": ["@ink" if i == selected else "@paper" for i in seen],
                    "width": [2 if i == selected else 1 for i in seen],
                },
            },
            "text": [number(own[i], 2) if i in named else "" for i in seen],
            "textposition": "inside",
            "insidetextanchor": "middle",
            "textangle": 0,
            "insidetextfont": {"color": "@paper", "size": 13},
            "hovertext": [escape(outcomes[i]) for i in seen],
            "customdata": [[number(own[i], 4), number(other[i], 4)] for i in seen],
            "hovertemplate": "%{hovertext}: −log p = %{customdata[0]}, −log q = %{customdata[1]}"
            "<extra></extra>",
        },
        {
            "type": "scatter",
            "mode": "lines",
            "name": _("−log q: the area below is H(p,q)"),
            "x": line_x,
            "y": line_y,
            "line": {"color": "@q", "width": 3},
            "hoverinfo": "skip",
        },
        annotations=[
            {
                "x": lefts[i] + p[i] / 2,
                "y": 0.96 * most,
                "text": "∞",
                "showarrow": False,
                "yanchor": "bottom",
                "font": {"size": 16, "color": "@q"},
            }
            for i in seen
            if math.isinf(other[i])
        ],
        margin={"l": 60, "r": 16, "t": 16, "b": 52},
        xaxis=axis(
            _("width: p of the outcome"),
            range=[0, 1],
            tickvals=[lefts[i] + p[i] / 2 for i in named],
            ticktext=[escape(_shortened(outcomes[i], 7)) for i in named],
            tickangle=0,
            fixedrange=True,
            showgrid=False,
            zeroline=False,
        ),
        yaxis=axis(
            _("surprisal, {unit}").format(unit=unit(base)),
            range=[0, most],
            fixedrange=True,
            nticks=5,
        ),
    )


def pair(found: Terms, outcomes: Sequence[str], selected: int) -> Spec:
    """Two distributions over the same outcomes as bars side by side (not to be dragged)."""
    places, below = _outcome_axis(outcomes)

    def bars(name: str, values: Sequence[float], color: str) -> Spec:
        return {
            "type": "bar",
            "name": name,
            "x": list(range(len(values))),
            "y": list(values),
            "marker": {"color": color, "line": _outlined(selected, len(values))},
            "hovertext": [escape(outcome) for outcome in outcomes],
            "customdata": [probability(value) for value in values],
            "hovertemplate": "%{hovertext}: %{customdata}<extra></extra>",
        }

    highest = float(torch.maximum(found.p, found.q).max())
    end = next((end for end in (0.1, 0.25, 0.5) if highest <= end), 1.0)
    return figure(
        bars("p", found.p.tolist(), "@p"),
        bars("q", found.q.tolist(), "@q"),
        margin={"l": 60, "r": 16, "t": 10, "b": below},
        xaxis=places,
        yaxis=axis(_("probability"), range=[0, end], fixedrange=True, nticks=5),
    )


def binary_curve(curve: tuple[torch.Tensor, torch.Tensor], p: float, height: float) -> Spec:
    """The entropy of a coin over its bias, with the current coin on it."""
    xs, ys = curve
    return figure(
        {"type": "scatter", "mode": "lines", "x": xs, "y": ys, "line": {"color": "@p", "width": 3}},
        {
            "type": "scatter",
            "mode": "markers+text",
            "x": [p],
            "y": [height],
            "text": [f"H = {number(height)}"],
            "textposition": ("bottom " if height >= 0.9 else "top ")
            + ("right" if p < 0.05 else "left" if p > 0.95 else "center"),
            "textfont": {"size": 16},
            "cliponaxis": False,
            "marker": {"color": "@accent", "size": 15},
            "hovertemplate": "p = %{x:.3f}, H = %{y:.4f}<extra></extra>",
        },
        margin={"l": 60, "r": 20, "t": 20, "b": 48},
        xaxis=axis(_("p, probability of heads"), range=[0, 1], fixedrange=True),
        yaxis=axis(_("H(p), bits"), range=[0, 1.12], fixedrange=True),
    )
