"""Dying ReLUs: one network trained twice from the same weights, without and with clipping."""

from __future__ import annotations

from dataclasses import replace

import torch

import ui
from charts import activations as charts
from charts.format import number, probability
from core import activations as core
from core.activations import DeadUnitsConfig, DeadUnitsStep
from pages.activations import controls
from ui import _, models

Steps = tuple[DeadUnitsStep, ...]


def train(config: DeadUnitsConfig, seed: int) -> Steps:
    """Return every state of one training, computed on the worker and shared between visitors."""

    def work() -> Steps:
        generator = torch.Generator().manual_seed(seed)
        return tuple(core.train_until_dead(config, controls.UPDATES, generator))

    return models.compute(("act_dead", config, seed), work)


def runs() -> tuple[Steps, Steps]:
    """Return both trainings up to the current update: without clipping, then with it."""
    config = DeadUnitsConfig(
        activation=controls.trained.value,
        width=controls.width.value,
        learning_rate=controls.rate.value,
        clip=controls.clip.value,
        offset=controls.offset.value,
    )
    seed = controls.training_seed.value
    end = controls.update.within(controls.UPDATES + 1) + 1
    # The network without clipping has a key of its own, so that a new threshold does not train it.
    return train(replace(config, clip=None), seed)[:end], train(config, seed)[:end]


def draw() -> None:
    """Draw the share of dead units and the loss, then both predictions and every unit."""
    both = runs()
    last = [states[-1] for states in both]
    dead = [probability(float(state.dead_share.mean())) for state in last]
    losses = [number(state.loss) for state in last]
    with ui.figure():
        controls.update.draw(controls.UPDATES + 1)
        ui.plot(
            charts.progress(both, controls.UPDATES),
            key="act_dead",
            alt=_("Dead units: {0} without clipping, {1} with clipping.").format(*dead),
            height=400,
        )
    with ui.second_figure():
        ui.plot(
            charts.fit(last),
            key="act_fit",
            alt=_("Predictions; loss {0} without clipping, {1} with clipping.").format(*losses),
            height=180,
        )
        ui.plot(
            charts.units(last),
            key="act_units",
            alt=_("Every hidden unit: a dot if it is active, a cross if it is dead."),
            height=220,
        )
    facts = []
    for name, states, share, loss in zip(charts.names(), both, dead, losses, strict=True):
        steepest = max(states, key=lambda state: state.gradient_norm)
        scaled = _("at update {n}; scaled by {f}").format(
            n=steepest.step, f=number(steepest.clip_factor, 2)
        )
        facts += [
            ui.Fact(_("dead {network}").format(network=name), share, _("loss {n}").format(n=loss)),
            ui.Fact(_("largest gradient norm"), number(steepest.gradient_norm, 2), scaled),
        ]
        if states[-1].diverged:
            ui.sentence(
                _("The network {network} diverged at update {n}: its values overflowed.").format(
                    network=name, n=states[-1].step
                )
            )
    ui.facts(facts)
    ui.formula(
        rf"W \leftarrow W - {controls.rate.value:g}\cdot\min\!\left(1,"
        rf" \tfrac{{{controls.clip.value:g}}}{{\lVert g\rVert ="
        rf" {number(last[1].gradient_norm, 3)}}}\right) g"
    )
    ui.note(
        _(
            "Both networks learn y = sin 3x plus an offset with two hidden layers, full-batch "
            "gradient descent and the same initial weights. A dead unit has derivative 0 on every "
            "training point, so its weights get no gradient. In layer 1 it never recovers; in "
            "layer 2 it can recover if layer 1 changes its inputs."
        )
    )
