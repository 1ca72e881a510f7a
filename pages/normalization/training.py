"""Training: the same small transformer, pre-LN and post-LN, with and without warm-up."""

from __future__ import annotations

from dataclasses import replace
from functools import lru_cache

import torch

import ui
from charts import normalization as charts
from charts.format import number
from core.normalization import tiny_training
from core.normalization.tiny_training import (
    TinyTrainer,
    TrainingSettings,
    TrainingStep,
    unigram_entropy,
)
from pages.normalization import controls
from ui import _

UPDATES = 200  # until a run pauses
Frame = tuple[TrainingStep, ...]  # one update of every model


def settings() -> list[TrainingSettings]:
    """Return the settings of the compared models."""
    base = TrainingSettings(
        "post",
        layers=int(controls.train_layers.value),
        learning_rate=controls.rate.value / 1000,
        seed=controls.train_seed.value,
    )
    other = "deepnorm" if controls.compared.value == "deepnorm" else "pre"
    return [
        replace(base, placement=placement, warmup=warmup)
        for placement in ("post", other)
        for warmup in (0, controls.warmup.value)
    ]


def run() -> ui.Run:
    """Return the visitor's run, which trains all models in turn."""
    chosen, text = settings(), controls.train_text.value

    def make() -> list[TinyTrainer]:
        with torch.inference_mode(False), torch.enable_grad():
            return [TinyTrainer(text, one) for one in chosen]

    def advance(trainers: list[TinyTrainer]) -> Frame:
        with torch.inference_mode(False), torch.enable_grad():
            return tuple(trainer.step() for trainer in trainers)

    signature = (tuple(chosen), text)
    return ui.run_of("norm_training", signature, make, advance, limit=UPDATES)


def steps() -> list[list[TrainingStep]]:
    """Return the updates of each model so far."""
    frames = run().frames
    return [[frame[i] for frame in frames] for i in range(len(settings()))]


@lru_cache(maxsize=64)
def baseline(text: str) -> float:
    """Return the loss of a model that knows only the frequencies of characters."""
    return unigram_entropy(text)


def buttons() -> None:
    """Draw the buttons of the run."""
    ui.run_controls(run(), key="norm_training", start_label=_("Train"))


def draw() -> None:
    """Draw the loss of all models and the last numbers of each."""
    known = baseline(controls.train_text.value)
    runs = list(zip(settings(), steps(), strict=True))
    done = len(runs[0][1])
    end = max(UPDATES, UPDATES * -(-done // UPDATES))
    losses = {
        charts.run_name(one): charts.smoothed(taken[-10:])[-1] for one, taken in runs if taken
    }
    with ui.figure():
        ui.plot(
            charts.training(runs, end, known),
            key="norm_training_plot",
            alt=_("Loss by update. {values}").format(
                values=", ".join(f"{name} {number(loss)}" for name, loss in losses.items())
            ),
            height=380,
        )
    ui.note(_sentence(done, losses, known), keep=True)
    ui.facts(
        [
            ui.Fact(
                charts.run_name(one),
                number(losses.get(charts.run_name(one), torch.nan)),
                _last(taken),
                _("Mean loss of the last 10 updates, in nats per character."),
            )
            for one, taken in runs
        ]
    )
    ui.note(
        _(
            "Four causal character models of width 32 learn the text with Adam, from the same "
            "weights and on the same examples. Warm-up raises the learning rate linearly. A model "
            "on the dotted line has learned the frequencies of characters and nothing about their "
            "order."
        )
    )
    label = _("BLEU of post-LN trained with Adam without warm-up; about 34 with it")
    ui.provenance((label, tiny_training.BLEU_WITHOUT_WARMUP, None))
    ui.note(
        _(
            "That a trained post-LN model is better in the end, at depths where it trains, is a "
            "claim from machine translation (Liu et al. 2020; Takase et al. 2022). A model of this "
            "size cannot show it."
        )
    )


def _last(taken: list[TrainingStep]) -> str:
    if not taken:
        return _("not started")
    if taken[-1].loss != taken[-1].loss:
        return _("diverged")
    return _("gradient norm {n}").format(n=number(taken[-1].gradient_norm, 2))


def _sentence(done: int, losses: dict[str, float], known: float) -> str:
    if not done:
        return _("Press Train: four models learn at the same time, and their losses appear here.")
    margin = 0.1  # nats: a batch of 128 characters is noisy
    stuck = [name for name, loss in losses.items() if not loss < known - margin]
    text = _(
        "After {n} updates, these models are not more than 0.1 nats below {known} nats, the loss "
        "from character frequencies alone: {stuck}."
    )
    if not stuck:
        text = _(
            "After {n} updates, all four are more than 0.1 nats below {known} nats, the loss from "
            "character frequencies alone."
        )
    return text.format(n=done, stuck="; ".join(stuck), known=number(known))


def table() -> ui.Table:
    """Return every update of every model."""
    head = [_("model"), _("update"), _("loss"), _("learning rate"), _("norm of the gradient")]
    rows = [
        (charts.run_name(one), i + 1, step.loss, step.learning_rate, step.gradient_norm)
        for one, taken in zip(settings(), steps(), strict=True)
        for i, step in enumerate(taken)
    ]
    return head, rows or [(charts.run_name(one), 0, "", "", "") for one in settings()]
