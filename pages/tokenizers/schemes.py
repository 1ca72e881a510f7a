"""The tokenizers that are compared: words, characters, bytes, trained and pretrained ones."""

from __future__ import annotations

from core.tokenizers.compare import (
    Scheme,
    byte_scheme,
    character_scheme,
    trained_scheme,
    word_scheme,
)
from core.tokenizers.real import real_scheme
from pages.tokenizers import controls
from pages.tokenizers.real import shipped
from pages.tokenizers.training import Words, bpe, load, unigram, wordpiece


def scheme(name: str, corpus: str, size: int) -> Scheme:
    """Return a tokenizer by its name in `controls.SCHEMES`.

    Args:
        name: Its name.
        corpus: What the trained ones are trained on.
        size: Their merges; Unigram's multi-character pieces.
    """
    title, words = controls.counted_scheme.names[name], Words(corpus)
    if name == "word":
        return word_scheme(name=title)
    if name == "char":
        return character_scheme(title)
    if name == "byte":
        return byte_scheme(title)
    if name in ("bpe", "bbpe"):
        unit = "char" if name == "bpe" else "byte"
        return trained_scheme(bpe(words, unit, size), name=title)
    if name == "wp":
        return trained_scheme(wordpiece(words, size), name=title)
    if name == "uni":
        return trained_scheme(unigram(words, size), name=title)
    return real_scheme(shipped(name), title)


def text_of(name: str) -> str:
    """Return a text that ships, or the visitor's."""
    if name == controls.OWN:
        return controls.compared_text.value
    return load(name).text or ""
