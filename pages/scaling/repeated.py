"""Repeated data: what a token is worth when it is seen again."""

from __future__ import annotations

import math
from functools import lru_cache

import ui
from charts import scaling as charts
from charts.format import number, probability
from core import scaling as core
from pages.scaling import controls
from ui import _


@lru_cache(maxsize=512)
def optimum(flops: float, unique: float) -> core.Optimum:
    """Return the best model for a budget and a number of unique tokens."""
    return core.data_constrained_optimum(flops, unique)


def draw() -> None:
    """Draw effective tokens against epochs, then the loss at equal compute."""
    epochs = controls.epochs.value
    unique, flops = 10**controls.unique.value, 10**controls.data_budget.value
    best = optimum(flops, unique)
    best_epochs = best.tokens / unique
    worth = core.effective_tokens(1, epochs)
    with ui.figure():
        ui.plot(
            charts.worth(epochs, controls.MOST_EPOCHS),
            key="scal_worth",
            alt=_("{n} epochs are worth {w} epochs of new data.").format(
                n=number(epochs), w=number(worth)
            ),
            height=380,
        )
    with ui.second_figure():
        ui.plot(
            charts.allocation(flops, unique, best_epochs, epochs),
            key="scal_allocation",
            alt=_("Loss at equal compute; {n} epochs are best.").format(n=number(best_epochs)),
            height=380,
        )
    ui.note(
        _(
            "{n} epochs over {u} unique tokens count as {w} epochs of new tokens: {d} effective "
            "tokens. A token of the last epoch is worth {v} of a new one."
        ).format(
            n=number(epochs),
            u=charts.amount(unique),
            w=number(worth),
            d=charts.amount(core.effective_tokens(unique, epochs)),
            v=probability(core.value_of_epoch(epochs)),
        ),
        keep=True,
    )
    ui.formula(
        r"D' = U + U R^*\left(1 - e^{-R/R^*}\right) = U\,\left(1 + "
        rf"{core.TOKENS_R_STAR:.1f}\,(1 - e^{{-{epochs - 1:.3g}/{core.TOKENS_R_STAR:.1f}}})\right)"
        rf" = {worth:.2f}\,U"
    )
    ui.facts(
        [
            ui.Fact(_("effective epochs"), number(worth), _("of {n}").format(n=number(epochs))),
            ui.Fact(
                "R*",
                number(core.TOKENS_R_STAR),
                _("repetitions until 1/e is left"),
                _("Not a half-life: after R* repetitions a token is worth 36.8 % of a new one."),
            ),
            ui.Fact(
                _("half-life"),
                number(core.half_life()),
                _("repetitions, R* · ln 2"),
            ),
            ui.Fact(
                _("best number of epochs"),
                number(best_epochs),
                _("for {c} FLOPs: {n} parameters").format(
                    c=charts.power(flops), n=charts.amount(best.parameters)
                ),
            ),
        ]
    )
    ui.note(
        _(
            "The form is Muennighoff et al. (2023), fitted to runs of up to 9 billion parameters; "
            "beyond that it is an extrapolation. Its effective tokens only ever grow with epochs, "
            "so it cannot describe repetition that hurts. N-gram models on repeated text show that "
            "case, measured:"
        )
    )
    ui.link(
        _("N-grams on repeated text"),
        "ngrams",
        ui.state("repeated", smoothing="mle", copies=100),
        key="scal_to_ngrams",
    )
    shown = (2, 4, 8, 16, 40, 100)
    ui.table(
        [_("epochs"), *map(str, shown)],
        [[_("effective epochs"), *(number(core.effective_tokens(1, n)) for n in shown)]],
        numbers=range(1, 7),
    )


def table() -> ui.Table:
    """Return the effective epochs and the value of the last epoch, by epochs."""
    rows = [
        (n, core.effective_tokens(1, n), core.value_of_epoch(n))
        for n in range(1, math.ceil(controls.MOST_EPOCHS) + 1)
    ]
    return [_("epochs"), _("effective epochs"), _("value of the last epoch")], rows
