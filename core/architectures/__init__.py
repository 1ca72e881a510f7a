"""Encoder, decoder, encoder-decoder and prefix decoder: what is computed, and what is reused."""

from __future__ import annotations

from core.architectures.cache import (
    CACHE_MODELS,
    DEEPSEEK_SAVING,
    MISTRAL_SAVING,
    CacheSize,
    cache_size,
    deepseek_saving,
    mistral_saving,
)
from core.architectures.conversation import TEMPLATES, Request, Turn, requests, turns_of
from core.architectures.one_sentence import SentenceMask, sentence_mask
from core.architectures.reuse import (
    CacheReuse,
    PrefixReuse,
    cache_reuse,
    shared_prefix,
    visibility,
)
from core.architectures.timing import TimedPass, passes, timed_passes

__all__ = [
    "CACHE_MODELS",
    "DEEPSEEK_SAVING",
    "MISTRAL_SAVING",
    "TEMPLATES",
    "CacheReuse",
    "CacheSize",
    "PrefixReuse",
    "Request",
    "SentenceMask",
    "TimedPass",
    "Turn",
    "cache_reuse",
    "cache_size",
    "deepseek_saving",
    "mistral_saving",
    "passes",
    "requests",
    "sentence_mask",
    "shared_prefix",
    "timed_passes",
    "turns_of",
    "visibility",
]
