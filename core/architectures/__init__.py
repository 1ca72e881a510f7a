"""Encoder, decoder, encoder-decoder and prefix decoder: what is computed, and what is reused."""

from core.architectures.cache import CACHE_MODELS, CacheSize, cache_size
from core.architectures.conversation import TEMPLATES, Request, Turn, requests, turns_of
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
    "TEMPLATES",
    "CacheReuse",
    "CacheSize",
    "PrefixReuse",
    "Request",
    "TimedPass",
    "Turn",
    "cache_reuse",
    "cache_size",
    "passes",
    "requests",
    "shared_prefix",
    "timed_passes",
    "turns_of",
    "visibility",
]
