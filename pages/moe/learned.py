"""A router and its experts, trained live on points in the plane."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

import ui
from charts import moe as charts
from charts.format import number, probability
from core.moe import ToyFrame, ToyLosses, ToySettings
from core.moe.toy2d import DEAD_SHARE
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
    settings, pace = _settings(), progress.pace(controls.speed)
    return ui.run_of(
        "moe_run",
        settings,
        lambda: training.new_trainer(settings),
        lambda trainer: training.advance(trainer, hyperparameters, pace.steps),
        limit=training.MAX_SNAPSHOTS,
        single=lambda trainer: training.advance(trainer, hyperparameters, 1),
        interval=lambda: pace.interval,
    )


def snapshots() -> Sequence[Snapshot]:
    """Return the snapshots of the current run, beginning with the state before any step."""
    return [training.initial_snapshot(_settings()), *_run().frames]


def buttons() -> None:
    """Draw the buttons of the run."""
    progress.buttons(_run(), controls.snapshot, "moe_run")


def draw() -> None:
    """Draw the training at the chosen snapshot, and its numbers."""
    experts, pick = controls.train_experts.value, controls.train_pick
    weight = controls.balance.value
    seen = progress.draw(snapshots(), experts, controls.snapshot, pick, "moe", weight)
    frame = seen[-1].frame
    ui.note(_step(frame), keep=True)
    _facts(frame, experts)
    ui.formula(_total(frame.losses, weight, controls.z_loss.value))
    ui.note(progress.pick_sentence(frame, pick.value - 1), keep=True)
    ui.note(
        _(
            "Each color marks where one expert has the largest gate. Lines separate the predicted "
            "classes; the shape of a point is its true class. The losses are those of the last "
            "batch; accuracy and load are measured on all training points. Balancing loss, noise, "
            "z-loss, bias step size, learning rate and speed can change during training; any other "
            "control starts a new run."
        )
    )


def _step(frame: ToyFrame) -> str:
    """Say what has happened up to this step."""
    if frame.step:
        return progress.load_sentence(frame)
    share = [frame.area(e) for e in range(len(frame.load.share))]
    widest = max(range(len(share)), key=share.__getitem__)
    return _(
        "Step 0: nothing is trained yet. The router’s random weights give {expert} the largest "
        "gate on {area} of the plane. Press Train or One step."
    ).format(expert=charts.name(widest), area=probability(share[widest]))


def _facts(frame: ToyFrame, experts: int) -> None:
    dead = ", ".join(charts.name(e) for e in frame.dead)
    balanced = _("1 if balanced, at most {e}").format(e=number(frame.most_balance))
    effective = number(frame.load.effective_experts)
    ui.facts(
        [
            ui.Fact(_("accuracy"), probability(frame.accuracy), _("on the training points")),
            ui.Fact(
                _("dead experts"), str(len(frame.dead)), dead,
                help=_("Experts that fewer than {share} of the training points are assigned to. "
                       "They receive almost no gradient.").format(share=probability(DEAD_SHARE, 1)),
            ),
            ui.Fact(
                _("effective experts"), effective, _("of {n}").format(n=experts),
                help=_("2 to the power of the entropy (in bits) of the load: the number of equally "
                       "loaded experts with the same entropy."),
            ),
            ui.Fact(_("task loss"), number(frame.losses.task), _("nats")),
            ui.Fact(
                _("balancing loss"), number(frame.losses.balance), balanced,
                help=_("N · Σ f · P over the N experts: f is an expert’s share of the assignments, "
                       "P its mean probability. Both sum to 1."),
            ),
        ]
    )  # fmt: skip


def _total(losses: ToyLosses, balance_weight: float, z_weight: float) -> str:
    """Return the total loss with its current numbers as LaTeX."""

    def part(value: float, words: str) -> str:
        return rf"\underbrace{{{number(value)}}}_{{\text{{{words}}}}}"

    terms = [part(losses.task, _("task loss"))]
    terms.append(rf"{balance_weight:g}\cdot{part(losses.balance, _('balancing loss'))}")
    terms.append(rf"{z_weight:g}\cdot{part(losses.z, _('z-loss'))}")
    return f"L={'+'.join(terms)}={number(losses.weighted(balance_weight, z_weight))}"
