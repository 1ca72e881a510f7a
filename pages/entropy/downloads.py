"""The tables of the entropy page."""

from __future__ import annotations

import ui
from core import information
from pages.entropy.compare import pair
from ui import _

MEASURES = (
    "entropy_p",
    "entropy_q",
    "cross_entropy",
    "reverse_cross_entropy",
    "kl",
    "reverse_kl",
    "js",
    "perplexity_p",
    "perplexity_q",
)


def _outcomes() -> ui.Table:
    """Every outcome with its terms, in bits."""
    found = pair()
    result = information.compare(found.p, found.q)
    header = ["outcome", "p", "q", "-log2 p", "-log2 q", "p log2(p/q)", "q log2(q/p)"]
    columns = (
        result.p,
        result.q,
        result.self_information_p,
        result.self_information_q,
        result.pointwise,
        result.reverse_pointwise,
    )
    return header, list(zip(found.outcomes, *(c.tolist() for c in columns), strict=True))


def _measures() -> ui.Table:
    """Every measure of p and q, in bits."""
    found = pair()
    result = information.compare(found.p, found.q)
    return ["measure", "value"], [(name, getattr(result, name)) for name in MEASURES]


def downloads() -> list[ui.Download]:
    """Return what the page offers."""
    return [
        ui.Download(_("Outcomes (CSV)"), "entropy-outcomes.csv", _outcomes),
        ui.Download(_("Measures (CSV)"), "entropy-measures.csv", _measures),
    ]
