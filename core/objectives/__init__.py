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
from core.objectives.pairs import (
    OverlapTest,
    SentencePair,
    overlap_test,
    sentence_pairs,
    split_documents,
    word_overlap,
)

__all__ = [
    "IGNORED",
    "RATE",
    "SHARES",
    "MaskedTokens",
    "OverlapTest",
    "SentencePair",
    "mask_tokens",
    "masked_count",
    "overlap_test",
    "sentence_pairs",
    "split_documents",
    "word_overlap",
]
