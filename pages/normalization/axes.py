"""Axes: which values of a padded batch share their statistics."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import torch
from torch import Tensor

import ui
from charts import normalization as charts
from charts.format import number
from core import normalization as core
from pages.normalization import controls
from ui import _

SHAPE = (controls.SENTENCES, controls.LONGEST, controls.FEATURES)


@lru_cache(maxsize=32)
def full_batch(seed: int) -> Tensor:
    """Return the values of all sentences at full length."""
    return core.example_batch(SHAPE, torch.Generator().manual_seed(seed))


@lru_cache(maxsize=256)
def means(seed: int, index: tuple[int, int, int]) -> core.MeansByLength:
    """Return the means of one value for every length of sentence 1."""
    return core.means_by_length(full_batch(seed), controls.LENGTHS, 0, index)


def current() -> tuple[core.PaddedBatch, tuple[int, int, int]]:
    """Return the batch and the index of the chosen value."""
    lengths = (controls.length.value, *controls.LENGTHS[1:])
    index = (controls.sentence.value - 1, controls.token.value - 1, controls.feature.value - 1)
    return core.padded_batch(full_batch(controls.batch_seed.value), lengths), index


def draw() -> None:
    """Draw the batch with the chosen value's group, then its mean by the sentence's length."""
    batch, index = current()
    kind = controls.kind.value
    real = batch.real if controls.masked.value else None
    group = core.statistics_group(kind, SHAPE, index, real)
    trace = core.normalize(kind, batch.x, real)
    value, mean = float(batch.x[index]), float(trace.mean.expand(SHAPE)[index])
    variance = float(trace.variance.expand(SHAPE)[index])
    output = float(trace.output[index])
    name = controls.kind.names[kind]
    found = means(controls.batch_seed.value, index)
    alt = _("A batch of {n} sentences; {name} averages {k} values for the chosen one.")
    with ui.figure():
        ui.plot(
            charts.sheets(batch, group, index, kind),
            key="norm_sheets",
            alt=alt.format(n=controls.SENTENCES, name=name, k=int(group.sum())),
            height=360,
            least_height=250,
            on_click=_choose,
        )
    with ui.second_figure():
        ui.plot(
            charts.means(found, controls.length.value),
            key="norm_means",
            alt=_("The mean that normalizes the chosen value, by the length of sentence 1."),
            height=360,
        )
    ui.note(_sentence(batch, index), keep=True)
    ui.formula(_formula(value, mean, variance, output))
    ui.facts(
        [
            ui.Fact(_("values averaged"), str(int(group.sum())), _axes(kind)),
            ui.Fact(_("mean"), number(mean) if kind != "rms" else "—", _("of the outlined values")),
            ui.Fact(
                _("variance") if kind != "rms" else _("mean square"),
                number(variance),
                _("of the outlined values"),
            ),
            ui.Fact(_("normalized value"), number(output)),
        ]
    )
    ui.note(
        _(
            "Rows are tokens and columns are features; hatched rows are padding and hold zeros. "
            "The outlined values are averaged to normalize the framed one. Click a value to choose "
            "it. Values are random; ε = 10⁻⁵."
        )
    )


def _sentence(batch: core.PaddedBatch, index: tuple[int, int, int]) -> str:
    """Return a sentence on how far the chosen value depends on the length of sentence 1."""
    b, t, _d = index
    if not bool(batch.real[b, t]):
        return _("The chosen token is padding: its values are zeros and no loss depends on them.")
    found = means(controls.batch_seed.value, index)
    if controls.kind.value == "batch":
        values = found.masked if controls.masked.value else found.counted
        text = _(
            "BatchNorm's mean of this value comes from the other {others} sentences too: as "
            "sentence 1 grows from 1 to {longest} tokens, it varies between {low} and {high}."
        )
        return text.format(
            others=controls.SENTENCES - 1,
            longest=controls.LONGEST,
            low=number(float(values.min())),
            high=number(float(values.max())),
        )
    text = _(
        "{name} uses the {features} features of this token only: the length of sentence 1 changes "
        "nothing for the other sentences."
    )
    return text.format(name=controls.kind.names[controls.kind.value], features=controls.FEATURES)


def _axes(kind: str) -> str:
    if kind != "batch":
        return _("all features of one token")
    return _("one feature, all sentences and tokens")


def _formula(value: float, mean: float, variance: float, output: float) -> str:
    if controls.kind.value == "rms":
        return (
            rf"\hat x = \frac{{x}}{{\sqrt{{\overline{{x^2}} + \varepsilon}}}} = "
            rf"\frac{{{value:.1f}}}{{\sqrt{{{variance:.3f} + 10^{{-5}}}}}} = {output:.3f}"
        )
    return (
        rf"\hat x = \frac{{x - \mu}}{{\sqrt{{\sigma^2 + \varepsilon}}}} = "
        rf"\frac{{{value:.1f} - ({mean:.3f})}}{{\sqrt{{{variance:.3f} + 10^{{-5}}}}}} = "
        rf"{output:.3f}"
    )


def _choose(mark: dict[str, Any]) -> None:
    """Choose the clicked value."""
    cell = charts.cell_at(mark["x"], mark["y"], SHAPE)
    if cell is not None:
        for control, i in zip(
            (controls.sentence, controls.token, controls.feature), cell, strict=True
        ):
            control.set(i + 1)


def table() -> ui.Table:
    """Return every value of the batch, before and after the chosen norm."""
    batch, _index = current()
    real = batch.real if controls.masked.value else None
    trace = core.normalize(controls.kind.value, batch.x, real)
    head = [_("sentence"), _("token"), _("feature"), _("padding"), "x", _("normalized value")]
    return head, [
        (b + 1, t + 1, d + 1, int(not batch.real[b, t]), float(batch.x[b, t, d]), float(output))
        for (b, t, d), output in zip(_places(), trace.output.flatten().tolist(), strict=True)
    ]


def _places() -> list[tuple[int, int, int]]:
    sentences, tokens, features = map(range, SHAPE)
    return [(b, t, d) for b in sentences for t in tokens for d in features]
