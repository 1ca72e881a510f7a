"""Activations and the feed-forward network: curves, gates, depth, dead units."""

from __future__ import annotations

from core.activations.functions import (
    ACTIVATIONS,
    Activation,
    activation,
    swish,
    swish_derivative,
)
from core.activations.gated import GLU_VARIANTS, glu

__all__ = [
    "ACTIVATIONS",
    "GLU_VARIANTS",
    "Activation",
    "activation",
    "glu",
    "swish",
    "swish_derivative",
]
