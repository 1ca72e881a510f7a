"""Tables to take away, and the pitfall that needs numbers."""

from __future__ import annotations

import pandas as pd

import ui
from charts.format import number
from core import information
from pages.entropy_parts import compare
from ui import _


def outcomes() -> str:
    """Every outcome with its terms, in bits."""
    found = compare.current()
    result = information.compare(found.p, found.q)
    return pd.DataFrame(
        {
            "outcome": list(found.outcomes),
            "p": result.p,
            "q": result.q,
            "-log2 p": result.self_information_p,
            "-log2 q": result.self_information_q,
            "p log2(p/q)": result.pointwise,
            "q log2(q/p)": result.reverse_pointwise,
        }
    ).to_csv(index=False)


def measures() -> str:
    """The measures of p and q, in bits."""
    found = compare.current()
    result = information.compare(found.p, found.q)
    names = (
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
    values = [getattr(result, name) for name in names]
    return pd.DataFrame({"measure": names, "value": values}).to_csv(index=False)


def tables() -> list[ui.Download]:
    """What the page offers."""
    return [
        ui.Download(_("Outcomes (CSV)"), "entropy-outcomes.csv", outcomes),
        ui.Download(_("Measures (CSV)"), "entropy-measures.csv", measures),
    ]


def clipped() -> None:
    """D(p‖q) with a zero in q, as it is and with the zero replaced by ever smaller numbers."""
    p = [0.9, 0.1]
    rows = [[_("exactly 0"), number(information.kl_divergence(p, [1.0, 0.0]))]]
    for tiny in (1e-4, 1e-8, 1e-16):
        q = information.renormalize([1.0, tiny])
        rows.append([number(tiny, 2), number(information.kl_divergence(p, q))])
    ui.table([_("q of an outcome with p = 0.1"), _("D(p‖q), bits")], rows, numbers=[1])
