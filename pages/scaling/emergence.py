"""Emergence: one family of models, the same answers, four metrics."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import torch
from torch import Tensor

import ui
from charts import scaling as charts
from charts.format import number, probability
from core import scaling as core
from pages.scaling import controls
from ui import _

SMOOTH = 61  # points of the expected line


@lru_cache(maxsize=8)
def uniform(seed: int) -> Tensor:
    """Return the random numbers of all answers at their greatest number and length."""
    generator = torch.Generator().manual_seed(seed)
    shape = (controls.MODELS, controls.MOST_ANSWERS, controls.LONGEST)
    return torch.rand(shape, generator=generator)


def sizes(count: int) -> Tensor:
    """Return numbers of parameters, evenly spaced on a logarithmic axis."""
    return torch.logspace(controls.SMALLEST, controls.LARGEST, count, dtype=torch.float64)


@lru_cache(maxsize=64)
def scored(seed: int, answers: int, length: int) -> core.Scores:
    """Return the scores of the family; more answers or tokens extend the same answers."""
    return core.scores(sizes(controls.MODELS), uniform(seed)[:, :answers, :length])


@lru_cache(maxsize=128)
def smooth(length: int) -> dict[str, Tensor]:
    """Return the expected line of each metric."""
    return core.expected(core.per_token_accuracy(sizes(SMOOTH)), length)


def current() -> core.Scores:
    """Return the scores at the current settings."""
    return scored(controls.seed.value, controls.answers.value, controls.length.value)


def zeros(found: core.Scores) -> int:
    """Return how many models have no exact match."""
    return int((found.measured["exact"] == 0).sum())


def draw() -> None:
    """Draw the chosen metric and, on the same answers, the per-token accuracy."""
    found, at = current(), controls.model.value - 1
    metric, length = controls.metric.value, controls.length.value
    other = "exact" if metric == "token" else "token"
    lines, names = smooth(length), controls.metric.names
    alt = _("{metric} against parameters; the chosen model has {value}.")
    with ui.figure():
        ui.plot(
            charts.curve(
                found,
                metric,
                (sizes(SMOOTH), lines[metric]),
                at,
                logarithmic=controls.logarithmic.value,
            ),
            key="scal_metric_plot",
            alt=alt.format(metric=names[metric], value=number(float(found.measured[metric][at]))),
            height=380,
            on_click=_choose,
        )
    with ui.second_figure():
        ui.plot(
            charts.curve(found, other, (sizes(SMOOTH), lines[other]), at),
            key="scal_other_plot",
            alt=alt.format(metric=names[other], value=number(float(found.measured[other][at]))),
            height=380,
            on_click=_choose,
        )
    ui.note(sentence(found), keep=True)
    p = float(found.per_token[at])
    exact = float(found.expected["exact"][at])
    ui.formula(
        rf"p = e^{{-(N/c)^{{\alpha}}}} = {p:.3f}, \qquad"
        rf" p^L = {p:.3f}^{{{length}}} = {_latex(exact)}"
    )
    measured = found.measured
    ui.facts(
        [
            ui.Fact(
                _("chosen model"),
                charts.amount(float(found.parameters[at])),
                _("parameters; click a dot to choose"),
            ),
            ui.Fact(
                _("exact match"),
                probability(float(measured["exact"][at])),
                _("expected: {p}").format(p=probability(exact)),
            ),
            ui.Fact(
                _("per-token accuracy"),
                probability(float(measured["token"][at])),
                _("expected: {p}").format(p=probability(p)),
            ),
            ui.Fact(
                _("answers to see one success"),
                number(float(core.samples_to_see_one(exact)), 3),
                _("with 95 % probability"),
                _("The smallest number of answers that include an exact match this often."),
            ),
        ]
    )
    ui.note(
        _(
            "The models are imagined, as in Schaeffer et al. (2023): the loss per token is "
            "(N/c)^α with α = {alpha} and c = {c}, and every token is right independently with "
            "probability p = exp(−loss). Edit distance counts substitutions only. Both figures "
            "score the same answers."
        ).format(alpha=number(core.EXPONENT, 1), c=charts.amount(core.SCALE))
    )
    ui.note(
        _(
            "Wei et al. (2022) report abilities that appear suddenly in large models. Whether the "
            "metric explains all of them is disputed; this page shows only that a metric can "
            "produce such a jump."
        )
    )


def sentence(found: core.Scores) -> str:
    """Return a sentence on how many models score 0, and on the accuracy behind it."""
    none, token = zeros(found), found.measured["token"]
    answers, length = found.right.shape[1:]
    text = _(
        "{none} of {models} models have no exact match in {answers} answers of {length} tokens. "
        "On the same answers, per-token accuracy rises from {low} to {high}."
    )
    return text.format(
        none=none,
        models=len(token),
        answers=answers,
        length=length,
        low=probability(float(token[0])),
        high=probability(float(token[-1])),
    )


def _latex(x: float) -> str:
    return f"{x:.3g}" if x >= 1e-3 else charts.latex_power(x)


def _choose(mark: dict[str, Any]) -> None:
    """Choose the model whose dot is clicked."""
    if mark["curve"] == 1:
        controls.model.set(mark["point"] + 1)


def table() -> ui.Table:
    """Return every metric of every model, measured and expected."""
    found = current()
    names = controls.metric.names
    columns = [found.parameters, found.per_token]
    head = [_("parameters"), "p"]
    for metric, name in names.items():
        head += [_("{metric}, measured").format(metric=name)]
        head += [_("{metric}, expected").format(metric=name)]
        columns += [found.measured[metric], found.expected[metric]]
    return head, torch.stack(columns, dim=1).tolist()
