"""Attention: masks, the scaled dot product, heads, what heads attend to, and the KV cache."""

from __future__ import annotations

from core.attention.ablation import PredictionShift, prediction_shift
from core.attention.head_scores import (
    HeadScores,
    head_scores,
    induction_scores,
    induction_targets,
    repeated_random_ids,
)
from core.attention.kv_cache import KNOWN_SHAPES, ModelShape, kv_cache_bytes
from core.attention.mask_plans import (
    ARCHITECTURES,
    ArchitectureMasks,
    CombinedMask,
    MaskPlan,
    architecture_masks,
    combine_masks,
)
from core.attention.masks import causal_mask, padding_mask, prefix_mask, sliding_window_mask
from core.attention.multi_head import (
    CellArithmetic,
    MultiHeadSelfAttention,
    explain_cell,
    kv_head_of_query,
)
from core.attention.pitfalls import (
    MASK_PITFALLS,
    ScaleStudy,
    mask_after_softmax,
    mask_with_large_negative,
    mask_with_minus_infinity,
    mask_with_zero,
    scale_study,
    unscaled_attention,
)
from core.attention.scaled import AttentionTrace, attention, repeat_kv, safe_softmax
from core.attention.weights import (
    Spectrum,
    attention_spectrum,
    head_entropy,
    row_entropy,
    uniform_weights,
)

__all__ = [
    "ARCHITECTURES",
    "KNOWN_SHAPES",
    "MASK_PITFALLS",
    "ArchitectureMasks",
    "AttentionTrace",
    "CellArithmetic",
    "CombinedMask",
    "HeadScores",
    "MaskPlan",
    "ModelShape",
    "MultiHeadSelfAttention",
    "PredictionShift",
    "ScaleStudy",
    "Spectrum",
    "architecture_masks",
    "attention",
    "attention_spectrum",
    "causal_mask",
    "combine_masks",
    "explain_cell",
    "head_entropy",
    "head_scores",
    "induction_scores",
    "induction_targets",
    "kv_cache_bytes",
    "kv_head_of_query",
    "mask_after_softmax",
    "mask_with_large_negative",
    "mask_with_minus_infinity",
    "mask_with_zero",
    "padding_mask",
    "prediction_shift",
    "prefix_mask",
    "repeat_kv",
    "repeated_random_ids",
    "row_entropy",
    "safe_softmax",
    "scale_study",
    "sliding_window_mask",
    "uniform_weights",
    "unscaled_attention",
]
