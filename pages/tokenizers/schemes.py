"""The tokenizers that are compared: words, characters, bytes, trained and pretrained ones."""

from __future__ import annotations

from core.tokenizers.compare import (
    Scheme,
    Training,
    byte_scheme,
    character_scheme,
    trained_scheme,
    word_scheme,
)
from core.tokenizers.real import real_scheme
from pages.tokenizers import controls
from pages.tokenizers.real import shipped
from pages.tokenizers.training import Setup, load, trained


def training(name: str, corpus: str, size: int) -> Training:
    """Return a training of `controls.TRAINED`; `size` is merges, or pieces of Unigram."""
    algorithm, unit = controls.TRAINED[name]
    return trained(Setup(algorithm, corpus, unit=unit, merges=size, extra=size))


def scheme(name: str, corpus: str, size: int) -> Scheme:
    """Return a tokenizer by its name in `controls.SCHEMES`; see `training`."""
    title = controls.schemes.names[name]
    if name in controls.TRAINED:
        return trained_scheme(training(name, corpus, size), name=title)
    if name == "word":
        return word_scheme(name=title)
    if name == "char":
        return character_scheme(title)
    return byte_scheme(title) if name == "byte" else real_scheme(shipped(name), title)


def text_of(name: str) -> str:
    """Return a text that ships, or the visitor's."""
    return controls.compared_text.value if name == controls.OWN else load(name).text or ""
