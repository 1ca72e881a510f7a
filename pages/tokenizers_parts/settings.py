"""What is trained on what: the controls that several views share, and the trained vocabularies."""

from __future__ import annotations

from dataclasses import dataclass, replace

import streamlit as st

import ui
from core.tokenizers.bpe import BPETraining, train_bpe
from core.tokenizers.compare import Training
from core.tokenizers.trained.corpora import Corpus, load_corpus
from core.tokenizers.trained.lesson import LessonWords, lesson_words
from core.tokenizers.unigram import UnigramTraining, seed_vocabulary, train_unigram
from core.tokenizers.wordpiece import WordPieceTraining, train_wordpiece
from ui import _

ALGORITHMS = {"bpe": "BPE", "wordpiece": "WordPiece", "unigram": "Unigram"}
OWN = "own"
LISTS = ("hug", "low", "endings")  # words with counts, no spaces between them
OWN_TEXT = "aaabdaaabac"  # the example of Wikipedia's article on byte-pair encoding, and of minbpe
PIECE_LENGTH, SEEDS = 10, 500  # Unigram's first pieces: enough to choose from, few enough to watch


@dataclass(frozen=True, slots=True)
class Setup:
    """Everything that a training depends on. `own` is the visitor's text where `corpus` says so."""

    algorithm: str = "bpe"
    corpus: str = "hug"
    own: str = ""
    spaces: str = "drop"
    unit: str = "char"
    merges: int = 40
    extra: int = 2
    shrink: float = 0.2
    iterations: int = 2


def corpora() -> dict[str, str]:
    """The corpora for a menu."""
    return {
        "hug": _("hug, pug, pun, bun …"),
        "low": _("low, lower, newest …"),
        "endings": _("Words that share beginnings and endings"),
        "english": _("A short text in English"),
        "gettysburg": _("The Gettysburg Address"),
        "chinese": _("A short text in Chinese"),
        "daodejing": _("Daodejing, chapter 1"),
        "code": _("Python code"),
        "emoji": _("Emoji: families, skin tones, flags"),
        OWN: _("Your own text"),
    }


def setup() -> Setup:
    """Draw the controls of a training and read them."""
    # Each as wide as what stands in it: a button on a second line would push the figure down.
    first, second, third, fourth = st.columns([2.65, 2.0, 1.55, 2.8], gap="small")
    with first:
        algorithm = ui.choice(_("Algorithm"), ALGORITHMS, key="tok_algo")
    with second:
        corpus = ui.choice(_("Corpus"), corpora(), key="tok_corpus", menu=True)
    chosen = Setup(algorithm, corpus)
    with third:
        chosen = _size(chosen)
    with fourth, st.container(horizontal=True, vertical_alignment="bottom", gap="small"):
        chosen = _details(chosen)
    if corpus == OWN:
        own = ui.live_text(
            _("Your own text"),
            OWN_TEXT,
            key="tok_own",
            note=_("The first 2,000 characters are learned from, words of more than 20 in parts."),
        )
        chosen = replace(chosen, own=own)
    return chosen


def _size(chosen: Setup) -> Setup:
    if chosen.algorithm == "unigram":
        extra = ui.live_slider(_("Pieces"), 0, 100, 2, key="tok_extra")
        return replace(chosen, extra=int(extra))
    merges = ui.live_slider(_("Merges"), 1, 200, 40, key="tok_merges")
    return replace(chosen, merges=int(merges))


def _details(chosen: Setup) -> Setup:
    if chosen.algorithm == "bpe":
        unit = ui.choice(
            _("Starts from"), {"char": _("characters"), "byte": _("bytes")}, key="tok_unit"
        )
        chosen = replace(chosen, unit=unit)
    spaced = chosen.corpus not in LISTS
    if chosen.algorithm == "wordpiece" or not (spaced or chosen.algorithm == "unigram"):
        return chosen
    with ui.more(_("More")):
        if spaced:
            kept = ui.switch(
                _("Keep a space in front of its word, as GPT-2 does"), key="tok_spaces"
            )
            chosen = replace(chosen, spaces="prefix" if kept else "drop")
        if chosen.algorithm == "unigram":
            shrink = ui.live_slider(
                _("Share pruned in each round"), 0.05, 0.5, 0.2, 0.05, key="tok_shrink"
            )
            rounds = ui.live_slider(_("EM iterations in each round"), 1, 5, 2, key="tok_em")
            chosen = replace(chosen, shrink=float(shrink), iterations=int(rounds))
    return chosen


