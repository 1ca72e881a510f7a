"""How strongly the model prefers the right answer, by the way its prompt was made."""

from __future__ import annotations

from collections.abc import Sequence

from charts.i18n import _
from charts.theme import Spec, axis, figure
from core.long_text.memory import METHODS, Recall


def method_names() -> dict[str, str]:
    """Return the name of each method in the visitor's language."""
    return {
        "nothing": _("question only"),
        "whole": _("whole text"),
        "cut": _("cut off"),
        "retrieved": _("retrieved chunks"),
        "summaries": _("summaries"),
    }


def recalls(found: Sequence[Recall], chosen: str) -> Spec:
    """Draw one bar per method; a method that is not measured yet has an empty place.

    Args:
        found: The results so far.
        chosen: The method whose bar has a frame.
    """
    margins = {item.method: item.margin for item in found}
    values = [margins.get(method) for method in METHODS]
    reach = 1.25 * max([8.0, *map(abs, margins.values())])
    return figure(
        {
            "type": "bar",
            "orientation": "h",
            "y": [method_names()[method] for method in METHODS],
            "x": values,
            "text": ["" if v is None else f"{v:+.1f}".replace("-", "−") for v in values],
            "textposition": "outside",
            "cliponaxis": False,
            "marker": {
                "color": ["@negative" if v is not None and v < 0 else "@positive" for v in values],
                "line": {
                    "color": "@ink",
                    "width": [3 if method == chosen else 0 for method in METHODS],
                },
            },
            "hovertemplate": "%{y}: %{x:.2f}<extra></extra>",
        },
        showlegend=False,
        margin={"l": 128, "r": 16, "t": 12, "b": 46},
        xaxis=axis(_("log p(right) − log p(wrong), nats"), range=[-reach, reach], fixedrange=True),
        yaxis=axis("", autorange="reversed", fixedrange=True),
    )
