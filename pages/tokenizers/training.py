"""The training that the controls describe, and the tokenizers that are compared."""

from __future__ import annotations

from dataclasses import replace

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
from pages.tokenizers.setups import Setup, load, trained


def setup() -> Setup:
    """Return the setup that the controls describe."""
    chosen = controls.unlimited()
    if chosen.algorithm != "unigram":
        return replace(chosen, merges=controls.merges.value)
    return replace(
        chosen,
        extra=controls.extra.value,
        shrink=controls.shrink.value,
        iterations=controls.iterations.value,
    )


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
