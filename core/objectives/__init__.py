"""Training objectives: what a model is asked to predict, and which tokens it learns from."""

from __future__ import annotations

from core.objectives.masking import (
    IGNORED,
    RATE,
    SHARES,
    MaskedTokens,
    mask_tokens,
    masked_count,
)

__all__ = [
    "IGNORED",
    "RATE",
    "SHARES",
    "MaskedTokens",
    "mask_tokens",
    "masked_count",
]
