"""Activations and the feed-forward network: curves, gates, depth, dead units."""

from __future__ import annotations

from core.activations.curves import (
    Curve,
    GateStatistics,
    GeluError,
    activation_curves,
    gate_statistics,
    gelu_error,
)
from core.activations.dead_units import (
    DeadUnitsConfig,
    DeadUnitsStep,
    train_side_by_side,
    train_until_dead,
)
from core.activations.depth import INITS, NORMS, DepthTrace, gradient_through_depth
from core.activations.functions import (
    ACTIVATIONS,
    Activation,
    activation,
    swish,
    swish_derivative,
)
from core.activations.gated import (
    GLU_VARIANTS,
    KNOWN_FFNS,
    FFNComparison,
    FFNShape,
    FFNSize,
    GluSurface,
    equal_parameter_ffn,
    ffn_size,
    glu,
    glu_name,
    glu_surface,
)

__all__ = [
    "ACTIVATIONS",
    "GLU_VARIANTS",
    "INITS",
    "KNOWN_FFNS",
    "NORMS",
    "Activation",
    "Curve",
    "DeadUnitsConfig",
    "DeadUnitsStep",
    "DepthTrace",
    "FFNComparison",
    "FFNShape",
    "FFNSize",
    "GateStatistics",
    "GeluError",
    "GluSurface",
    "activation",
    "activation_curves",
    "equal_parameter_ffn",
    "ffn_size",
    "gate_statistics",
    "gelu_error",
    "glu",
    "glu_name",
    "glu_surface",
    "gradient_through_depth",
    "swish",
    "swish_derivative",
    "train_side_by_side",
    "train_until_dead",
]
