"""Compute-optimal training: one law, three sets of constants."""

from __future__ import annotations

import math
from functools import lru_cache
from typing import Any

import ui
from charts import scaling as charts
from charts.format import number
from charts.theme import Spec
from core import scaling as core
from pages.scaling import controls
from ui import _


@lru_cache(maxsize=8)
def levels(constants: str, language: str) -> tuple[Spec, list[Spec]]:
    """Return the lines of equal loss and their labels; their name depends on the language."""
    return charts.levels(constants), charts.level_labels(constants)


@lru_cache(maxsize=512)
def optima(flops: float) -> dict[str, core.Optimum]:
    """Return the optimum of each set of constants."""
    return {name: core.compute_optimal(flops, name) for name in controls.constants.names}


def flops() -> float:
    """Return the chosen compute budget."""
    return 10**controls.budget.value


def draw() -> None:
    """Draw the plane of parameters and tokens, then the loss along the budget."""
    budget, constants = flops(), controls.constants.value
    found, names = optima(budget), controls.constants.names
    run = next(run for run in core.TRAINED if run.name == controls.trained.value)
    ratios = {names[name]: number(optimum.tokens_per_parameter) for name, optimum in found.items()}
    listed = "; ".join(f"{ratio} ({name})" for name, ratio in ratios.items())
    with ui.figure():
        ui.plot(
            charts.plane(
                names,
                found,
                budget,
                levels(constants, ui.current_language()),
                core.TRAINED,
                run.name,
            ),
            key="scal_plane",
            alt=_("Parameters against tokens. Best tokens per parameter: {list}.").format(
                list=listed
            ),
            height=420,
            on_click=_choose,
        )
    with ui.second_figure():
        ui.plot(
            charts.budget(names, found, budget),
            key="scal_along",
            alt=_("Loss along the budget for the three sets of constants."),
            height=420,
        )
    ui.note(
        _("With {c} FLOPs, the best number of tokens per parameter is {list}.").format(
            c=charts.power(budget), list=listed
        ),
        keep=True,
    )
    best = found[constants]
    terms = core.CONSTANTS[constants].terms(best.parameters, best.tokens)
    ui.formula(
        rf"C = 6ND = 6 \cdot {charts.latex_power(best.parameters)}"
        rf" \cdot {charts.latex_power(best.tokens)} = {charts.latex_power(budget)}"
    )
    ui.formula(
        r"L = E + \frac{A}{N^\alpha} + \frac{B}{D^\beta}"
        rf" = {terms[0]:.3f} + {terms[1]:.3f} + {terms[2]:.3f} = {best.loss:.3f}"
    )
    ui.facts(
        [
            ui.Fact(
                name,
                ratios[name],
                _("tokens per parameter: {d} / {n}").format(
                    d=charts.amount(found[key].tokens), n=charts.amount(found[key].parameters)
                ),
                core.CONSTANTS[key].source,
            )
            for key, name in names.items()
        ]
    )
    _trained(run, constants)
    _provenance()


def _trained(run: core.TrainingRun, constants: str) -> None:
    """Compare a trained model with the optimum for its own compute."""
    spent = core.training_flops(run.parameters, run.tokens)
    reached = core.loss(run.parameters, run.tokens, constants)
    best = core.compute_optimal(spent, constants)
    text = _(
        "{name}: {n} parameters and {d} tokens ({ratio} tokens per parameter), 6ND = {c} FLOPs. "
        "For this compute, the chosen constants give {best} nats per token at best, with {n2} "
        "parameters and {d2} tokens, and {reached} for this split."
    )
    ui.note(
        text.format(
            name=run.name,
            n=charts.amount(run.parameters),
            d=charts.amount(run.tokens),
            ratio=number(run.tokens / run.parameters),
            c=charts.power(spent),
            best=f"{best.loss:.3f}",
            n2=charts.amount(best.parameters),
            d2=charts.amount(best.tokens),
            reached=f"{reached:.3f}",
        ),
        more=run.source,
    )
    ui.note(
        _(
            "The law predicts the loss on Chinchilla's training data, so the losses of models with "
            "other data and tokenizers are not comparable with it. A model that serves many "
            "requests is trained on more tokens than the optimum, because a smaller model is "
            "cheaper to run."
        )
    )


def _provenance() -> None:
    """Recompute a printed exponent from the printed and from the unrounded constants."""
    names = controls.constants.names
    label = _("a in N ∝ Cᵃ, from the constants of {name}")
    ui.provenance(
        *(
            (label.format(name=names[key]), core.PRINTED_EXPONENT, core.parameter_exponent(key))
            for key in ("hoffmann", "hoffmann_unrounded")
        )
    )
    ui.note(
        _(
            "The printed constants are the unrounded ones, rounded. Rounding the exponents α and β "
            "alone moves the recommendation from {b} to {a} tokens per parameter at 5.76·10²³ "
            "FLOPs. Besiroglu et al. (2024) fitted the same form again to data read off the "
            "paper's figure."
        ).format(
            a=number(core.compute_optimal(5.76e23, "hoffmann").tokens_per_parameter),
            b=number(core.compute_optimal(5.76e23, "hoffmann_unrounded").tokens_per_parameter),
        )
    )


def _choose(mark: dict[str, Any]) -> None:
    """Choose the clicked model and its compute."""
    names = [run.name for run in core.TRAINED]
    if mark["curve"] == 5 and mark["point"] < len(names):
        controls.trained.set(names[mark["point"]])
        run = core.TRAINED[mark["point"]]
        controls.budget.set(math.log10(core.training_flops(run.parameters, run.tokens)))


def table() -> ui.Table:
    """Return the optima by budget for all sets of constants."""
    rows = []
    for power in range(controls.FEWEST_FLOPS, controls.MOST_FLOPS + 1):
        for name, found in optima(10.0**power).items():
            rows.append((f"1e{power}", name, found.parameters, found.tokens, found.loss))
    return ["FLOPs", _("constants"), _("parameters N"), _("training tokens D"), _("loss")], rows
