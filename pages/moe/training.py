"""The classifier of points in the plane, trained in portions on the run worker's thread."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import lru_cache

import torch
from torch import Tensor

from core.moe import ToyFrame, ToySettings, ToyTrainer, UpcyclingCheck, check_upcycling

UPDATE_S = 0.08  # seconds between two snapshots, unless the speed is below one step in that time
FULL_SPEED_STEPS = 10  # optimization steps between two snapshots without a limit of speed
MAX_SNAPSHOTS = 300  # until a run pauses
GRID = 44


@dataclass(frozen=True, slots=True, eq=False)
class Snapshot:
    """A state of the training.

    Attributes:
        frame: The state; its grids have small types, because a session keeps hundreds of them, and
            those that no figure shows are empty.
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


@dataclass(slots=True)
class Pace:
    """How fast a run trains.

    Attributes:
        speed: Optimization steps per second; None = as many as possible.

    >>> Pace(1).steps, Pace(1).interval, Pace(50).steps, Pace(50).interval
    (1, 1.0, 4, 0.08)
    """

    speed: float | None = None

    @property
    def steps(self) -> int:
        """Return the steps between two snapshots."""
        return FULL_SPEED_STEPS if self.speed is None else max(1, round(self.speed * UPDATE_S))

    @property
    def interval(self) -> float:
        """Return the seconds that the steps between two snapshots take at least."""
        return 0.0 if self.speed is None else self.steps / self.speed


def advance(trainer: ToyTrainer, changes: Mapping[str, float], steps: int) -> Snapshot:
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
        winner_gate=frame.winner_gate[:0],
        decision=frame.decision.to(torch.uint8),
        decision_prob=frame.decision_prob[:0],
    )
    return Snapshot(small, trainer.points, trainer.labels, trainer.settings.balance_weight)


@lru_cache(64)
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


def advance_upcycling(run: Upcycling, steps: int) -> Snapshot:
    """Do the next portion: dense steps, or the copying itself (no step), or steps with experts."""
    if run.upcycled:
        return advance(run.trainer, {}, steps)
    left = run.copy_at - run.trainer.steps_done
    if left > 0:
        return replace(advance(run.trainer, {}, min(steps, left)), upcycled=False)
    with torch.inference_mode(False), torch.enable_grad():
        dense = run.trainer
        run.trainer = dense.upcycled(run.experts, run.top_k, run.normalize)
        run.upcycled = True
        with torch.no_grad():
            features = dense.network(dense.points).features
        check = check_upcycling(dense.network.moe.experts, run.trainer.network.moe, features)
        taken = _snapshot(run.trainer, run.trainer.step(0, GRID))
    return replace(taken, check=check)
