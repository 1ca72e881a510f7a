"""The merge-training loop of BPE and WordPiece, and a corpus whose counts follow each merge."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from itertools import pairwise
from typing import Any, NamedTuple

from core.errors import InputError
from core.plain_checks import integer, short
from core.tokenizers.trained.history import CorpusHistory, HistoryBuilder, MergeStep, Pair

LARGEST = 2**53  # whole numbers beyond this are not exact as floats


def check_word_counts(word_counts: Mapping[str, int]) -> dict[str, int]:
    """Return a copy of a corpus: words that are not empty, each with a count of at least 1."""
    if not isinstance(word_counts, Mapping):
        raise InputError(
            "word_counts must map words to counts, like {{'hug': 10}}; got {got}.",
            got=short(word_counts),
        )
    if not word_counts:
        raise InputError("word_counts must hold at least one word; got none. Type some text.")
    checked: dict[str, int] = {}
    for word, count in word_counts.items():
        if not isinstance(word, str) or not word:
            raise InputError(
                "word_counts must have words of text as keys; got {got}.",
                got=short(word),
            )
        checked[word] = integer(f"word_counts[{short(word)}]", count, 1, LARGEST)
    return checked


def check_merges(merges: Iterable[Pair]) -> list[Pair]:
    """Return merges as a list of pairs of symbols that are not empty."""
    checked: list[Pair] = []
    try:
        entries = list(merges)
    except TypeError as error:
        raise InputError(
            "merges must be a list of pairs; got {got}.",
            got=short(merges),
        ) from error
    for merge in entries:
        if (
            isinstance(merge, str)
            or not isinstance(merge, (tuple, list))
            or len(merge) != 2
            or not all(isinstance(part, str) and part for part in merge)
        ):
            raise InputError(
                "merges must hold pairs like ('u', 'g'), neither part empty; got {got}.",
                got=short(merge),
            )
        checked.append((merge[0], merge[1]))
    return checked


class MergingCorpus:
    """A corpus being merged, with the counts of pairs and symbols kept up to date.

    A merge touches only the words that hold the pair, so its cost follows those words.
    """

    def __init__(self, word_counts: Mapping[str, int], cut: Callable[[str], Iterable[str]]) -> None:
        """Cut every word into symbols with `cut` and count."""
        self.words = tuple(word_counts)
        self.counts = tuple(word_counts.values())
        self.builders = [HistoryBuilder(cut(word)) for word in self.words]
        self.pair_counts: dict[Pair, int] = {}
        self.symbol_counts: dict[str, int] = {}
        self.places: dict[Pair, set[int]] = {}
        self.length = 0
        for index in range(len(self.words)):
            self._count(index, 1)

    def _count(self, index: int, sign: int) -> None:
        """Add (sign 1) or take away (-1) what one word contributes."""
        symbols = self.builders[index].current()
        weight = sign * self.counts[index]
        self.length += weight * len(symbols)
        for symbol in symbols:
            self.symbol_counts[symbol] = self.symbol_counts.get(symbol, 0) + weight
        for pair in pairwise(symbols):
            count = self.pair_counts.get(pair, 0) + weight
            if count:
                self.pair_counts[pair] = count
                if sign > 0:
                    self.places.setdefault(pair, set()).add(index)
                else:
                    self.places[pair].discard(index)
            else:
                del self.pair_counts[pair]
                del self.places[pair]

    def merge(self, pair: Pair, merged: str, step: int) -> int:
        """Merge a pair wherever it stands; returns how often, words weighted by their counts."""
        joined = 0
        for index in sorted(self.places[pair]):
            self._count(index, -1)
            joined += self.counts[index] * self.builders[index].merge(pair, merged, step)
            self._count(index, 1)
        return joined

    def first_met(self, pairs: Iterable[Pair]) -> Pair:
        """Return the pair, of those given, that a scan of the corpus meets first."""
        chosen = list(pairs)
        if len(chosen) == 1:
            return chosen[0]
        first_word = {pair: min(self.places[pair]) for pair in chosen}
        word = min(first_word.values())
        symbols = self.builders[word].current()
        return next(pair for pair in pairwise(symbols) if first_word.get(pair) == word)

    def freeze(self) -> CorpusHistory:
        """Return the history of all words so far."""
        return CorpusHistory(
            self.words, self.counts, tuple(builder.freeze() for builder in self.builders)
        )


class Choice(NamedTuple):
    """The pair to merge next, the symbol that it becomes, and the step's own fields."""

    pair: Pair
    merged: str
    fields: Mapping[str, Any]


def learn_merges(
    corpus: MergingCorpus,
    num_merges: int,
    choose: Callable[[MergingCorpus], Choice | None],
    step: Callable[..., MergeStep],
    alphabet: Iterable[str] | None = None,
) -> dict[str, Any]:
    """Merge the chosen pair until `num_merges` are learned or none is left.

    BPE and WordPiece differ only in `choose`.

    Args:
        corpus: the words, cut into their first symbols. It is merged in place.
        num_merges: merges to learn.
        choose: returns the next merge; None ends the training. It is asked only while the corpus
            has a pair.
        step: the class of one step, a `MergeStep`.
        alphabet: the vocabulary before the first merge; None means the symbols seen, sorted.

    Returns:
        The fields of a `MergeTraining`.
    """
    counts = dict(zip(corpus.words, corpus.counts, strict=True))
    first = tuple(sorted(corpus.symbol_counts)) if alphabet is None else tuple(alphabet)
    vocab = dict.fromkeys(first)
    initial_length = corpus.length
    rows: list[dict[str, Any]] = []  # every field but the history, which is known at the end
    while len(rows) < num_merges and corpus.pair_counts:
        choice = choose(corpus)
        if choice is None:
            break
        count = corpus.pair_counts[choice.pair]
        before = corpus.length
        places = corpus.merge(choice.pair, choice.merged, len(rows) + 1)
        vocab[choice.merged] = None
        rows.append(
            {
                "index": len(rows),
                "pair": choice.pair,
                "count": count,
                "merged": choice.merged,
                "places": places,
                "corpus_length_before": before,
                "corpus_length": corpus.length,
                "vocab_size": len(vocab),
                **choice.fields,
            }
        )
    history = corpus.freeze()
    return {
        "word_counts": counts,
        "alphabet": first,
        "merges": tuple(row["pair"] for row in rows),
        "vocab": tuple(vocab),
        "steps": tuple(step(history=history, **row) for row in rows),
        "exhausted": len(rows) < num_merges,
        "initial_length": initial_length,
        "history": history,
    }
