"""A router and its experts, trained live on points in the plane."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import fields

import streamlit as st

import ui
from charts import moe as charts
from charts.format import number, probability
from core.moe import ToySettings
from pages.moe import controls, progress, training
from pages.moe.training import Hyperparameters, Snapshot
from ui import _


def _settings() -> ToySettings:
    experts = controls.train_experts.value
    return ToySettings(
        dataset=controls.dataset.value,
        num_experts=experts,
        top_k=min(controls.train_top_k.value, experts),
        expert_dim=controls.train_width.value,
        normalize=controls.train_normalize.value,
        seed=controls.train_seed.value,
    )


def _hyperparameters() -> Hyperparameters:
    """Return this visitor's hyperparameters, which the run reads before each portion of steps."""
    shared = st.session_state.setdefault("moe_hyperparameters", Hyperparameters())
    current = Hyperparameters(
        balance_weight=controls.balance.value,
        z_weight=controls.z_loss.value,
        bias_rate=controls.train_bias_rate.value,
        noise=controls.train_noise.value,
        learning_rate=controls.learning_rate.value,
    )
    for field in fields(current):
        setattr(shared, field.name, getattr(current, field.name))
    return shared


def _run() -> ui.Run:
    settings, hyperparameters = _settings(), _hyperparameters()
    return ui.run_of(
        "moe_run",
        settings,
        lambda: training.new_trainer(settings),
        lambda trainer: training.advance(trainer, hyperparameters),
        limit=training.MAX_SNAPSHOTS,
    )


def snapshots() -> Sequence[Snapshot]:
    """Return the snapshots of the current run, beginning with the state before any step."""
    return [training.initial_snapshot(_settings()), *_run().frames]


def buttons() -> None:
    """Draw the buttons of the run."""
    progress.buttons(_run(), controls.snapshot, "moe_run")


def draw() -> None:
    """Draw the training at the chosen snapshot, and its numbers."""
    experts = controls.train_experts.value
    frame = progress.draw(snapshots(), experts, controls.snapshot, "moe")[-1].frame
    ui.facts(
        [
            ui.Fact(_("step"), str(frame.step)),
            ui.Fact(_("accuracy"), probability(frame.accuracy), _("on the training points")),
            ui.Fact(
                _("dead experts"),
                str(len(frame.dead)),
                ", ".join(charts.name(e) for e in frame.dead),
            ),
            ui.Fact(
                _("effective experts"),
                number(frame.load.effective_experts),
                _("of {n}").format(n=experts),
            ),
            ui.Fact(_("task loss"), number(frame.losses.task), _("nats")),
            ui.Fact(
                _("balancing loss"),
                number(frame.losses.balance),
                _("1 if balanced, at most {e}").format(e=f"{frame.most_balance:.3g}"),
            ),
        ]
    )
    ui.note(
        _(
            "Each color marks where one expert has the largest gate. Lines separate the predicted "
            "classes; the shape of a point is its true class. Balancing loss, noise, z-loss, bias "
            "step size and learning rate can change during training; any other control starts a "
            "new run."
        )
    )
