"""Count n-grams of every length up to n, and look texts up in the counts."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

import torch
from torch import Tensor

from core.checks import integer, short
from core.errors import InputError
from core.ngrams.events import Events
from core.ngrams.tables import Level, build_levels, position, positions, running_sums

BEGIN, END, UNKNOWN = "<s>", "</s>", "<unk>"
LONGEST = 16  # largest n


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
        flat, places = _flatten([self.predictable(s) for s in sentences], self)
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
            at = position(contexts, history[-m] * size + path[-1])
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
            flat, places = _flatten([self.predictable(sentence)], self)
            levels, context, size = [], torch.zeros(len(places), dtype=torch.int64), 1
            for m, level in enumerate(self.levels):
                context, size = self._context(m, flat[places - m], context, size)
                at = positions(
                    level.kinds.ngrams, context * self._base + flat[places], context >= 0
                )
                if bool((at < 0).any()):
                    raise InputError("sentence must be one of the training sentences.")
                counts = level.counts.index_add(0, at, torch.full_like(at, more))
                levels.append(Level(level.kinds, counts))
        return replace(self, levels=tuple(levels))

    @property
    def _base(self) -> int:
        return len(self.vocabulary) + 1

    def predictable(self, sentence: Sequence[str]) -> list[int]:
        """Return ids of tokens to predict: as `encode`, but "<s>" is "<unk>" too."""
        unknown, begin = self.ids[UNKNOWN], len(self.vocabulary)
        return [unknown if i == begin else i for i in self.encode(sentence)]

    def _context(self, m: int, left: Tensor, context: Tensor, size: int) -> tuple[Tensor, int]:
        """Extend contexts of m - 1 tokens by the token `left` of them; -1 where there is none."""
        contexts = self.levels[m].kinds.contexts
        if m:
            context = positions(contexts, left * size + context, context >= 0)
        return context, len(contexts)

    def _events(self, columns: Sequence[Tensor]) -> Events:
        """Look up predictions; columns[m] holds the m-th token to the left of the predicted one."""
        token = columns[0]
        context, size = torch.zeros(1, dtype=torch.int64), 1
        rows: list[tuple[Tensor, ...]] = []
        for m, level in enumerate(self.levels):
            context, size = self._context(m, columns[m], context, size)
            kinds = level.kinds
            at = positions(kinds.ngrams, context * self._base + token, context >= 0)
            first = kinds.starts[context.clamp_min(0)]
            last = kinds.starts[context.clamp_min(0) + 1]
            known, seen = at >= 0, context >= 0
            running = running_sums(level.counts)
            row = [level.counts[at] * known, (running[last] - running[first]) * seen]
            row.append((last - first) * seen)
            if len(kinds.before):
                running = running_sums(kinds.before)
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
    flat, places = _flatten([empty.predictable(s) for s in texts], empty, n)
    return replace(empty, levels=build_levels(flat, places, n, len(names) + 1))


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
