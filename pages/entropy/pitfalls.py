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
                "Replace q's 0 by 10⁻⁸, and ∞ becomes a number that looks harmless. It depends on "
                "the choice of 10⁻⁸: each further factor of 10⁻⁴ adds p · log₂ 10⁴ = p · 13.3 "
                "bits."
            ),
            _clipped,
        ),
        ui.Pitfall(
            _("The minimum of cross-entropy is H(p), not 0"),
            _(
                "A model reaches H(p) when q = p. H(p) is above 0 with label smoothing, and in "
                "language, where several next words are possible. A training loss below "
                "the H(p) of new data means that the model has memorized its training data."
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
