"""The two small networks, loaded once, and the current text as they read it."""

from __future__ import annotations

from functools import cache, lru_cache

from core.architectures.twins import GappedText, Guesses, Twins, load_twins
from pages.architectures import controls
from ui import models


@cache
def twins() -> Twins:
    """Return the encoder and its causal twin; an error is not cached."""
    return load_twins()


@lru_cache(64)
def read(text: str) -> GappedText:
    """Return a text as the networks read it."""
    return twins().read(text)


@lru_cache(64)
def encode(text: str, longest: int) -> tuple[tuple[int, ...], int]:
    """Return the first token ids of a text, and how many there are in all."""
    ids = twins().tokenizer.encode(text[:20_000].encode("utf-8", "replace").decode()).ids
    return tuple(ids[:longest]), len(ids)


def gaps_of(text: GappedText) -> tuple[int, ...]:
    """Return the gaps to fill: those of the text and the words that the visitor hid."""
    places = {p for p in controls.hidden_places() if 0 < p < len(text.ids)}
    return tuple(sorted({*text.gaps, *places}))[: controls.MOST_GAPS]


def guesses(text: GappedText, gaps: tuple[int, ...]) -> Guesses:
    """Return what both networks put into the gaps, computed on the worker."""
    model = twins()
    ids = tuple(text.ids[: model.config.context])
    return models.compute(("arch_fill", ids, gaps), lambda: model.fill(ids, gaps))
