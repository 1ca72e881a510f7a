"""Scaling laws, repeated data, and how metrics make abilities seem to emerge."""

from __future__ import annotations

from core.scaling.emergence import (
    EXPONENT,
    SCALE,
    Scores,
    exact_match,
    expected,
    per_token_accuracy,
    samples_to_see_one,
    scores,
)
from core.scaling.laws import (
    CONSTANTS,
    PRINTED_EXPONENT,
    Constants,
    Optimum,
    compute_optimal,
    loss,
    parameter_exponent,
    tokens_for_loss,
    training_flops,
)
from core.scaling.repeated import (
    LAW,
    PARAMETERS_R_STAR,
    TOKENS_R_STAR,
    data_constrained_loss,
    data_constrained_optimum,
    effective_tokens,
    half_life,
    value_of_epoch,
)
from core.scaling.trained import TRAINED, TrainingRun

__all__ = [
    "CONSTANTS",
    "EXPONENT",
    "LAW",
    "PARAMETERS_R_STAR",
    "PRINTED_EXPONENT",
    "SCALE",
    "TOKENS_R_STAR",
    "TRAINED",
    "Constants",
    "Optimum",
    "Scores",
    "TrainingRun",
    "compute_optimal",
    "data_constrained_loss",
    "data_constrained_optimum",
    "effective_tokens",
    "exact_match",
    "expected",
    "half_life",
    "loss",
    "parameter_exponent",
    "per_token_accuracy",
    "samples_to_see_one",
    "scores",
    "tokens_for_loss",
    "training_flops",
    "value_of_epoch",
]
