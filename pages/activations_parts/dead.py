"""Dying ReLUs: one network trained twice from the same weights, without and with clipping."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import streamlit as st
import torch

import ui
from charts import activations as charts
from charts.format import number, probability
from core import activations as core
from core.activations import DeadUnitsConfig, DeadUnitsStep
from pages.activations_parts.now import now
from ui import _, models

UPDATES = 200  # what a slider step can wait for: both trainings in a tenth of a second

Steps = tuple[DeadUnitsStep, ...]


def train(config: DeadUnitsConfig, seed: int) -> Steps:
    """Every state of one training; computed on the worker, shared between visitors."""

    def work() -> Steps:
        generator = torch.Generator().manual_seed(seed)
        return tuple(core.train_until_dead(config, UPDATES, generator))

    return models.compute(("act_dead", config, seed), work)


def draw() -> None:
    """Draw the view."""
    config, seed = _controls()
    # Two requests: a moved clip leaves the network without clipping as it is.
    whole = train(replace(config, clip=None), seed), train(config, seed)
    at = ui.stepper(
        _("Update"), UPDATES + 1, key="act_at", value=UPDATES, interval_ms=40, name=_("update")
    )
    runs = tuple(states[: at + 1] for states in whole)
    now().runs = runs
    last = [states[-1] for states in runs]
    left, right = st.columns([1.25, 1], gap="large")
    with left:
        ui.plot(
            charts.progress(runs, UPDATES),
            key="act_dead",
            alt=_("Dead units after {n} updates: {a} without clipping, {b} with.").format(
                n=max(state.step for state in last),
                a=probability(_dead(last[0])),
                b=probability(_dead(last[1])),
            ),
            height=410,
        )
    with right:
        ui.plot(
            charts.fit(last),
            key="act_fit",
            alt=_("What both networks predict, over the target; losses {a} and {b}.").format(
                a=number(last[0].loss), b=number(last[1].loss)
            ),
            height=215,
        )
        ui.plot(
            charts.units(last),
            key="act_units",
            alt=_("Every hidden unit: a dot where it lives, a cross where it is dead."),
            height=190,
        )
    _update(config, last[1])
    _facts(runs)


def _controls() -> tuple[DeadUnitsConfig, int]:
    columns = st.columns([2.2, 1, 1, 0.8], gap="medium", vertical_alignment="bottom")
    with columns[0]:
        activation = ui.choice(
            _("Activation"),
            {n: core.ACTIVATIONS[n].label for n in ("relu", "leaky_relu", "gelu", "silu")},
            key="act_t_fn",
        )
    with columns[1]:
        rate = ui.live_slider(_("Rate"), 0.005, 1.0, 0.2, 0.005, key="act_rate", scale="log")
    with columns[2]:
        clip = ui.live_slider(
            _("Clip"), 0.1, 100.0, 1.0, 0.1, key="act_clip", scale="log",
            help=_("In the second network a gradient of a larger norm is shortened to this."),
        )  # fmt: skip
    with columns[3], ui.more(_("More")):
        seed = ui.live_slider(_("Seed"), 0, 99, 0, 1, key="act_tseed")
        offset = ui.live_slider(
            _("Target's offset"), 0.0, 10.0, 3.0, 0.5, key="act_offset",
            help=_("Labels that nobody centered make the first steps large."),
        )  # fmt: skip
        width = ui.live_slider(_("Units per layer"), 2, 48, 32, 1, key="act_width")
    config = DeadUnitsConfig(
        activation=activation,
        width=int(width),
        learning_rate=float(rate),
        clip=float(clip),
        offset=float(offset),
    )
    return config, int(seed)


def _dead(state: DeadUnitsStep) -> float:
    return float(state.dead_share.mean())


def _update(config: DeadUnitsConfig, state: DeadUnitsStep) -> None:
    """The coming update of the network with clipping."""
    norm = number(state.gradient_norm, 3)
    ui.formula(
        rf"W \leftarrow W - {config.learning_rate:g}\cdot\min\!\left(1,"
        rf" \tfrac{{{config.clip:g}}}{{\lVert g\rVert = {norm}}}\right) g"
    )


def _facts(runs: Sequence[Sequence[DeadUnitsStep]]) -> None:
    items = []
    for name, states in zip(charts.names(), runs, strict=True):
        last = states[-1]
        steepest = max(states, key=lambda state: state.gradient_norm)
        items += [
            ui.Fact(
                _("dead, {network}").format(network=name),
                probability(_dead(last)),
                _("loss {n}").format(n=number(last.loss)),
            ),
            ui.Fact(
                _("longest gradient"),
                number(steepest.gradient_norm, 2),
                _("at update {n}; used times {f}").format(
                    n=steepest.step, f=number(steepest.clip_factor, 2)
                ),
            ),
        ]
    ui.facts(items)
    for name, states in zip(charts.names(), runs, strict=True):
        if states[-1].diverged:
            ui.sentence(
                _(
                    "The network {network} has diverged at update {n}: its numbers overflowed."
                ).format(network=name, n=states[-1].step)
            )
    if not ui.presenting():
        ui.note(
            _(
                "y = sin 3x plus an offset, two hidden layers, plain gradient descent, the same "
                "first weights twice. A dead unit has slope 0 on every training point, so no "
                "gradient reaches its weights: in layer 1 for good, in layer 2 until layer 1 moves "
                "its inputs."
            )
        )
