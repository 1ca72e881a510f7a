"""The counts behind every view, made once for each text and shared between visitors."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import ui
from core import ngrams as core
from pages.ngrams import controls
from ui import _, models

SAMPLE = 10_000  # tokens of the training text on which it is measured


@dataclass(frozen=True, eq=False)
class Counted:
    """A text, its counts, and the predictions that are measured.

    Attributes:
        corpus: The text in tokens, split into a training and a held-out part.
        known: Counts with rare tokens replaced by "<unk>".
        held_out: The predictions in the held-out part.
        sample: Training sentences at even distances.
        train: The predictions in these.
        unseen: Shares of the held-out predictions without counts, for each n.
        unknown: Share of the held-out tokens that are "<unk>", 0 … 1.
    """

    corpus: core.Corpus
    known: core.NGramCounts
    held_out: core.Events
    sample: list[list[str]]
    train: core.Events
    unseen: list[core.Unseen]
    unknown: float

    @property
    def vocab_size(self) -> int:
        """Return the number of tokens that can be predicted."""
        return len(self.known.vocabulary)


@dataclass(frozen=True, eq=False)
class Complete:
    """Counts of all tokens, however rare, and the training text's sorted suffixes."""

    counts: core.NGramCounts
    suffixes: core.SuffixIndex


def which() -> tuple[str, str, str]:
    """Return the chosen source, unit and, for the visitor's own text, the text."""
    source = controls.source.value
    unit = "characters" if source == "names" else controls.unit.value
    return source, unit, controls.own.value if source == "own" else ""


def counted() -> Counted:
    """Return the chosen text with its counts; computed on the worker.

    Raises:
        Notice: The visitor's text is too short.
    """
    return of(which(), controls.least.value)


def of(chosen: tuple[str, str, str], least: int) -> Counted:
    """Return a text (source, unit, the visitor's text) with its counts; see `counted`."""
    return models.compute(("ngrams", chosen, least), lambda: _count(chosen, least))


def complete() -> Complete:
    """Return the counts of the chosen text without unknown tokens."""
    chosen = which()
    return models.compute(("ngrams complete", chosen), lambda: _complete(chosen))


def corpus() -> core.Corpus:
    """Return the chosen text."""
    chosen = which()
    return models.compute(("ngrams corpus", chosen), lambda: _corpus(chosen))


@lru_cache(maxsize=6)
def _corpus(chosen: tuple[str, str, str]) -> core.Corpus:
    return core.load_corpus(*chosen)


def _count(chosen: tuple[str, str, str], least: int) -> Counted:
    corpus = _corpus(chosen)
    known = core.count_ngrams(corpus.train, controls.LONGEST_N, corpus.vocabulary(least))
    size = sum(len(sentence) + 1 for sentence in corpus.train)
    sample = corpus.train[:: max(1, -(-size // SAMPLE))]
    held_out = known.look_up(corpus.held_out)
    tokens = [token in known.ids for sentence in corpus.held_out for token in sentence]
    unknown = 1 - sum(tokens) / max(1, len(tokens))
    shares = core.unseen_shares(held_out)
    return Counted(corpus, known, held_out, sample, known.look_up(sample), shares, unknown)


def _complete(chosen: tuple[str, str, str]) -> Complete:
    train = _corpus(chosen).train
    counts = core.count_ngrams(train, controls.LONGEST_N)
    ids = counts.encode([token for sentence in train for token in [*sentence, core.END]])
    for level in counts.levels:
        _lists = level.kinds.lists, level.running  # made here, on the worker
    return Complete(counts, core.suffix_index(ids))


@lru_cache(maxsize=128)
def measured(
    events: core.Events, size: int, smoothing: str, alpha: float, discount: float
) -> core.OrderCurve:
    """Return the perplexity of one text at every n."""
    return core.measure(events, size, smoothing, alpha, discount)


def readable(token: str) -> str:
    """Return a token in visible characters, short enough for a label."""
    text = ui.plain(token)
    return text if len(text) <= 16 else text[:15] + "…"


def alpha() -> float:
    """Return Lidstone's α."""
    return 10.0**controls.alpha.value


def title(smoothing: str) -> str:
    """Return the name of a smoothing method with its parameter."""
    return {
        "mle": _("no smoothing (MLE)"),
        "laplace": "Laplace (α = 1)",
        "lidstone": f"Lidstone (α = {alpha():.2g})",
        "kneser_ney": f"Kneser–Ney (d = {controls.discount.value:.4g})",
    }[smoothing]
