"""Every state of a sequence of symbols while neighbors are merged, in memory linear in its length.

A symbol appears at one step and disappears at another, when it is merged into a larger one. If
those two numbers are kept instead of the states, any step is a lookup: n symbols and m merges take
at most n + m records, where storing each state would take n·m.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import pairwise
from typing import Generic, TypeVar

NEVER_MERGED = sys.maxsize
Pair = tuple[str, str]


@dataclass(frozen=True, slots=True)
class SymbolHistory:
    """All states of one sequence. Step 0 is the start, step k the state after the k-th merge.

    `symbols`, `first_step` and `end_step` run from left to right; symbol i stands in the sequence
    at the steps `first_step[i] <= step < end_step[i]`.
    """

    symbols: tuple[str, ...]
    first_step: tuple[int, ...]
    end_step: tuple[int, ...]

    def at(self, step: int) -> tuple[str, ...]:
        """Return the symbols after merge number `step` (0: before any)."""
        return tuple(
            symbol
            for symbol, first, end in zip(self.symbols, self.first_step, self.end_step, strict=True)
            if first <= step < end
        )


class HistoryBuilder:
    """One sequence that is being merged; `freeze` gives its history."""

    def __init__(self, symbols: Iterable[str]) -> None:
        """Start from the symbols at step 0."""
        self.symbols = list(symbols)
        self.start = list(range(len(self.symbols)))
        self.first_step = [0] * len(self.symbols)
        self.end_step = [NEVER_MERGED] * len(self.symbols)
        self.nodes = list(range(len(self.symbols)))

    def current(self) -> list[str]:
        """Return the current symbols."""
        return [self.symbols[node] for node in self.nodes]

    def join(self, left: int, right: int, merged: str, step: int) -> int:
        """Record that nodes `left` and `right` become one; returns the new node."""
        self.end_step[left] = self.end_step[right] = step
        self.symbols.append(merged)
        self.start.append(self.start[left])
        self.first_step.append(step)
        self.end_step.append(NEVER_MERGED)
        return len(self.symbols) - 1

    def merge(self, pair: Pair, merged: str, step: int) -> int:
        """Merge every occurrence of `pair` from left to right; returns how many there were."""
        left, right = pair
        symbols, nodes = self.symbols, self.nodes
        kept: list[int] = []
        index = joins = 0
        while index < len(nodes):
            node = nodes[index]
            if (
                symbols[node] == left
                and index + 1 < len(nodes)
                and symbols[nodes[index + 1]] == right
            ):
                kept.append(self.join(node, nodes[index + 1], merged, step))
                joins += 1
                index += 2
            else:
                kept.append(node)
                index += 1
        self.nodes = kept
        return joins

    def freeze(self) -> SymbolHistory:
        """Return the history so far, left to right; symbols that began at one place by age."""
        order = sorted(range(len(self.symbols)), key=self.start.__getitem__)
        return SymbolHistory(
            symbols=tuple(self.symbols[node] for node in order),
            first_step=tuple(self.first_step[node] for node in order),
            end_step=tuple(self.end_step[node] for node in order),
        )


@dataclass(frozen=True, slots=True)
class CorpusHistory:
    """All states of a corpus: its words, how often each occurs, and each word's history.

    States are rebuilt from the two steps of each symbol when requested, in time linear in the
    number of distinct words.
    """

    words: tuple[str, ...]
    counts: tuple[int, ...]
    histories: tuple[SymbolHistory, ...]

    def words_at(self, step: int) -> dict[str, tuple[str, ...]]:
        """Return each word's symbols after merge number `step`, in the corpus's order."""
        return {
            word: history.at(step) for word, history in zip(self.words, self.histories, strict=True)
        }

    def pair_counts_at(self, step: int) -> dict[Pair, int]:
        """Count how often each pair of neighbors occurs, in the order in which a scan meets them.

        Overlapping occurrences count ("aaa" holds the pair (a, a) twice).
        """
        counts: dict[Pair, int] = {}
        for history, count in zip(self.histories, self.counts, strict=True):
            symbols = history.at(step)
            for pair in pairwise(symbols):
                counts[pair] = counts.get(pair, 0) + count
        return counts

    def occurrences_at(self, step: int, pair: Pair) -> dict[str, int]:
        """Count how often a pair occurs in each word that has it, times the word's count."""
        found: dict[str, int] = {}
        for word, history, count in zip(self.words, self.histories, self.counts, strict=True):
            times = sum(each == pair for each in pairwise(history.at(step)))
            if times:
                found[word] = times * count
        return found

    def symbol_counts_at(self, step: int) -> dict[str, int]:
        """Count how often each symbol occurs, in the order in which a scan meets them."""
        counts: dict[str, int] = {}
        for history, count in zip(self.histories, self.counts, strict=True):
            for symbol in history.at(step):
                counts[symbol] = counts.get(symbol, 0) + count
        return counts


@dataclass(frozen=True, slots=True, kw_only=True)
class MergeStep:
    """One merge of a training. What is large is rebuilt from the shared history when asked for.

    `count` is how often the pair occurred, `places` by how much the merge shortened the corpus
    (below `count` where occurrences overlap, as in "aaa"); lengths count tokens, every word as
    often as it occurs.
    """

    index: int  # 0 for the first merge
    pair: Pair
    count: int
    merged: str
    places: int
    corpus_length_before: int
    corpus_length: int
    vocab_size: int
    history: CorpusHistory

    @property
    def pair_counts(self) -> dict[Pair, int]:
        """Count each pair before the merge, in the order in which a scan meets them."""
        return self.history.pair_counts_at(self.index)

    def occurrences(self, pair: Pair) -> dict[str, int]:
        """Return what each word adds to `pair_counts[pair]`."""
        return self.history.occurrences_at(self.index, pair)

    @property
    def words_before(self) -> dict[str, tuple[str, ...]]:
        """Return each word's symbols before the merge."""
        return self.history.words_at(self.index)

    @property
    def words(self) -> dict[str, tuple[str, ...]]:
        """Return each word's symbols after the merge."""
        return self.history.words_at(self.index + 1)


StepT = TypeVar("StepT", bound=MergeStep)


@dataclass(frozen=True, slots=True, kw_only=True)
class MergeTraining(Generic[StepT]):
    """A trained BPE or WordPiece; ids are places in `vocab`.

    `alphabet` is the vocabulary before the first merge; `exhausted` is true when no pair was left
    (or none frequent enough) before the merges that were asked for.
    """

    word_counts: dict[str, int]
    alphabet: tuple[str, ...]
    merges: tuple[Pair, ...]
    vocab: tuple[str, ...]
    steps: tuple[StepT, ...]
    exhausted: bool
    initial_length: int
    history: CorpusHistory

    @property
    def curve(self) -> tuple[tuple[int, int], ...]:
        """Return (vocabulary size, corpus tokens) before the first merge and after each."""
        start = (len(self.alphabet), self.initial_length)
        return (start, *((step.vocab_size, step.corpus_length) for step in self.steps))
