"""Experiments of the page on scaling, each with a question to answer first."""

from __future__ import annotations

import math

import ui
from charts.format import number, probability
from core import scaling as core
from pages.scaling import chinchilla, controls, emergence
from ui import _

LENGTH, MODEL = 20, 11
HALF, MORE = 0.5, 1000


def experiments() -> list[ui.Experiment]:
    """Return the page's experiments."""
    return [
        ui.Experiment(
            _("From tokens to answers"),
            _("A single wrong token makes an answer wrong. Drag the answer length."),
            ui.state("emergence", metric="exact", length=LENGTH, model=MODEL),
            ui.Question(
                _(
                    "The marked model gets more than 9 of 10 tokens right. An answer has 20 "
                    "tokens. The share of answers without a wrong token is …"
                ),
                [_("about 90 %"), _("about 50 %"), _("about 20 %"), _("below 1 %")],
                _exact,
                ui.state("emergence", metric="token", length=LENGTH, model=MODEL),
            ),
        ),
        ui.Experiment(
            _("Look at the jump on a logarithmic axis"),
            _(
                "On a logarithmic axis the expected line rises smoothly from the smallest model "
                "on. The dots appear where the answers suffice to show a success."
            ),
            ui.state("emergence", logarithmic=True, answers=MORE),
            ui.Question(
                _(
                    "The smaller models have no exact match in 100 answers. You draw 1,000 "
                    "answers of the same models. The number of models with no exact match …"
                ),
                [_("stays: they cannot solve the task"), _("becomes smaller"), _("becomes 0")],
                _more,
                ui.state("emergence", answers=100),
            ),
        ),
        ui.Experiment(
            _("Three sets of constants"),
            _(
                "The three sets come from the same paper's experiments. Drag the compute: the "
                "lines cross at small budgets and move apart toward large ones."
            ),
            ui.state("chinchilla", constants="hoffmann"),
            ui.Question(
                _(
                    "One set of experiments, one formula, three published sets of constants. At "
                    "Chinchilla's compute, the largest and the smallest recommendation of tokens "
                    "per parameter differ …"
                ),
                [_("by less than 10 %"), _("by a factor of about 2"), _("by a factor of about 5")],
                _constants,
                ui.state("emergence"),
            ),
        ),
        ui.Experiment(
            _("Read R* correctly"),
            _("R* is the number of repetitions after which 1/e of the value is left."),
            ui.state("repeated", epochs=1 + core.half_life()),
            ui.Question(
                _(
                    "R* = 15.4. A token is worth half as much as a new one after a number of "
                    "repetitions of about …"
                ),
                ["7.7", "10.7", "15.4"],
                _half,
                ui.state("repeated", epochs=1.0),
            ),
        ),
    ]


def _nearest(value: float, candidates: list[float]) -> int:
    """Return the index of the nearest candidate on a logarithmic scale."""
    distances = [abs(math.log(value / candidate)) for candidate in candidates]
    return distances.index(min(distances))


def _exact() -> tuple[int, str]:
    """Compute p^L of the marked model."""
    found, at = emergence.current(), controls.model.value - 1
    p, exact = float(found.per_token[at]), float(found.expected["exact"][at])
    text = _("p = {p}, and all {length} tokens are right with probability p^L = {exact}.")
    return _nearest(exact, [0.9, 0.5, 0.2, 0.005]), text.format(
        p=probability(p), length=controls.length.value, exact=probability(exact)
    )


def _more() -> tuple[int, str]:
    """Compare the number of models at 0 with few and with many answers."""
    few = emergence.zeros(
        emergence.scored(controls.seed.value, controls.answers.default, controls.length.value)
    )
    many = emergence.zeros(emergence.current())
    text = _(
        "It goes from {few} to {many}. The expected share is above 0 for every model; a share of "
        "less than one in {n} answers mostly shows as 0."
    )
    right = 2 if many == 0 else 1 if many < few else 0
    return right, text.format(few=few, many=many, n=f"{controls.answers.value:,}")


def _constants() -> tuple[int, str]:
    """Compare the largest recommendation with the smallest."""
    ratios = [
        found.tokens_per_parameter for found in chinchilla.optima(chinchilla.flops()).values()
    ]
    factor = max(ratios) / min(ratios)
    text = _("The recommendations are {list}: a factor of {factor}.")
    return _nearest(factor, [1.05, 2, 5]), text.format(
        list=", ".join(number(ratio) for ratio in ratios), factor=number(factor)
    )


def _half() -> tuple[int, str]:
    """Compute the half-life."""
    text = _("R* · ln 2 = {half}. After R* = {r} repetitions, 1/e = {e} of the value is left.")
    half = core.half_life()
    return _nearest(half, [7.7, 10.7, 15.4]), text.format(
        half=number(half), r=number(core.TOKENS_R_STAR), e=probability(1 / math.e)
    )
