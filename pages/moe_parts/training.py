"""The small network in the plane, trained in slices on the run worker's thread."""

from __future__ import annotations

from dataclasses import dataclass, replace

import streamlit as st
import torch
from torch import Tensor

from core.moe import ToyFrame, ToySettings, ToyTrainer, UpcyclingCheck, check_upcycling

SLICE = 10  # optimization steps between two pictures
LIMIT = 300  # pictures of one run
GRID = 44


@dataclass(slots=True)
class Knobs:
    """What may be turned while the training goes on; the rest begins it anew."""

    balance_weight: float = 0.05
    z_weight: float = 0.0
    bias_rate: float = 0.0
    noise: float = 0.0
    learning_rate: float = 0.02


@dataclass(frozen=True, slots=True, eq=False)
class Slice:
    """A picture of the training, and what was set when it was taken.

    Attributes:
        frame: the state, its grids in small types (a session keeps hundreds).
        points: (N, 2) training points, shared by all pictures of a run.
        labels: (N,) their classes.
        balance_weight: factor of the balancing loss at that moment.
        copied: the comparison right after a dense network was copied into experts, else None.
        grown: whether the network has its experts already (upcycling).
    """

    frame: ToyFrame
    points: Tensor
    labels: Tensor
    balance_weight: float
    copied: UpcyclingCheck | None = None
    grown: bool = True


def make(settings: ToySettings) -> ToyTrainer:
    """A new trainer; the worker's thread records no gradients unless asked to."""
    with torch.inference_mode(False), torch.enable_grad():
        return ToyTrainer(settings)


def advance(trainer: ToyTrainer, knobs: Knobs, steps: int = SLICE) -> Slice:
    """Some steps with the knobs as they stand now."""
    with torch.inference_mode(False), torch.enable_grad():
        trainer.settings = replace(
            trainer.settings,
            balance_weight=knobs.balance_weight,
            z_weight=knobs.z_weight,
            bias_rate=knobs.bias_rate,
            noise=knobs.noise,
            learning_rate=knobs.learning_rate,
        )
        trainer.network.moe.logit_noise = knobs.noise
        trainer.optimizer.learning_rate = knobs.learning_rate
        return _picture(trainer, trainer.step(steps, GRID))


def _picture(trainer: ToyTrainer, frame: ToyFrame) -> Slice:
    small = replace(
        frame,
        territory=frame.territory.to(torch.uint8),
        territory_gate=frame.territory_gate.half(),
        decision=frame.decision.to(torch.uint8),
        decision_prob=frame.decision_prob.half(),
    )
    return Slice(small, trainer.points, trainer.labels, trainer.settings.balance_weight)


@st.cache_resource(max_entries=64, show_spinner=False)
def untrained(settings: ToySettings) -> Slice:
    """The picture before the first step; read-only, shared between visitors."""
    trainer = make(settings)
    return _picture(trainer, trainer.step(0, GRID))


@dataclass(slots=True)
class Growth:
    """A dense network on its way to experts: trained, copied after `copy_at` steps, trained on."""

    trainer: ToyTrainer
    experts: int
    top_k: int
    normalize: str
    copy_at: int
    grown: bool = False


def grow(growth: Growth, knobs: Knobs) -> Slice:
    """The next slice: dense steps, or the copying itself (no step), or steps of the experts."""
    if growth.grown:
        return advance(growth.trainer, knobs)
    if growth.trainer.steps_done < growth.copy_at:
        return replace(advance(growth.trainer, knobs), grown=False)
    with torch.inference_mode(False), torch.enable_grad():
        dense = growth.trainer
        growth.trainer = dense.upcycled(growth.experts, growth.top_k, growth.normalize)
        growth.grown = True
        with torch.no_grad():
            features = dense.network(dense.points).features
        check = check_upcycling(dense.network.moe.experts, growth.trainer.network.moe, features)
        taken = _picture(growth.trainer, growth.trainer.step(0, GRID))
    return replace(taken, copied=check)
