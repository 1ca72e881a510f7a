"""The trained vocabularies; each is computed once for all visitors."""

from __future__ import annotations

from dataclasses import dataclass

import streamlit as st

import ui
from core.tokenizers.bpe import BPETraining, train_bpe
from core.tokenizers.compare import Training
from core.tokenizers.corpora import Corpus, load_corpus
from core.tokenizers.lesson import lesson_words
from core.tokenizers.unigram import UnigramTraining, seed_vocabulary, train_unigram
from core.tokenizers.wordpiece import WordPieceTraining, train_wordpiece
from pages.tokenizers import controls
from pages.tokenizers.controls import ITERATIONS, SHRINK
from ui import _

PIECE_LENGTH, SEEDS = 10, 500  # of Unigram's initial pieces: few enough to follow


@dataclass(frozen=True, slots=True)
class Words:
    """What is learned from: a corpus by name; `own` is the visitor's text where that is chosen."""

    corpus: str
    own: str = ""
    spaces: str = "drop"

    def counts(self) -> dict[str, int]:
        """Return each word's count."""
        if self.corpus != controls.OWN:
            return load(self.corpus, self.spaces).word_counts
        counts = lesson_words(self.own, self.spaces).word_counts
        if not counts:
            raise ui.Notice(_("The training corpus is empty: type some text."))
        return counts


@dataclass(frozen=True, slots=True)
class Setup:
    """Everything that a training depends on."""

    algorithm: str
    words: Words
    unit: str
    merges: int
    extra: int
    shrink: float
    iterations: int


def setup() -> Setup:
    """Return the setup that the controls describe."""
    corpus = controls.corpus.value
    keeps_spaces = controls.has_spaces() and controls.spaces.value
    return Setup(
        controls.algorithm.value,
        Words(
            corpus,
            controls.own.value if corpus == controls.OWN else "",
            "prefix" if keeps_spaces else "drop",
        ),
        controls.unit.value,
        controls.merges.value,
        controls.extra.value,
        controls.shrink.value,
        controls.iterations.value,
    )


def trained(chosen: Setup) -> Training:
    """Return the training of a setup."""
    if chosen.algorithm == "bpe":
        return bpe(chosen.words, chosen.unit, chosen.merges)
    if chosen.algorithm == "wordpiece":
        return wordpiece(chosen.words, chosen.merges)
    return unigram(chosen.words, chosen.extra, chosen.shrink, chosen.iterations)


@st.cache_resource(max_entries=32, show_spinner=False)
def load(name: str, spaces: str = "drop") -> Corpus:
    """Return one of the corpora that ship."""
    return load_corpus(name, spaces)


@st.cache_resource(max_entries=48, show_spinner=False)
def bpe(words: Words, unit: str, merges: int) -> BPETraining:
    """Train BPE."""
    return train_bpe(words.counts(), merges, unit)


@st.cache_resource(max_entries=48, show_spinner=False)
def wordpiece(words: Words, merges: int) -> WordPieceTraining:
    """Train WordPiece."""
    return train_wordpiece(words.counts(), merges)


@st.cache_resource(max_entries=48, show_spinner=False)
def unigram(
    words: Words, extra: int, shrink: float = SHRINK, iterations: int = ITERATIONS
) -> UnigramTraining:
    """Train Unigram until `extra` pieces of more than one character are left."""
    # The smallest vocabulary passes through the rounds of all others: each is trained once.
    smaller = unigram(words, 0, shrink, iterations) if extra else None
    counts = words.counts()
    seed = seed_vocabulary(counts, PIECE_LENGTH, SEEDS)
    characters = sum(len(piece) == 1 for piece in seed)
    return train_unigram(
        counts, characters + extra, shrink, em_iterations=iterations, seed=seed, smaller=smaller
    )
