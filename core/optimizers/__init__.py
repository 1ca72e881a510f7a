"""Optimizers: updates as `torch.optim` does them, paths over surfaces, schedules, clipping."""

from __future__ import annotations

from core.optimizers.matrices import Clipped, clip_by_norm, newton_schulz, newton_schulz_steps
from core.optimizers.paths import OptimizerStep, OptimizerTrace, optimize
from core.optimizers.quadratic import BestRates, best_rates, quadratic
from core.optimizers.schedules import SCHEDULES, learning_rate
from core.optimizers.surfaces import SURFACES, Surface, parse_surface
from core.optimizers.updates import DEFAULTS, METHODS, State, Update, update

__all__ = [
    "DEFAULTS",
    "METHODS",
    "SCHEDULES",
    "SURFACES",
    "BestRates",
    "Clipped",
    "OptimizerStep",
    "OptimizerTrace",
    "State",
    "Surface",
    "Update",
    "best_rates",
    "clip_by_norm",
    "learning_rate",
    "newton_schulz",
    "newton_schulz_steps",
    "optimize",
    "parse_surface",
    "quadratic",
    "update",
]
