"""A router and its experts, trained live on points in the plane."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

import ui
from charts import moe as charts
from charts.format import number, probability
from core.moe import ToySettings
from pages.moe import controls, progress, training
from pages.moe.training import Snapshot
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


def _run() -> ui.Run:
    # The run reads this visitor's hyperparameters before each portion of steps.
    hyperparameters: dict[str, float] = st.session_state.setdefault("moe_hyperparameters", {})
    hyperparameters.update(
        balance_weight=controls.balance.value,
        z_weight=controls.z_loss.value,
        bias_rate=controls.train_bias_rate.value,
        noise=controls.train_noise.value,
        learning_rate=controls.learning_rate.value,
    )
    settings = _settings()
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
    dead = ", ".join(charts.name(e) for e in frame.dead)
    balanced = _("1 if balanced, at most {e}").format(e=f"{frame.most_balance:.3g}")
    effective = number(frame.load.effective_experts)
    ui.facts(
        [
            ui.Fact(_("step"), str(frame.step)),
            ui.Fact(_("accuracy"), probability(frame.accuracy), _("on the training points")),
            ui.Fact(_("dead experts"), str(len(frame.dead)), dead),
            ui.Fact(_("effective experts"), effective, _("of {n}").format(n=experts)),
            ui.Fact(_("task loss"), number(frame.losses.task), _("nats")),
            ui.Fact(_("balancing loss"), number(frame.losses.balance), balanced),
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
