"""Dying ReLUs: one network trained twice from the same weights, without and with clipping."""

from __future__ import annotations

from typing import Any

import torch

import ui
from charts import activations as charts
from charts.format import number, probability
from core import activations as core
from core.activations import DeadUnitsConfig, DeadUnitsStep
from pages.activations import controls
from ui import _, models

Steps = tuple[DeadUnitsStep, ...]


def train(config: DeadUnitsConfig, clip: float, seed: int) -> tuple[Steps, ...]:
    """Return the states of both trainings, computed on the worker and shared between visitors."""

    def work() -> tuple[Steps, ...]:
        generator = torch.Generator().manual_seed(seed)
        return core.train_side_by_side(config, [None, clip], controls.UPDATES, generator)

    return models.compute(("act_dead", config, clip, seed), work)


def runs() -> list[Steps]:
    """Return both trainings up to the current update: without clipping, then with it."""
    config = DeadUnitsConfig(
        activation=controls.trained.value,
        width=controls.width.value,
        learning_rate=controls.rate.value,
        offset=controls.offset.value,
    )
    end = controls.update.within(controls.UPDATES + 1) + 1
    both = train(config, controls.clip.value, controls.training_seed.value)
    return [states[:end] for states in both]


def draw() -> None:
    """Draw the share of dead units and the loss, then both predictions and every unit."""
    both = runs()
    last = [states[-1] for states in both]
    now = controls.update.within(controls.UPDATES + 1)
    unit = min(controls.unit.value, controls.width.value)
    dead = [probability(float(state.dead_share.mean())) for state in last]
    losses = [number(state.loss) for state in last]
    with ui.figure():
        controls.update.draw(controls.UPDATES + 1)
        ui.plot(
            charts.progress(both, controls.UPDATES, now),
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
            charts.units(last, unit),
            key="act_units",
            alt=_("Every hidden unit: a dot if it is active, a cross if it is dead."),
            height=220,
            on_click=_choose_unit,
        )
    for name, state in zip(charts.names(), last, strict=True):
        ui.note(_step(name, state), keep=True)
    ui.note(_unit(unit, last), keep=True)
    facts = []
    for name, states, share, loss in zip(charts.names(), both, dead, losses, strict=True):
        steepest = max(states, key=lambda state: state.gradient_norm)
        factor = number(steepest.clip_factor, 2)
        clipped = steepest.clip_factor < 1
        scaled = _("at update {n}; scaled by {f}") if clipped else _("at update {n}")
        facts += [
            ui.Fact(
                _("dead {network}").format(network=name),
                share,
                _("loss {n}").format(n=loss),
                help=_("Share of the hidden units whose derivative is 0 on every training point."),
            ),
            ui.Fact(
                _("largest gradient norm"),
                number(steepest.gradient_norm, 2),
                scaled.format(n=steepest.step, f=factor),
            ),
        ]
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


def _step(name: str, state: DeadUnitsStep) -> str:
    """Return a sentence on one network after the current update."""
    if state.diverged:
        text = _("After update {n}, the network {network} has diverged: its values overflowed.")
        return text.format(n=state.step, network=name)
    rate, norm = controls.rate.value, state.gradient_norm
    text = _(
        "After update {n}, {network}: the gradient has norm {norm}, so the next step has length "
        "{rate} · {used} = {length}; {dead} of {all} units are dead."
    )
    return text.format(
        n=state.step,
        network=name,
        norm=number(norm),
        rate=f"{rate:g}",
        used=number(norm * state.clip_factor),
        length=number(rate * norm * state.clip_factor),
        dead=int(state.dead.sum()),
        all=state.dead.numel(),
    )


def _unit(unit: int, last: list[DeadUnitsStep]) -> str:
    """Return a sentence on one unit of each layer."""
    counts = [[int(n) for n in state.active_points[:, unit - 1]] for state in last]
    return _(
        "Unit {unit} has a derivative other than 0 on {a} (layer 1) and {b} (layer 2) of the {n} "
        "points without clipping, on {c} and {d} with clipping. Click a unit to choose it."
    ).format(
        unit=unit, a=counts[0][0], b=counts[0][1], c=counts[1][0], d=counts[1][1], n=len(last[0].x)
    )


def _choose_unit(mark: dict[str, Any]) -> None:
    controls.unit.set(mark.get("x"))
