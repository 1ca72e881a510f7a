"""What each architecture takes from its cache when a request arrives."""

from __future__ import annotations

from collections.abc import Mapping

from charts.i18n import _
from charts.theme import Spec, axis, figure, label_margin
from core.architectures import CacheReuse

#: Colors of a token: taken from the cache, computed again, computed for the first time.
REUSED, AGAIN, NEW = "@kept", "@warn", "@raw"


def kind_names() -> tuple[str, str, str]:
    """Return the names of the three kinds of tokens."""
    return _("from the cache"), _("computed again"), _("new")


def architecture_names() -> dict[str, str]:
    """Return the names of the architectures, in the figure's order."""
    return {
        "decoder": _("decoder"),
        "prefix": _("prefix decoder"),
        "encoder-decoder": _("encoder–decoder"),
        "encoder": _("encoder"),
    }


def parts(reuse: CacheReuse, history: int) -> tuple[int, int, int]:
    """Return how many tokens come from the cache, are computed again, and are new."""
    length, reused = len(reuse.reusable), reuse.reused
    again = max(0, history - reused)
    return reused, again, length - reused - again


def reuse_bars(
    reuses: Mapping[str, CacheReuse], history: int, mismatch: int | None, longest: int
) -> Spec:
    """Draw the request's tokens as one bar per architecture, in the order of the text.

    Args:
        reuses: By architecture.
        history: How many of the tokens repeat earlier turns.
        mismatch: Position of the first token that differs from the cached one.
        longest: End of the x axis.
    """
    names = architecture_names()
    rows = [parts(reuses[name], history) for name in names]
    traces, base = [], [0] * len(rows)
    for kind, (label, color) in enumerate(zip(kind_names(), (REUSED, AGAIN, NEW), strict=True)):
        sizes = [row[kind] for row in rows]
        traces.append(
            {
                "type": "bar",
                "orientation": "h",
                "name": label,
                "y": list(names.values()),
                "x": sizes,
                "base": list(base),
                "marker": {"color": color},
                "text": [str(size) if size > longest / 30 else "" for size in sizes],
                "textposition": "inside",
                "insidetextanchor": "middle",
                "textangle": 0,
                "constraintext": "none",
                "textfont": {"size": 13},
                "customdata": list(names),
                "hovertemplate": "%{y}: %{x} " + label + "<extra></extra>",
            }
        )
        base = [start + size for start, size in zip(base, sizes, strict=True)]
    return figure(
        *traces,
        barmode="overlay",
        bargap=0.3,
        margin={"l": label_margin(list(names.values())), "r": 16, "t": 26, "b": 42},
        xaxis=axis(_("token of the request"), range=[0, longest], fixedrange=True),
        yaxis=axis(autorange="reversed", fixedrange=True, dtick=1),
        shapes=[_line(mismatch)] if mismatch is not None else [],
        annotations=[_label(mismatch)] if mismatch is not None else [],
    )


def _line(x: int) -> Spec:
    return {
        "type": "line",
        "x0": x,
        "x1": x,
        "yref": "paper",
        "y0": 0,
        "y1": 1,
        "line": {"color": "@negative", "width": 2},
    }


def _label(x: int) -> Spec:
    return {
        "x": x,
        "yref": "paper",
        "y": 1,
        "yanchor": "bottom",
        "xanchor": "auto",
        "showarrow": False,
        "text": _("first difference"),
        "font": {"size": 13, "color": "@negative"},
    }
