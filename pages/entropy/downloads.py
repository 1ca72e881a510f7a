"""The tables of the entropy page."""

from __future__ import annotations

import ui
from core import information
from pages.entropy import controls
from pages.entropy.sources import pair
from ui import _


def _outcomes() -> ui.Table:
    """Every outcome with its terms, in bits; tokens with the largest p or q first."""
    found = pair()
    result = information.compare(found.p, found.q)
    header = [_("outcome"), "p", "q", "-log2 p", "-log2 q", "p log2(p/q)", "q log2(q/p)"]
    columns = (
        result.p,
        result.q,
        result.self_information_p,
        result.self_information_q,
        result.pointwise,
        result.reverse_pointwise,
    )
    names = [found.name(i) for i in range(len(result.p))]
    rows = list(zip(names, *(c.tolist() for c in columns), strict=True))
    if controls.source.value == "model":
        rows.sort(key=lambda row: -max(row[1], row[2]))
    return header, rows


def _measures() -> ui.Table:
    """Every measure of p and q, in bits."""
    found = pair()
    result = information.compare(found.p, found.q)
    bits = {
        "H(p)": result.entropy_p,
        "H(q)": result.entropy_q,
        "H(p,q)": result.cross_entropy,
        "H(q,p)": result.reverse_cross_entropy,
        "D(p‖q)": result.kl,
        "D(q‖p)": result.reverse_kl,
        "JS": result.js,
    }
    rows = [(name, value, _("bits")) for name, value in bits.items()]
    rows.append((_("perplexity of p"), result.perplexity_p, ""))
    rows.append((_("perplexity of q"), result.perplexity_q, ""))
    return [_("measure"), _("value"), _("Unit")], rows


def downloads() -> list[ui.Download]:
    """Return what the page offers."""
    return [
        ui.Download(_("Outcomes (CSV)"), "entropy-outcomes.csv", _outcomes),
        ui.Download(_("Measures (CSV)"), "entropy-measures.csv", _measures),
    ]