def held() -> Setup:
    """The setup as it was drawn last."""
    first = Setup()
    corpus = ui.get("tok_corpus", first.corpus)
    return Setup(
        algorithm=ui.get("tok_algo", first.algorithm),
        corpus=corpus,
        own=ui.get("tok_own", OWN_TEXT) if corpus == OWN else "",
        spaces="prefix" if ui.get("tok_spaces") == "1" and corpus not in LISTS else "drop",
        unit=ui.get("tok_unit", first.unit),
        merges=int(ui.get("tok_merges", first.merges)),
        extra=int(ui.get("tok_extra", first.extra)),
        shrink=float(ui.get("tok_shrink", first.shrink)),
        iterations=int(ui.get("tok_em", first.iterations)),
    )


@st.cache_resource(max_entries=32, show_spinner=False)
def corpus_of(name: str, spaces: str = "drop") -> Corpus:
    """One of the corpora that ship."""
    return load_corpus(name, spaces)


def words_of(chosen: Setup) -> LessonWords:
    """The words that are learned from, each with its count."""
    if chosen.corpus == OWN:
        words = lesson_words(chosen.own, chosen.spaces)
        if not words.word_counts:
            raise ui.Notice(_("There is nothing to learn from: type some text."))
        return words
    return LessonWords(corpus_of(chosen.corpus, chosen.spaces).word_counts, 0, 0)


def trained(chosen: Setup) -> Training:
    """The training of a setup; each is computed once for all visitors."""
    if chosen.algorithm == "bpe":
        return bpe(chosen)
    return wordpiece(chosen) if chosen.algorithm == "wordpiece" else unigram(chosen)


def bpe(chosen: Setup) -> BPETraining:
    """The setup's BPE, whatever its algorithm says."""
    return _bpe(chosen.corpus, chosen.own, chosen.spaces, chosen.unit, chosen.merges)


def wordpiece(chosen: Setup) -> WordPieceTraining:
    """The setup's WordPiece; it never keeps spaces."""
    return _wordpiece(chosen.corpus, chosen.own, chosen.merges)


def unigram(chosen: Setup) -> UnigramTraining:
    """The setup's Unigram."""
    return _unigram(
        chosen.corpus, chosen.own, chosen.spaces, chosen.extra, chosen.shrink, chosen.iterations
    )


@st.cache_resource(max_entries=48, show_spinner=False)
def _bpe(corpus: str, own: str, spaces: str, unit: str, merges: int) -> BPETraining:
    words = words_of(Setup("bpe", corpus, own, spaces))
    return train_bpe(words.word_counts, merges, unit)


@st.cache_resource(max_entries=48, show_spinner=False)
def _wordpiece(corpus: str, own: str, merges: int) -> WordPieceTraining:
    return train_wordpiece(words_of(Setup("wordpiece", corpus, own)).word_counts, merges)


@st.cache_resource(max_entries=48, show_spinner=False)
def _unigram(
    corpus: str, own: str, spaces: str, extra: int, shrink: float, iterations: int
) -> UnigramTraining:
    # The smallest vocabulary passes through the rounds of all others: each is trained once.
    smaller = _unigram(corpus, own, spaces, 0, shrink, iterations) if extra else None
    counts = words_of(Setup("unigram", corpus, own, spaces)).word_counts
    seed = seed_vocabulary(counts, PIECE_LENGTH, SEEDS)
    characters = sum(len(piece) == 1 for piece in seed)
    return train_unigram(
        counts,
        characters + extra,
        shrink,
        em_iterations=iterations,
        seed=seed,
        smaller=smaller,
    )
