"""N-gram counts of every length up to n, in sorted tensors.

A context of m tokens is a number: its leftmost token and the number of the m - 1 tokens after it
form a key, and the context's number is the key's place in a sorted list. A lookup is then a binary
search, for one token as for a whole text at once.
"""

from __future__ import annotations

from array import array
from bisect import bisect_left
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from functools import cached_property

import torch
from torch import Tensor

from core.checks import integer, short
from core.errors import InputError

BEGIN, END, UNKNOWN = "<s>", "</s>", "<unk>"
LONGEST = 16  # largest n


@dataclass(frozen=True, eq=False)
class NGrams:
    """The distinct n-grams of length m + 1. C contexts of m tokens, U n-grams; all int64.

    Attributes:
        contexts: (C,) sorted keys: leftmost token · (contexts of m - 1 tokens) + the number of the
            rest; [0] for m = 0.
        ngrams: (U,) sorted keys: number of the context · base + token.
        starts: (C + 1,) n-grams starts[c] … starts[c + 1] - 1 belong to context c.
        before: (U,) number of distinct tokens before the n-gram: its continuation count. Empty for
            the longest n-grams.
        tokens: (U,) the last token of each n-gram.
    """

    contexts: Tensor
    ngrams: Tensor
    starts: Tensor
    before: Tensor
    tokens: Tensor

    @cached_property
    def lists(self) -> tuple[array[int], array[int], array[int], array[int]]:
        """Return contexts, starts, tokens and running sums of `before`, for scalar lookups."""
        sums = _running(self.before)
        return _array(self.contexts), _array(self.starts), _array(self.tokens), _array(sums)


@dataclass(frozen=True, eq=False)
class Level:
    """N-grams of one length with their counts (U,)."""

    kinds: NGrams
    counts: Tensor

    @cached_property
    def running(self) -> array[int]:
        """Return the running sums of the counts: 0, c₁, c₁ + c₂, …"""
        return _array(_running(self.counts))


@dataclass(frozen=True, slots=True)
class Events:
    """What the counts say about T predictions, at every order. All fields are (n, T) float64.

    Row m is about the last m tokens of the context.

    Attributes:
        counts: c(context, token).
        totals: c(context), 0 if the context never occurs.
        types: number of distinct tokens after the context.
        before: number of distinct tokens before (context, token); 0 in the last row.
        before_totals: the same, summed over the tokens after the context.
    """

    counts: Tensor
    totals: Tensor
    types: Tensor
    before: Tensor
    before_totals: Tensor

    def of_order(self, n: int, smoothing: str) -> Events:
        """Return the rows that a model of order n uses: n with Kneser-Ney, otherwise the last."""
        integer("n", n, 1, len(self.counts))
        rows = slice(0 if smoothing == "kneser_ney" else n - 1, n)
        return Events(*(getattr(self, field.name)[rows] for field in fields(self)))

    def repeated(self, copies: int, extra: Events | None = None) -> Events:
        """Return the same predictions after a part of the training text occurs `copies` times.

        Only counts and totals grow; no n-gram is new, so types and continuations stay.

        Args:
            copies: how often the part occurs in all; at least 1.
            extra: the predictions under the counts of the part alone; None repeats everything.
        """
        more = integer("copies", copies, 1) - 1
        part = self if extra is None else extra
        return replace(
            self,
            counts=self.counts + more * part.counts,
            totals=self.totals + more * part.totals,
        )


