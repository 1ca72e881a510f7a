"""The model's loss along a long text, with and without the first tokens in the cache."""

from __future__ import annotations

from collections.abc import Sequence

from charts.i18n import _
from charts.theme import Spec, axis, figure
from core.long_text import RecordedRun

_STYLES = {
    "full": ("@muted", "dot"),
    0: ("@q", "solid"),
    1: ("@accent", "dashdot"),
    4: ("@p", "dash"),
}


def run_name(run: RecordedRun) -> str:
    """Return the name of a run in the visitor's language."""
    if run.full:
        return _("whole text in the cache")
    if not run.sinks:
        return _("last tokens only")
    if run.sinks == 1:
        return _("first token kept")
    return _("first {n} tokens kept").format(n=run.sinks)


def losses(runs: Sequence[RecordedRun], block: int, read: int, cache: int) -> Spec:
    """Draw the mean loss of each block of tokens up to the current position.

    Args:
        runs: The runs, in the order of the legend.
        block: Tokens per block.
        read: Tokens read so far.
        cache: Size of the cache, marked by a line.
    """
    shown = read // block
    top = max(max(run.nll) for run in runs)
    return figure(
        *(
            {
                "type": "scatter",
                "mode": "lines+markers",
                "name": run_name(run),
                "x": [block * (i + 1) for i in range(shown)],
                "y": list(run.nll[:shown]),
                "line": {
                    "color": _STYLES["full" if run.full else run.sinks][0],
                    "dash": _STYLES["full" if run.full else run.sinks][1],
                    "width": 3,
                },
                "marker": {"size": 4, "color": _STYLES["full" if run.full else run.sinks][0]},
                "hovertemplate": "%{x}: %{y:.2f}<extra></extra>",
            }
            for run in runs
        ),
        margin={"l": 60, "r": 16, "t": 12, "b": 46},
        xaxis=axis(
            _("tokens read"), range=[0, block * len(runs[0].nll) + 20], fixedrange=True
        ),
        yaxis=axis(_("−log p per token, nats"), range=[0, 1.05 * top], fixedrange=True),
        shapes=[
            {
                "type": "line", "yref": "paper", "x0": cache, "x1": cache, "y0": 0, "y1": 1,
                "line": {"color": "@muted", "width": 2, "dash": "dash"},
            }
        ],
        annotations=[
            {
                "text": _("cache full"), "showarrow": False, "x": cache, "y": 1, "yref": "paper",
                "xanchor": "left", "yanchor": "top", "font": {"color": "@muted"},
            }
        ],
    )  # fmt: skip
