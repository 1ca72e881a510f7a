"""Trained vocabularies, computed once for all visitors, and the tokenizers that are compared."""

from __future__ import annotations

from dataclasses import dataclass, replace

import streamlit as st

import ui
from core.tokenizers.bpe import train_bpe
from core.tokenizers.compare import (
    Scheme,
    Training,
    byte_scheme,
    character_scheme,
    trained_scheme,
    word_scheme,
)
from core.tokenizers.real import real_scheme
from core.tokenizers.trained.corpora import Corpus, load_corpus
from core.tokenizers.trained.lesson import lesson_words
from core.tokenizers.unigram import UnigramTraining, seed_vocabulary, train_unigram
from core.tokenizers.wordpiece import train_wordpiece
from pages.tokenizers import controls
from pages.tokenizers.real import shipped
from ui import _

PIECE_LENGTH, SEEDS = 10, 500  # of Unigram's initial pieces: few enough to follow


@dataclass(frozen=True, slots=True)
class Setup:
    """Everything that a training depends on; see the controls of the same names."""

    algorithm: str
    corpus: str
    own: str = ""
    spaces: str = "drop"
    unit: str = "char"
    merges: int = 0
    extra: int = 0
    shrink: float = controls.SHRINK
    iterations: int = controls.ITERATIONS


def setup() -> Setup:
    """Return the setup that the controls describe."""
    chosen = unlimited()
    if chosen.algorithm != "unigram":
        return replace(chosen, merges=controls.merges.value)
    return replace(
        chosen,
        extra=controls.extra.value,
        shrink=controls.shrink.value,
        iterations=controls.iterations.value,
    )


def unlimited() -> Setup:
    """Return the algorithm and the corpus of `setup`, without the size of the vocabulary."""
    algorithm, corpus = controls.algorithm.value, controls.corpus.value
    return Setup(
        algorithm=algorithm,
        corpus=corpus,
        own=controls.own.value if corpus == controls.OWN else "",
        spaces="prefix" if controls.has_spaces() and controls.spaces.value else "drop",
        unit=controls.unit.value if algorithm == "bpe" else "char",
    )


@st.cache_resource(max_entries=32, show_spinner=False)
def load(name: str, spaces: str = "drop") -> Corpus:
    """Return one of the corpora that ship."""
    return load_corpus(name, spaces)


def _word_counts(chosen: Setup) -> dict[str, int]:
    if chosen.corpus != controls.OWN:
        return load(chosen.corpus, chosen.spaces).word_counts
    return lesson_words(chosen.own, chosen.spaces).word_counts


@st.cache_resource(max_entries=96, show_spinner=False)
def most_merges(chosen: Setup) -> int:
    """Return how many merges the corpus allows, at most as many as the control does."""
    longest = replace(chosen, merges=controls.MOST_MERGES)
    return len(trained(longest).steps) if _word_counts(chosen) else controls.MOST_MERGES


@st.cache_resource(max_entries=96, show_spinner=False)
def most_extra(chosen: Setup) -> int:
    """Return how many multi-character pieces Unigram's training can start from."""
    counts = _word_counts(chosen)
    seed = seed_vocabulary(counts, PIECE_LENGTH, SEEDS) if counts else {}
    return sum(len(piece) > 1 for piece in seed) if counts else controls.MOST_EXTRA


@st.cache_resource(max_entries=96, show_spinner=False)
def trained(chosen: Setup) -> Training:
    """Return the training of a setup."""
    counts = _word_counts(chosen)
    if not counts:
        raise ui.Notice(_("The training corpus is empty: type a word into “Your own text”."))
    if chosen.algorithm == "bpe":
        return train_bpe(counts, chosen.merges, chosen.unit)
    if chosen.algorithm == "wordpiece":
        return train_wordpiece(counts, chosen.merges)
    # The smallest Unigram passes through the rounds of all others: each is trained once.
    smaller = trained(replace(chosen, extra=0)) if chosen.extra else None
    seed = seed_vocabulary(counts, PIECE_LENGTH, SEEDS)
    return train_unigram(
        counts,
        sum(len(piece) == 1 for piece in seed) + chosen.extra,
        chosen.shrink,
        em_iterations=chosen.iterations,
        seed=seed,
        smaller=smaller if isinstance(smaller, UnigramTraining) else None,
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
