"""The loss of each token of a text."""

from __future__ import annotations

from collections.abc import Sequence

from torch import Tensor

from charts.i18n import _
from charts.theme import Spec, axis, escape, figure


def losses(values: Tensor, counted: Sequence[bool], names: Sequence[str], chosen: int) -> Spec:
    """Draw one bar per token after the first one; tokens that do not count are hatched.

    Args:
        values: (T - 1,) losses in nats; the first token has none.
        counted: T flags.
        names: T texts.
        chosen: index of the outlined token.
    """
    on = counted[1:]
    labels = [escape(name) for name in names[1:]]
    numbers = list(range(2, len(names) + 1))
    ys = values.tolist()

    def bars(name: str, flag: bool, marker: Spec) -> Spec:
        kept = [y if here == flag else None for y, here in zip(ys, on, strict=True)]
        return {
            "type": "bar",
            "name": name,
            "x": numbers,
            "y": kept,
            "customdata": labels,
            "marker": marker,
            "hovertemplate": "%{customdata}: %{y:.3f}<extra></extra>",
        }

    return figure(
        bars(_("counts"), True, {"color": "@p"}),
        bars(
            _("masked"),
            False,
            {
                "color": "@removed",
                "line": {"color": "@removed", "width": 1},
                # With a foreground of its own the hatching has no ground; the legend shows `color`.
                "pattern": {"shape": "/", "fgcolor": "@removed", "size": 5},
            },
        ),
        margin={"l": 56, "r": 12, "t": 8, "b": 44},
        barmode="overlay",
        bargap=0.15,
        xaxis=axis(_("token number"), range=[0.5, len(names) + 0.5], fixedrange=True),
        yaxis=axis(_("loss in nats"), range=[0, max(8.0, 1.05 * max(ys))], fixedrange=True),
        shapes=[
            {
                "type": "rect", "yref": "paper", "x0": chosen + 0.5, "x1": chosen + 1.5, "y0": 0,
                "y1": 1, "fillcolor": "rgba(138,63,143,0.16)", "line": {"width": 0},
                "layer": "below",
            }
        ],
    )  # fmt: skip
