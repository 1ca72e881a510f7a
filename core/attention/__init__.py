"""Attention: masks, the scaled dot product, heads, what heads look at, and the KV cache."""

from __future__ import annotations

from core.attention.masks import causal_mask, padding_mask, prefix_mask, sliding_window_mask
from core.attention.scaled import AttentionTrace, attention, repeat_kv, safe_softmax

__all__ = [
    "AttentionTrace",
    "attention",
    "causal_mask",
    "padding_mask",
    "prefix_mask",
    "repeat_kv",
    "safe_softmax",
    "sliding_window_mask",
]
