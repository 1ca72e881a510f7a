"""Schedules: learning rates over training, and small models trained under each of them."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import torch

import ui
from charts import optimizers as charts
from charts.format import number
from charts.i18n import translated
from core import optimizers as core
from core.normalization.tiny_training import TrainingStep, unigram_entropy
from core.optimizers import schedules as printed
from core.tokenizers.trained.corpora import load_corpus
from pages.optimizers import controls
from pages.optimizers.arithmetic import rate_formula
from ui import _

UPDATES = controls.UPDATES
LAST = 10  # updates in the mean loss of the facts
Frame = tuple[TrainingStep, ...]  # one update of every model


@lru_cache(maxsize=1)
def text() -> str:
    """Return the training text, which ships with the project."""
    return load_corpus("gettysburg").text or ""


@lru_cache(maxsize=1)
def baseline() -> float:
    """Return the loss of a model that knows only the frequencies of characters."""
    return unigram_entropy(text())


@lru_cache(maxsize=128)
def rates(peak: float, warmup: int) -> dict[str, list[float]]:
    """Return the learning rate of every update under each schedule."""
    return {
        kind: [core.learning_rate(kind, i, UPDATES, peak, warmup) for i in range(UPDATES + 1)]
        for kind in core.SCHEDULES
    }


def names() -> dict[str, str]:
    """Return the visible names of the schedules."""
    return {kind: translated(name) for kind, name in controls.SCHEDULES.items()}


def run() -> ui.Run:
    """Return the visitor's run, which trains one model under each schedule in turn."""
    chosen = (controls.peak.value, controls.warmup.value, controls.schedule_seed.value)

    def make() -> list[core.ScheduledTrainer]:
        peak, warmup, seed = chosen
        with torch.inference_mode(False), torch.enable_grad():
            return [
                core.ScheduledTrainer(text(), kind, UPDATES, peak, warmup, seed)
                for kind in core.SCHEDULES
            ]

    done = 0

    def advance(trainers: list[core.ScheduledTrainer]) -> Frame | None:
        nonlocal done
        done += 1
        if done > UPDATES:
            return None
        with torch.inference_mode(False), torch.enable_grad():
            return tuple(trainer.step() for trainer in trainers)

    return ui.run_of("optimizers_training", chosen, make, advance, limit=UPDATES + 1)


def losses() -> dict[str, list[float]]:
    """Return the loss of every update so far under each schedule."""
    frames = list(run().frames)
    return {kind: [frame[i].loss for frame in frames] for i, kind in enumerate(core.SCHEDULES)}


def buttons() -> None:
    """Draw the buttons of the run."""
    ui.run_controls(run(), key="optimizers_training", start_label=_("Train"))


def draw() -> None:
    """Draw all schedules above the losses of the models, then the arithmetic of one update."""
    kind, at = controls.schedule.value, controls.rate_at.value
    peak, warmup = controls.peak.value, controls.warmup.value
    known, taken = rates(peak, warmup), losses()
    with ui.figure():
        ui.plot(
            charts.schedules(known, taken, names(), kind, at, baseline()),
            key="optimizers_schedules",
            alt=_sentence(known[kind], taken),
            height=400,
            least_height=280,
            on_click=_choose,
        )
    ui.note(_sentence(known[kind], taken), keep=True)
    ui.formula(rate_formula(kind, at, UPDATES, peak, warmup))
    ui.facts(
        [
            ui.Fact(
                name,
                _mean(taken[one]),
                _("rate {rate} at update {n}").format(rate=number(known[one][at]), n=at),
                _("Mean loss of the last 10 updates, in nats per character."),
            )
            for one, name in names().items()
        ]
    )
    if not warmup:
        ui.note(
            _(
                "Without warm-up, the inverse square root has a time scale of 10,000 updates in "
                "the library transformers, so it hardly falls here."
            )
        )
    ui.note(
        _(
            "Five causal character models of two layers and width 32 learn the Gettysburg Address "
            "with Adam, from the same weights and on the same examples; only the learning rate "
            "differs. Plotted losses are means of 10 updates. A run of {n} updates of such small "
            "models does not rank the schedules. Click a line for its arithmetic."
        ).format(n=UPDATES)
    )
    ui.provenance(
        (_("Warm-up of the base Transformer"), printed.TRANSFORMER_WARMUP, None),
        (_("Updates of the base Transformer"), printed.TRANSFORMER_UPDATES, None),
    )


def _mean(taken: list[float]) -> str:
    """Return the mean of the last losses as text."""
    last = taken[-LAST:]
    return number(sum(last) / len(last)) if last else "—"


def _sentence(known: list[float], taken: dict[str, list[float]]) -> str:
    """Return the chosen schedule's rates, then which model has the lowest loss."""
    name = names()[controls.schedule.value]
    text = _("Schedule “{name}”: the highest rate is {peak}, that of the last update {last}.")
    said = text.format(name=name, peak=number(max(known)), last=number(known[UPDATES - 1]))
    done = len(taken["constant"])
    if done < LAST:
        return said + " " + _("Press Train: each schedule trains its own model.")
    ends = {kind: sum(values[-LAST:]) / LAST for kind, values in taken.items()}
    here = {kind: end for kind, end in ends.items() if end == end}
    if not here:
        return said + " " + _("All five models have diverged.")
    best, worst = min(here, key=lambda k: here[k]), max(here, key=lambda k: here[k])
    text = _(
        "After {n} updates the mean loss of the last 10 is lowest under “{best}” ({low}) and "
        "highest under “{worst}” ({high})."
    )
    return f"{said} " + text.format(
        n=done,
        best=names()[best],
        low=number(here[best]),
        worst=names()[worst],
        high=number(here[worst]),
    )


def _choose(mark: dict[str, Any]) -> None:
    """Choose the clicked schedule and the clicked update."""
    kinds = core.SCHEDULES
    if 0 <= mark["curve"] < 2 * len(kinds):
        controls.schedule.set(kinds[mark["curve"] % len(kinds)])
        controls.rate_at.set(mark["x"])


def table() -> ui.Table:
    """Return the learning rate and the loss of every update under each schedule."""
    known, taken = rates(controls.peak.value, controls.warmup.value), losses()
    rows = [
        (name, i, known[kind][i], taken[kind][i] if i < len(taken[kind]) else "")
        for kind, name in names().items()
        for i in range(UPDATES)
    ]
    return [_("schedule"), _("update"), _("learning rate"), _("loss")], rows
