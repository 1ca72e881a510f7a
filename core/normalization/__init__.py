"""Normalization: batch, layer and RMS norm, their statistics, and where a layer puts them.

`core.normalization.left_out` runs a language model without one of its norms, and
`core.normalization.tiny_training` trains a small one. They are imported by name, because the
language model itself imports this package.
"""

from __future__ import annotations

from core.normalization.axes import (
    KINDS,
    MeansByLength,
    PaddedBatch,
    example_batch,
    means_by_length,
    normalize,
    padded_batch,
    statistics_group,
)
from core.normalization.deepnorm import DeepNorm, deepnorm_constants
from core.normalization.gradients import (
    THEORY_EXPONENT,
    RatioByDepth,
    StackGradients,
    last_ffn_ratio,
    mean_gradients,
    stack_gradients,
)
from core.normalization.norms import (
    NormTrace,
    batch_norm,
    batch_norm_trace,
    layer_norm,
    layer_norm_trace,
    rms_norm,
    rms_norm_trace,
)
from core.normalization.stacks import PLACEMENTS, run_stack, stack_weights
from core.normalization.vectors import VectorNorms, parse_vector, vector_norms

__all__ = [
    "KINDS",
    "PLACEMENTS",
    "THEORY_EXPONENT",
    "DeepNorm",
    "MeansByLength",
    "NormTrace",
    "PaddedBatch",
    "RatioByDepth",
    "StackGradients",
    "VectorNorms",
    "batch_norm",
    "batch_norm_trace",
    "deepnorm_constants",
    "example_batch",
    "last_ffn_ratio",
    "layer_norm",
    "layer_norm_trace",
    "mean_gradients",
    "means_by_length",
    "normalize",
    "padded_batch",
    "parse_vector",
    "rms_norm",
    "rms_norm_trace",
    "run_stack",
    "stack_gradients",
    "stack_weights",
    "statistics_group",
    "vector_norms",
]
