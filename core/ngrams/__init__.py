"""N-gram models: counts, smoothing, generation, and what a model copies from its training text."""

from __future__ import annotations

from core.ngrams.copied import Copied, SuffixIndex, copied_runs, suffix_index
from core.ngrams.counts import BEGIN, END, UNKNOWN, Events, Level, NGramCounts, NGrams, count_ngrams
from core.ngrams.model import NGramModel, Unseen
from core.ngrams.order import OrderCurve, cross_entropy, measure, unseen_shares
from core.ngrams.printed import SAM_BIGRAMS, WSJ, sam_bigrams
from core.ngrams.smoothing import SMOOTHINGS, Interpolation, interpolation, probabilities
from core.ngrams.texts import SOURCES, UNITS, Corpus, join_tokens, load_corpus, split_tokens

__all__ = [
    "BEGIN",
    "END",
    "SAM_BIGRAMS",
    "SMOOTHINGS",
    "SOURCES",
    "UNITS",
    "UNKNOWN",
    "WSJ",
    "Copied",
    "Corpus",
    "Events",
    "Interpolation",
    "Level",
    "NGramCounts",
    "NGramModel",
    "NGrams",
    "OrderCurve",
    "SuffixIndex",
    "Unseen",
    "copied_runs",
    "count_ngrams",
    "cross_entropy",
    "interpolation",
    "join_tokens",
    "load_corpus",
    "measure",
    "probabilities",
    "sam_bigrams",
    "split_tokens",
    "suffix_index",
    "unseen_shares",
]
