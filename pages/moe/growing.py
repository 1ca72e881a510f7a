"""Upcycling: a trained dense network is copied into experts, which are then trained on.

The network is a classifier of points in the plane, trained live, or a language model.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import lru_cache

import torch

import ui
from charts.format import count, number, probability
from charts.moe import fraction
from core.moe import SwiGLUExperts, ToySettings, Upcycled, upcycle
from core.moe.toy2d import FEATURES
from pages.moe import controls, growing_text, progress, training
from pages.moe.training import Snapshot, Upcycling
from ui import _


@lru_cache(64)
def costs(width: int, experts: int, top_k: int) -> Upcycled:
    """Count what copying a network of this width costs; its weights do not matter."""
    generator = torch.Generator().manual_seed(0)
    dense = SwiGLUExperts(1, FEATURES, width, generator)
    return upcycle(dense, experts, top_k, generator=generator)


def _settings() -> ToySettings:
    return ToySettings(
        dataset=controls.copy_dataset.value,
        num_experts=1,
        top_k=1,
        expert_dim=controls.copy_width.value,
        normalize="after",
        seed=controls.copy_seed.value,
    )


def _top_k() -> int:
    return min(controls.copies_used.value, controls.copies.value)


def _run() -> ui.Run:
    settings = _settings()
    plan = (controls.copies.value, _top_k(), controls.copy_normalize.value, controls.copy_at.value)
    pace = progress.pace(controls.copy_speed)
    return ui.run_of(
        "moe_grow",
        (settings, plan),
        lambda: Upcycling(training.new_trainer(settings), *plan),
        lambda run: training.advance_upcycling(run, pace.steps),
        limit=training.MAX_SNAPSHOTS,
        single=lambda run: training.advance_upcycling(run, 1),
        interval=lambda: pace.interval,
    )


def buttons() -> None:
    """Draw the buttons of the live training."""
    if controls.on_points():
        progress.buttons(_run(), controls.copy_snapshot, "moe_grow")


def draw() -> None:
    """Draw the upcycling of the chosen network."""
    if not controls.on_points():
        growing_text.draw()
        return
    experts, pick = controls.copies.value, controls.copy_pick
    initial = replace(training.initial_snapshot(_settings()), upcycled=False)
    snapshots = [initial, *_run().frames]
    stepper, weight = controls.copy_snapshot, initial.balance_weight
    seen = progress.draw(snapshots, experts, stepper, pick, "moe_grow", weight)
    ui.note(_step(seen[-1], experts), keep=True)
    _facts(seen, experts)
    ui.note(progress.pick_sentence(seen[-1].frame, pick.value - 1), keep=True)
    _costs(costs(controls.copy_width.value, experts, _top_k()))
    ui.note(
        _(
            "Right after copying, all experts compute the same function. If the gates sum to 1, "
            "the layer’s output does not change. Further training makes the experts differ."
        )
    )


def _step(shown: Snapshot, experts: int) -> str:
    """Say what has happened up to this step: dense training, copying, or training of experts."""
    step = shown.frame.step
    if shown.check is not None:
        return _(
            "Step {n}: the dense network was copied into {experts} experts. The largest change of "
            "an output is {change}."
        ).format(n=step, experts=experts, change=number(shown.check.largest_difference, 2))
    if shown.upcycled:
        return progress.load_sentence(shown.frame)
    return _(
        "Step {n} of {at} before copying: one dense network processes every point. Its accuracy "
        "is {accuracy}."
    ).format(n=step, at=controls.copy_at.value, accuracy=probability(shown.frame.accuracy))


def _facts(seen: Sequence[Snapshot], experts: int) -> None:
    """Draw the state of the training, and how much copying changed the outputs."""
    frame = seen[-1].frame
    network = _("{n} experts").format(n=experts) if seen[-1].upcycled else _("dense")
    facts = [
        ui.Fact(_("network"), network, _("step {n}").format(n=frame.step)),
        ui.Fact(_("accuracy"), probability(frame.accuracy), _("on the training points")),
        ui.Fact(_("task loss"), number(frame.losses.task), _("nats")),
    ]
    checks = [item.check for item in seen if item.check is not None]
    change, note = "—", _("the network is not copied yet")
    if checks:
        low, high = float(checks[-1].gate_sum.min()), float(checks[-1].gate_sum.max())
        change = number(checks[-1].largest_difference, 2)
        note = _("the gates of a point sum to {low} to {high}").format(
            low=fraction(low), high=fraction(high)
        )
    ui.facts(
        [
            *facts,
            ui.Fact(
                _("largest change by copying"), change, note,
                help=_("The largest absolute difference of a component of the layer’s output "
                       "before and after copying, over all training points."),
            ),
        ]
    )  # fmt: skip


def _costs(size: Upcycled) -> None:
    pairs = [
        (_("total parameters"), size.dense_parameters, size.total_parameters),
        (_("active parameters per point"), size.dense_parameters, size.active_parameters),
        (_("FLOPs per point"), size.dense_flops, size.active_flops),
    ]
    rows = [
        (name, count(before), count(after), f"× {number(after / before)}")
        for name, before, after in pairs
    ]
    ui.table(("", _("dense"), _("upcycled"), _("ratio")), rows, numbers=(1, 2, 3))
