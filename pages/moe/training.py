"""The classifier of points in the plane, trained in portions on the run worker's thread."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import streamlit as st
import torch
from torch import Tensor

from core.moe import ToyFrame, ToySettings, ToyTrainer, UpcyclingCheck, check_upcycling

STEPS_PER_SNAPSHOT = 10  # optimization steps
MAX_SNAPSHOTS = 300  # of one run
GRID = 44


@dataclass(frozen=True, slots=True, eq=False)
class Snapshot:
    """A state of the training.

    Attributes:
        frame: The state; its grids have small types, because a session keeps hundreds of them.
        points: (N, 2) training points, shared by all snapshots of a run.
        labels: (N,) their classes.
        balance_weight: Weight of the balancing loss at that moment.
        check: Right after a dense network was copied into experts, the comparison of both.
        upcycled: Whether the network has experts already.
    """

    frame: ToyFrame
    points: Tensor
    labels: Tensor
    balance_weight: float
    check: UpcyclingCheck | None = None
    upcycled: bool = True


def new_trainer(settings: ToySettings) -> ToyTrainer:
    """Return a new trainer; the worker's thread records no gradients unless told to."""
    with torch.inference_mode(False), torch.enable_grad():
        return ToyTrainer(settings)


def advance(
    trainer: ToyTrainer, changes: Mapping[str, float], steps: int = STEPS_PER_SNAPSHOT
) -> Snapshot:
    """Train for some steps with changed hyperparameters; return the new state."""
    with torch.inference_mode(False), torch.enable_grad():
        trainer.settings = replace(trainer.settings, **changes)
        trainer.network.moe.logit_noise = trainer.settings.noise
        trainer.optimizer.learning_rate = trainer.settings.learning_rate
        return _snapshot(trainer, trainer.step(steps, GRID))


def _snapshot(trainer: ToyTrainer, frame: ToyFrame) -> Snapshot:
    small = replace(
        frame,
        winner_map=frame.winner_map.to(torch.uint8),
        winner_gate=frame.winner_gate.half(),
        decision=frame.decision.to(torch.uint8),
        decision_prob=frame.decision_prob.half(),
    )
    return Snapshot(small, trainer.points, trainer.labels, trainer.settings.balance_weight)


@st.cache_resource(max_entries=64, show_spinner=False)
def initial_snapshot(settings: ToySettings) -> Snapshot:
    """Return the state before the first step; shared between visitors, read-only."""
    trainer = new_trainer(settings)
    return _snapshot(trainer, trainer.step(0, GRID))


@dataclass(slots=True)
class Upcycling:
    """A dense network that is trained, copied into experts after `copy_at` steps, trained on."""

    trainer: ToyTrainer
    experts: int
    top_k: int
    normalize: str
    copy_at: int
    upcycled: bool = False


def advance_upcycling(run: Upcycling) -> Snapshot:
    """Do the next portion: dense steps, or the copying itself (no step), or steps with experts."""
    if run.upcycled:
        return advance(run.trainer, {})
    if run.trainer.steps_done < run.copy_at:
        return replace(advance(run.trainer, {}), upcycled=False)
    with torch.inference_mode(False), torch.enable_grad():
        dense = run.trainer
        run.trainer = dense.upcycled(run.experts, run.top_k, run.normalize)
        run.upcycled = True
        with torch.no_grad():
            features = dense.network(dense.points).features
        check = check_upcycling(dense.network.moe.experts, run.trainer.network.moe, features)
        taken = _snapshot(run.trainer, run.trainer.step(0, GRID))
    return replace(taken, check=check)