@dataclass(frozen=True, eq=False)
class NGramCounts:
    """Counts of all n-grams of length 1 … n that end at a predicted token.

    Attributes:
        vocabulary: the V tokens that can be predicted; a token's id is its index. The id of "<s>",
            which only occurs in contexts, is V.
        ids: the inverse of `vocabulary`.
        levels: n-grams of length 1 … n.
    """

    vocabulary: tuple[str, ...]
    ids: Mapping[str, int]
    levels: tuple[Level, ...]

    @property
    def n(self) -> int:
        """Return the length of the longest n-grams."""
        return len(self.levels)

    def up_to(self, n: int) -> NGramCounts:
        """Return the counts of the n-grams of length 1 … n alone."""
        return replace(self, levels=self.levels[: integer("n", n, 1, self.n)])

    def encode(self, tokens: Iterable[str]) -> list[int]:
        """Return ids; "<s>" is V, and a token outside the vocabulary is "<unk>"."""
        unknown = self.ids[UNKNOWN]
        return [self.ids.get(token, unknown) for token in tokens]

    def look_up(self, sentences: Sequence[Sequence[str]]) -> Events:
        """Return what the counts say about every token of some sentences, and about their ends."""
        flat, places = _flatten([self._predictable(s) for s in sentences], self)
        return self._events([flat[places - m] for m in range(self.n)])

    def after(self, context: Sequence[str]) -> Events:
        """Return what the counts say about each of the V tokens after one context."""
        pads = [BEGIN] * (self.n - 1)
        left = self.encode([*pads, *context])
        V = len(self.vocabulary)
        columns = [torch.arange(V)]
        columns += [torch.tensor([left[-m]]) for m in range(1, self.n)]
        return self._events(columns)

    def context_path(self, history: Sequence[int], n: int) -> list[int]:
        """Return the numbers of the last 0, 1, … n - 1 ids as contexts, as long as they occur."""
        path, size = [0], 1
        for m in range(1, n):
            contexts = self.levels[m].kinds.lists[0]
            at = _find(contexts, history[-m] * size + path[-1])
            if at < 0:
                break
            path.append(at)
            size = len(contexts)
        return path

    def repeated(self, copies: int, sentence: Sequence[str] | None = None) -> NGramCounts:
        """Return the counts after the text, or one sentence of it, occurs `copies` times in all."""
        more = integer("copies", copies, 1) - 1
        if sentence is None:
            levels = [Level(level.kinds, level.counts * copies) for level in self.levels]
        else:
            flat, places = _flatten([self._predictable(sentence)], self)
            levels, context, size = [], torch.zeros(len(places), dtype=torch.int64), 1
            for m, level in enumerate(self.levels):
                context, size = self._context(m, flat[places - m], context, size)
                at = _places(level.kinds.ngrams, context * self._base + flat[places], context >= 0)
                if bool((at < 0).any()):
                    raise InputError("sentence must be one of the training sentences.")
                counts = level.counts.index_add(0, at, torch.full_like(at, more))
                levels.append(Level(level.kinds, counts))
        return replace(self, levels=tuple(levels))

    @property
    def _base(self) -> int:
        return len(self.vocabulary) + 1

    def _predictable(self, sentence: Sequence[str]) -> list[int]:
        unknown, begin = self.ids[UNKNOWN], len(self.vocabulary)
        return [unknown if i == begin else i for i in self.encode(sentence)]

    def _context(self, m: int, left: Tensor, context: Tensor, size: int) -> tuple[Tensor, int]:
        """Extend contexts of m - 1 tokens by the token `left` of them; -1 where there is none."""
        contexts = self.levels[m].kinds.contexts
        if m:
            context = _places(contexts, left * size + context, context >= 0)
        return context, len(contexts)

    def _events(self, columns: Sequence[Tensor]) -> Events:
        """Look up predictions; columns[m] holds the m-th token to the left of the predicted one."""
        token = columns[0]
        context, size = torch.zeros(1, dtype=torch.int64), 1
        rows: list[tuple[Tensor, ...]] = []
        for m, level in enumerate(self.levels):
            context, size = self._context(m, columns[m], context, size)
            kinds = level.kinds
            at = _places(kinds.ngrams, context * self._base + token, context >= 0)
            first = kinds.starts[context.clamp_min(0)]
            last = kinds.starts[context.clamp_min(0) + 1]
            known, seen = at >= 0, context >= 0
            running = _running(level.counts)
            row = [level.counts[at] * known, (running[last] - running[first]) * seen]
            row.append((last - first) * seen)
            if len(kinds.before):
                running = _running(kinds.before)
                row += [kinds.before[at] * known, (running[last] - running[first]) * seen]
            else:
                row += [torch.zeros_like(token)] * 2
            rows.append(tuple(values.expand_as(token) for values in row))
        return Events(*(torch.stack(field).double() for field in zip(*rows, strict=True)))


