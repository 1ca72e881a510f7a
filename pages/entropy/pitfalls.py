"""Mistakes that people make with entropy and KL."""

from __future__ import annotations

import ui
from charts.format import number
from core import information
from ui import _


def pitfalls() -> list[ui.Pitfall]:
    """Return the page's pitfalls."""
    return [
        ui.Pitfall(
            _("KL divergence is not a distance"),
            _(
                "D(p‖q) and D(q‖p) differ, and neither obeys the triangle inequality. Say which "
                "one you mean: training a model by maximum likelihood minimizes D(data‖model)."
            ),
        ),
        ui.Pitfall(
            _("Clipping a zero hides an infinity"),
            _(
                "Replace q's 0 by 10⁻⁸, and ∞ becomes a bit or two. That number looks harmless but "
                "depends only on the 10⁻⁸: each further factor of 10⁻⁴ adds p · 13.3 bits."
            ),
            _clipped,
        ),
        ui.Pitfall(
            _("Cross-entropy does not reach 0"),
            _(
                "Its minimum is H(p). With label smoothing, or in language, where the next word is "
                "open, a loss of 0 would be wrong."
            ),
        ),
        ui.Pitfall(
            _("A single term may be negative"),
            _(
                "p·log(p/q) is below 0 wherever q > p. Only the sum is never negative. Taking "
                "absolute values, or stopping the sum early, gives a different quantity."
            ),
        ),
    ]


def _clipped() -> None:
    """D(p‖q) with a zero in q, as it is and with the zero replaced by ever smaller numbers."""
    p = [0.9, 0.1]
    rows = [[_("exactly 0"), number(information.kl_divergence(p, [1.0, 0.0]))]]
    for tiny in (1e-4, 1e-8, 1e-16):
        q = information.renormalize([1.0, tiny])
        rows.append([number(tiny, 2), number(information.kl_divergence(p, q))])
    ui.table([_("q of an outcome with p = 0.1"), _("D(p‖q), bits")], rows, numbers=[1])
