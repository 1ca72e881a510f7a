"""Mistakes that people make with scaling laws and metrics, shown by running them."""

from __future__ import annotations

import ui
from charts import scaling as charts
from charts.format import number, probability
from core import scaling as core
from pages.scaling import controls
from ui import _

TOKEN = 0.7  # per-token accuracy of the first pitfall


def pitfalls() -> list[ui.Pitfall]:
    """Return the page's pitfalls."""
    return [
        ui.Pitfall(
            _("Taking no success for no ability"),
            _(
                "A model that gets 70 % of the tokens right has a rate of exact matches above 0 at "
                "every length. A test set that is too small shows 0."
            ),
            _no_success,
        ),
        ui.Pitfall(
            _("Extrapolating with rounded exponents"),
            _(
                "The printed constants and the unrounded ones describe the same fit. Their "
                "recommendations, in tokens per parameter, move apart as compute grows."
            ),
            _rounded,
        ),
        ui.Pitfall(
            _("Taking R* for a half-life"),
            _(
                "R* = 15.4 repetitions leave 1/e of a token's value. Read as a half-life, it "
                "overstates what repeated tokens are worth:"
            ),
            _half_life,
        ),
    ]


def _no_success() -> None:
    """The rate of exact matches and the answers needed to see one, by length."""
    rows = []
    for length in (5, 10, 20, 30):
        rate = core.exact_match(TOKEN, length)
        rows.append([str(length), probability(rate), f"{core.samples_to_see_one(rate):,}"])
    head = [_("length L"), _("exact match"), _("answers to see one success")]
    ui.table(head, rows, numbers=range(3))


def _rounded() -> None:
    """The recommendations of both sets of constants by compute."""
    names = ("hoffmann", "hoffmann_unrounded")
    rows = [
        [
            charts.power(flops),
            *(number(core.compute_optimal(flops, name).tokens_per_parameter) for name in names),
        ]
        for flops in (1e18, 1e21, 5.76e23, 1e26)
    ]
    ui.table(["FLOPs", *(controls.constants.names[name] for name in names)], rows, numbers=range(3))


def _half_life() -> None:
    """The value of a repeated token, and half of it per R* repetitions."""
    rows = [
        [
            str(repetitions),
            probability(core.value_of_epoch(1 + repetitions)),
            probability(0.5 ** (repetitions / core.TOKENS_R_STAR)),
        ]
        for repetitions in (1, 4, 11, 15, 39)
    ]
    head = [_("repetitions"), _("value of a token"), _("if R* were a half-life")]
    ui.table(head, rows, numbers=range(3))
