"""The residual stream of a real model around its norms, and predictions without one of them."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

import torch
from torch import Tensor

from charts.i18n import _
from charts.theme import Spec, axis, escape, figure, label_margin
from core.normalization.left_out import LeftOut, NormsOfModel

LOW, HIGH = -2, 3  # decades of the axis, at least


def places(norms: int) -> Tensor:
    """Return the place of each norm on the axis of layers: l, l + ½, …, L."""
    return torch.arange(norms) / 2


def stream(found: NormsOfModel, token: int, norm: int, kl: Mapping[int, float]) -> Spec:
    """Draw the root mean square around every norm, and below it what leaving the norm out does.

    Args:
        found: Of the whole text.
        token: The chosen token, from 0; the first token has a line of its own.
        norm: The chosen norm, which has a band.
        kl: The KL divergences known so far, by norm.
    """
    x = places(len(found.before))
    lines = (
        (_("first token, before"), found.before[:, 0], "@q", "lines"),
        (_("chosen token, before"), found.before[:, token], "@p", "lines"),
        (_("chosen token, after"), found.after[:, token], "@kept", "markers"),
    )
    every = torch.cat([y for _name, y, _color, _mode in lines])
    known = sorted(kl)
    top = max([1.0, *kl.values()])
    return figure(
        *(
            {
                "type": "scatter",
                "mode": mode,
                "name": name,
                "x": x,
                "y": y,
                "line": {"color": color, "width": 3},
                "marker": {"color": color, "size": 6},
                "hovertemplate": f"{name}: %{{y:.3g}}<extra></extra>",
            }
            for name, y, color, mode in lines
        ),
        {
            "type": "bar",
            "name": _("KL without the norm"),
            "x": x[known],
            "y": [kl[i] for i in known],
            "yaxis": "y2",
            "marker": {"color": "@accent"},
            "hovertemplate": _("%{y:.3g} bits") + "<extra></extra>",
        },
        margin={"l": 76, "r": 12, "t": 12, "b": 46},
        bargap=0.2,
        xaxis=axis(
            _("layer (½: before the FFN)"),
            range=[-0.5, float(x[-1]) + 0.5],
            anchor="y2",
            fixedrange=True,
        ),
        yaxis=axis(
            _("root mean square"),
            domain=[0.4, 1.0],
            type="log",
            range=[min(LOW, _floor(every.min())), max(HIGH, -_floor(1 / every.max())) + 0.2],
            dtick=1,
            exponentformat="power",
            fixedrange=True,
        ),
        yaxis2=axis(
            _("KL, bits"),
            domain=[0.0, 0.3],
            range=[0, 20 * math.ceil(top / 20)],
            nticks=4,
            fixedrange=True,
        ),
        shapes=[
            {
                "type": "rect", "yref": "paper", "x0": norm / 2 - 0.25, "x1": norm / 2 + 0.25,
                "y0": 0, "y1": 1, "fillcolor": "rgba(138,63,143,0.16)", "line": {"width": 0},
                "layer": "below",
            }
        ],
    )  # fmt: skip


def predictions(found: LeftOut, labels: Sequence[str], most: int = 8) -> Spec:
    """Draw the most likely next tokens: in the full model, and without the norm."""
    # The full model's favorites, then those of the other prediction.
    shown = list(range(min(most // 2, len(labels))))
    others = [i for i in found.without.argsort(descending=True).tolist() if i not in shown]
    shown += others[: most - len(shown)]
    names = [escape(labels[i]) for i in shown]
    rows = list(range(len(shown)))

    def bars(name: str, values: Tensor, color: str) -> Spec:
        return {
            "type": "bar",
            "orientation": "h",
            "name": name,
            "x": values[shown],
            "y": rows,
            "marker": {"color": color},
            "hovertemplate": f"{name}: %{{x:.3~p}}<extra></extra>",
        }

    return figure(
        bars(_("full model"), found.full, "@p"),
        bars(_("without the norm"), found.without, "@q"),
        margin={"l": label_margin(names, most=150), "r": 12, "t": 12, "b": 46},
        bargap=0.2,
        xaxis=axis(_("probability"), range=[0, 1.02], tickformat=".0%", fixedrange=True),
        yaxis=axis(
            range=[len(shown) - 0.4, -0.6],
            tickvals=rows,
            ticktext=names,
            showgrid=False,
            fixedrange=True,
        ),
    )


def _floor(value: Tensor) -> int:
    return math.floor(math.log10(max(float(value), 1e-30)))
