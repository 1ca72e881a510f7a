"""Optimizers: updates as `torch.optim` does them, paths over surfaces, schedules, clipping."""

from __future__ import annotations

from core.optimizers.cliff import CLIFF, recurrent_loss
from core.optimizers.comparisons import (
    Axes,
    Decayed,
    FirstSteps,
    Scaled,
    badly_scaled,
    first_steps,
    scaled_loss,
    weight_decay,
)
from core.optimizers.matrices import (
    Clipped,
    Orthogonalization,
    clip_by_norm,
    newton_schulz,
    newton_schulz_steps,
    orthogonalization,
)
from core.optimizers.paths import OptimizerStep, OptimizerTrace, optimize
from core.optimizers.quadratic import (
    BestRates,
    BestRuns,
    best_rates,
    best_runs,
    quadratic,
    updates_per_digit,
)
from core.optimizers.rules import DEFAULTS, METHODS, State
from core.optimizers.schedules import SCHEDULES, learning_rate
from core.optimizers.surfaces import SURFACES, Surface, parse_surface
from core.optimizers.training import ScheduledTrainer
from core.optimizers.updates import Update, update

__all__ = [
    "CLIFF",
    "DEFAULTS",
    "METHODS",
    "SCHEDULES",
    "SURFACES",
    "Axes",
    "BestRates",
    "BestRuns",
    "Clipped",
    "Decayed",
    "FirstSteps",
    "OptimizerStep",
    "OptimizerTrace",
    "Orthogonalization",
    "Scaled",
    "ScheduledTrainer",
    "State",
    "Surface",
    "Update",
    "badly_scaled",
    "best_rates",
    "best_runs",
    "clip_by_norm",
    "first_steps",
    "learning_rate",
    "newton_schulz",
    "newton_schulz_steps",
    "optimize",
    "orthogonalization",
    "parse_surface",
    "quadratic",
    "recurrent_loss",
    "scaled_loss",
    "update",
    "updates_per_digit",
    "weight_decay",
]
