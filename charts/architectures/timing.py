"""Prefill and decoding with and without a KV cache: tokens of every pass, and measured times."""

from __future__ import annotations

from collections.abc import Sequence

from charts.i18n import _
from charts.theme import Spec, axis, figure
from core.architectures import TimedPass

WITH, WITHOUT = "@kept", "@q"


def names() -> tuple[str, str]:
    """Return the names of the two ways."""
    return _("with the cache"), _("without a cache")


def timing(passes: Sequence[tuple[int, int]], timed: Sequence[TimedPass]) -> Spec:
    """Draw the tokens of each pass above, and below the time of those measured so far.

    Args:
        passes: Tokens with and without the cache: the prefill, then every decoding pass.
        timed: The first passes, measured.
    """
    traces = []
    for way, (name, color) in enumerate(zip(names(), (WITH, WITHOUT), strict=True)):
        line = {
            "type": "scatter",
            "mode": "lines+markers",
            "name": name,
            "line": {"color": color, "width": 3, "dash": "solid" if way == 0 else "dash"},
            "marker": {"color": color, "size": 8, "symbol": "circle" if way == 0 else "square"},
        }
        traces.append(
            line
            | {
                "x": list(range(len(passes))),
                "y": [sizes[way] for sizes in passes],
                "hovertemplate": _("%{y} tokens") + f"<extra>{name}</extra>",
            }
        )
        traces.append(
            line
            | {
                "x": [found.index for found in timed],
                "y": [1000 * found.seconds[way] for found in timed],
                "yaxis": "y2",
                "showlegend": False,
                "hovertemplate": "%{y:.3~g} ms" + f"<extra>{name}</extra>",
            }
        )
    most = max((1000 * max(found.seconds) for found in timed), default=1000.0)
    steps = len(passes) - 1
    top = 1.1 * max(sizes[1] for sizes in passes)
    every = 1 if steps <= 10 else 4
    ticks = [0, *range(every, steps + 1, every)]
    return figure(
        *traces,
        margin={"l": 68, "r": 16, "t": 12, "b": 46},
        xaxis=axis(
            _("forward pass: 0 is the prefill, then one per token"),
            range=[-0.5, steps + 0.5],
            tickvals=ticks,
            tickangle=0,
            fixedrange=True,
            anchor="y2",
            zeroline=False,
        ),
        yaxis=axis(
            _("tokens run"),
            domain=[0.56, 1.0],
            range=[-0.06 * top, top],
            fixedrange=True,
        ),
        yaxis2=axis(
            _("time, ms"), domain=[0.0, 0.46], range=[-0.06 * most, 1.1 * most], fixedrange=True
        ),
    )
