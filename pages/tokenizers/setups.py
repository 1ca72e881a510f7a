"""What a training depends on, and the trainings, computed once for all visitors."""

from __future__ import annotations

from dataclasses import dataclass, replace

import streamlit as st

import ui
from core.tokenizers.bpe import train_bpe
from core.tokenizers.compare import Training
from core.tokenizers.trained.corpora import Corpus, load_corpus
from core.tokenizers.trained.lesson import lesson_words
from core.tokenizers.unigram import UnigramTraining, seed_vocabulary, train_unigram
from core.tokenizers.wordpiece import train_wordpiece
from ui import _

OWN = "own"  # the corpus that the visitor types
SHRINK, ITERATIONS = 0.2, 2  # of Unigram, where nothing else is chosen
MOST_MERGES, MOST_EXTRA = 200, 100
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
    shrink: float = SHRINK
    iterations: int = ITERATIONS


@st.cache_resource(max_entries=32, show_spinner=False)
def load(name: str, spaces: str = "drop") -> Corpus:
    """Return one of the corpora that ship."""
    return load_corpus(name, spaces)


def _word_counts(chosen: Setup) -> dict[str, int]:
    if chosen.corpus != OWN:
        return load(chosen.corpus, chosen.spaces).word_counts
    return lesson_words(chosen.own, chosen.spaces).word_counts


@st.cache_resource(max_entries=96, show_spinner=False)
def most_merges(chosen: Setup) -> int:
    """Return how many merges the corpus allows, at most as many as the control does."""
    longest = replace(chosen, merges=MOST_MERGES)
    return len(trained(longest).steps) if _word_counts(chosen) else MOST_MERGES


@st.cache_resource(max_entries=96, show_spinner=False)
def most_extra(chosen: Setup) -> int:
    """Return how many multi-character pieces Unigram's training can start from."""
    counts = _word_counts(chosen)
    seed = seed_vocabulary(counts, PIECE_LENGTH, SEEDS) if counts else {}
    return sum(len(piece) > 1 for piece in seed) if counts else MOST_EXTRA


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
