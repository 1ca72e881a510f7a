"""Time and memory of plain and fused attention, measured."""

from __future__ import annotations

from collections.abc import Sequence

from charts.flash_attention.traffic import COLORS
from charts.i18n import _
from charts.theme import Spec, axis, figure
from core.flash_attention.measuring import Measured

SYMBOLS = {"plain": "circle", "fused": "diamond"}
_COLORS = {"plain": COLORS["standard"], "fused": COLORS["flash"]}


def measured_name(kernel: str) -> str:
    """Return the name of a kernel that is measured."""
    return {"plain": _("plain attention"), "fused": _("torch's fused kernel")}[kernel]


def measured(results: Sequence[Measured], longest: int) -> Spec:
    """Draw the time above and the peak memory below, against the length.

    Args:
        results: What has been measured so far.
        longest: The longest length that will be measured.
    """
    traces: list[Spec] = []
    for kernel in ("plain", "fused"):
        mine = [each for each in results if each.kernel == kernel]
        common = {
            "type": "scatter", "mode": "lines+markers", "name": measured_name(kernel),
            "x": [float(each.length) for each in mine],
            "line": {"color": _COLORS[kernel], "width": 3},
            "marker": {"size": 10, "symbol": SYMBOLS[kernel]},
        }  # fmt: skip
        traces += [
            common | {
                "y": [1000 * each.seconds for each in mine],
                "hovertemplate": "T = %{x:,}: %{y:.3g} ms<extra></extra>",
            },
            common | {
                "y": [each.peak_bytes / 2**20 for each in mine], "yaxis": "y2",
                "showlegend": False, "hovertemplate": "T = %{x:,}: %{y:.3g} MiB<extra></extra>",
            },
        ]  # fmt: skip
    ticks = [2**n for n in range(7, longest.bit_length())]
    powers = {0.01: "0.01", 0.1: "0.1", 1.0: "1", 10.0: "10", 100.0: "100", 1000.0: "1,000"}
    labels = {"tickvals": list(powers), "ticktext": list(powers.values())}
    return figure(
        *traces,
        margin={"l": 72, "r": 12, "t": 8, "b": 48},
        xaxis=axis(
            _("tokens T"), type="log", tickvals=ticks, ticktext=[f"{n:,}" for n in ticks],
            range=[2.05, 0.05 + 0.30103 * (longest.bit_length() - 1)], fixedrange=True, anchor="y2",
        ),
        yaxis=axis(
            _("time, ms"), type="log", domain=[0.55, 1], range=[-2, 3.7], fixedrange=True, **labels
        ),
        yaxis2=axis(
            _("peak memory, MiB"), type="log", domain=[0, 0.45], range=[-2, 3.7], fixedrange=True,
            **labels,
        ),
    )  # fmt: skip