def count_ngrams(
    sentences: Sequence[Sequence[str]], n: int, vocabulary: Iterable[str] | None = None
) -> NGramCounts:
    """Count the n-grams of length 1 … n that end at a token of a sentence or at its end.

    Each sentence gets n - 1 "<s>" in front and one "</s>" behind.

    Args:
        sentences: lists of tokens.
        n: longest length, 1 … 16.
        vocabulary: the tokens that can be predicted, to which "</s>" and "<unk>" are added; None
            means those of the sentences. Any other token counts as "<unk>".

    Raises:
        ValueError: no sentence, or `n` out of range.

    Example:
        >>> counts = count_ngrams([["a", "b"], ["a", "a"]], 2)
        >>> counts.after(["a"]).counts[1].tolist()  # a, b, </s>, <unk>
        [1.0, 1.0, 1.0, 0.0]

    Source: Jurafsky and Martin, Speech and Language Processing, 3rd edition, section 3.1.
    """
    integer("n", n, 1, LONGEST)
    texts = check_sentences(sentences)
    given = (token for s in texts for token in s) if vocabulary is None else vocabulary
    words = dict.fromkeys([*given, END, UNKNOWN])
    words.pop(BEGIN, None)
    names = tuple(words)
    ids = {name: i for i, name in enumerate(names)} | {BEGIN: len(names)}
    empty = NGramCounts(names, ids, ())
    flat, places = _flatten([empty._predictable(s) for s in texts], empty, n)
    return replace(empty, levels=_count(flat, places, n, len(names) + 1))


def check_sentences(sentences: Sequence[Sequence[str]]) -> Sequence[Sequence[str]]:
    """Return the sentences if there is at least one and each is a list of tokens."""
    bad = next((s for s in sentences if isinstance(s, str)), None)
    if isinstance(sentences, str) or bad is not None:
        raise InputError(
            "sentences must be lists of tokens; got the string {got}. Split it first.",
            got=short(sentences if isinstance(sentences, str) else bad),
        )
    if len(sentences) == 0:
        raise InputError("sentences must hold at least one sentence; got none.")
    return sentences


def _count(flat: Tensor, places: Tensor, n: int, base: int) -> tuple[Level, ...]:
    token, context, size = flat[places], torch.zeros(len(places), dtype=torch.int64), 1
    levels: list[Level] = []
    for m in range(n):
        contexts = torch.zeros(1, dtype=torch.int64)
        if m:
            keys = flat[places - m] * size + context
            contexts, context = torch.unique(keys, return_inverse=True)
        ngrams, counts = torch.unique(context * base + token, return_counts=True)
        starts = torch.searchsorted(ngrams, torch.arange(len(contexts) + 1) * base)
        kinds = NGrams(contexts, ngrams, starts, ngrams[:0], ngrams % base)
        if m:
            # Each n-gram is one way to continue the shorter one that it ends with.
            shorter = levels[-1].kinds
            ends = contexts[ngrams // base] % size * base + kinds.tokens
            at = torch.searchsorted(shorter.ngrams, ends)
            before = torch.bincount(at, minlength=len(shorter.ngrams))
            levels[-1] = replace(levels[-1], kinds=replace(shorter, before=before))
        levels.append(Level(kinds, counts))
        size = len(contexts)
    return tuple(levels)


def _flatten(
    sentences: Sequence[Sequence[int]], counts: NGramCounts, n: int = 0
) -> tuple[Tensor, Tensor]:
    """Return all sentences with "<s>" and "</s>" in one row, and the predicted places in it."""
    begin, end = len(counts.vocabulary), counts.ids[END]
    pads = [begin] * ((n or counts.n) - 1)
    row: list[int] = []
    for sentence in sentences:
        row += pads
        row += sentence
        row.append(end)
    flat = torch.tensor(row, dtype=torch.int64)
    return flat, (flat != begin).nonzero().squeeze(1)


def _places(table: Tensor, keys: Tensor, valid: Tensor) -> Tensor:
    """Return where keys stand in a sorted table; -1 where they do not, or are not valid."""
    at = torch.searchsorted(table, keys).clamp_max(len(table) - 1)
    return torch.where(valid & (table[at] == keys), at, -1)


def _find(table: array[int], key: int) -> int:
    at = bisect_left(table, key)
    return at if at < len(table) and table[at] == key else -1


def _running(values: Tensor) -> Tensor:
    return torch.nn.functional.pad(values.cumsum(0), (1, 0))


def _array(values: Tensor) -> array[int]:
    return array("q", values.contiguous().numpy().tobytes())  # 200 times as fast as a list
