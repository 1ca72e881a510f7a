"""The FLOPs of a block by length, and a model's parameters by part."""

from __future__ import annotations

import math

from charts.format import count, probability
from charts.i18n import _
from charts.theme import Spec, axis, figure, label_margin
from core.shapes import Growth, ParameterCount


def growth(found: Growth, now: int) -> Spec:
    """Draw the three parts of a block's FLOPs, with the crossing and the current length."""
    lines = (
        (_("scores and weighted values, ∝ T²"), found.square, "@p", "solid"),
        (_("projections of the attention, ∝ T"), found.projections, "@kept", "dot"),
        (_("FFN, ∝ T"), found.ffn, "@q", "dash"),
    )
    low, high = found.lengths[0], found.lengths[-1]
    crossing = found.crossing
    floor = min(values[0] for _name, values, _color, _dash in lines)
    top = max(values[-1] for _name, values, _color, _dash in lines)
    return figure(
        *(
            {
                "type": "scatter", "mode": "lines", "name": name, "x": list(found.lengths),
                "y": [float(v) for v in values],
                "line": {"color": color, "width": 3, "dash": dash},
                "hovertemplate": f"{name}<br>T = %{{x}}: %{{y:.3s}}FLOPs<extra></extra>",
            }
            for name, values, color, dash in lines
        ),
        margin={"l": 74, "r": 16, "t": 30, "b": 48},
        xaxis=axis(_("tokens T"), type="log", range=[math.log10(low), math.log10(high)],
                   tickvals=[16, 128, 1024, 8192, 65536],
                   ticktext=["16", "128", "1,024", "8,192", "65,536"], fixedrange=True),
        yaxis=axis(_("FLOPs of one block"), type="log", dtick=2, exponentformat="power",
                   range=[math.log10(floor) - 0.2, math.log10(top) + 0.2], fixedrange=True),
        shapes=[
            _upright(crossing, "@muted", "dot"),
            _upright(now, "@accent", "solid"),
        ],
        annotations=[
            {
                "x": math.log10(crossing), "y": 1.0, "yref": "paper", "yanchor": "bottom",
                "text": _("equal at T = {n}").format(n=count(round(crossing))),
                "showarrow": False, "font": {"size": 13},
            }
        ],
    )  # fmt: skip


def part_names() -> dict[str, str]:
    """Return the visible name of each part of a model."""
    return {
        "embedding": _("token embedding"),
        "positions": _("positions"),
        "segments": _("segments"),
        "attention": _("attention"),
        "ffn": "FFN",
        "router": _("router"),
        "norms": _("norms"),
        "pooler": _("pooler"),
        "output": _("output matrix"),
        "other": _("other"),
    }


def parts(found: ParameterCount) -> Spec:
    """Draw the share of each part in the total; parts without parameters are left out."""
    names = part_names()
    kept = {part: n for part, n in found.by_part.items() if n}
    labels = [names[part] for part in kept]
    colors = {"attention": "@p", "ffn": "@q", "embedding": "@kept", "output": "@kept"}
    return figure(
        {
            "type": "bar", "orientation": "h", "y": labels,
            "x": [100 * n / found.total for n in kept.values()],
            "text": [probability(n / found.total) for n in kept.values()],
            "textposition": "outside", "cliponaxis": False,
            "marker": {"color": [colors.get(part, "@muted") for part in kept]},
            "customdata": [count(n) for n in kept.values()],
            "hovertemplate": "%{y}: %{customdata}<extra></extra>",
        },
        margin={"l": label_margin(labels, most=130), "r": 12, "t": 8, "b": 46},
        xaxis=axis(_("share of the parameters in %"), range=[0, 122], tickvals=[0, 25, 50, 75, 100],
                   fixedrange=True),
        yaxis=axis(range=[len(labels) - 0.4, -0.6], fixedrange=True),
    )  # fmt: skip


def _upright(x: float, color: str, dash: str) -> Spec:
    return {
        "type": "line", "x0": x, "x1": x, "y0": 0, "y1": 1, "yref": "paper",
        "line": {"color": color, "width": 2, "dash": dash},
    }  # fmt: skip
