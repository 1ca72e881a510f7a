"""A whole text through a tokenizer: all its pieces, and their merges in one order.

A tokenizer cuts a text into pieces and merges inside each on its own, so the merges of different
pieces have no order. Here they get the one of a person who reads down the list of merges: the
lowest rank that applies anywhere goes next, wherever it applies (Sennrich et al. 2016, section 3.2,
applied to a text in place of a word). Each piece passes through the states that it has alone.
"""

from __future__ import annotations

import heapq
from bisect import bisect_right
from collections.abc import Container, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from core.errors import InputError
from core.plain_checks import choice, integer, short
from core.tokenizers.alphabet import UNITS, check_text
from core.tokenizers.bpe import BPEEncoding, BPETraining, encode_bpe, merge_ranks
from core.tokenizers.compare import UNKNOWN, Training
from core.tokenizers.real.pieces import PieceSteps
from core.tokenizers.spelling import joining_places, spelled
from core.tokenizers.text import SPACES, split_words
from core.tokenizers.trained.history import Pair
from core.tokenizers.unigram import UnigramTraining, encode_unigram
from core.tokenizers.wordpiece import WordPieceTraining, encode_wordpiece

if TYPE_CHECKING:  # it brings the tokenizers library along, which the rest here does without
    from core.tokenizers.real import RealTokenizer, RealTrace
    from core.tokenizers.real.hosted import HostedTokenizer


@dataclass(frozen=True, slots=True)
class WalkPiece:
    """A piece of the text, text[start:stop], and how it becomes tokens alone."""

    text: str
    start: int
    stop: int
    steps: PieceSteps


@dataclass(frozen=True, slots=True)
class WalkSymbol:
    """A symbol at some step: `fresh` was made by this very step, `joining` goes into the next."""

    text: str
    piece: int
    unknown: bool
    fresh: bool
    joining: bool


@dataclass(frozen=True, slots=True)
class WalkStep:
    """One merge wherever it applies: its rank, the pieces that it changes, how often in all."""

    index: int
    rank: int
    pair: Pair
    merged: str
    pieces: tuple[int, ...]
    places: int


@dataclass(frozen=True, slots=True)
class Walk:
    """A text's pieces and its merges in order. `unit` says how symbols are read: see `spelled`.

    `applied[i]` are the steps at which piece i changes. A scheme without merges (WordPiece,
    Unigram) has no steps: its pieces carry their attempts or their lattice. While a piece is being
    merged, a symbol outside `vocab` or equal to `unk` is unknown.
    """

    pieces: tuple[WalkPiece, ...]
    steps: tuple[WalkStep, ...]
    applied: tuple[tuple[int, ...], ...]
    vocab: Container[str] | None
    unk: str | None
    unit: str

    def at(self, step: int) -> tuple[WalkSymbol, ...]:
        """Return all symbols after `step` merges (0: before any), left to right.

        Raises:
            ValueError: a step below 0 or beyond the last.
        """
        integer("step", step, 0, len(self.steps))
        found: list[WalkSymbol] = []
        before = self.steps[step - 1] if step else None
        coming = self.steps[step] if step < len(self.steps) else None
        for index, (piece, times) in enumerate(zip(self.pieces, self.applied, strict=True)):
            done = bisect_right(times, step - 1)
            symbols = _state(piece.steps, done)
            fresh = before.merged if before and times[done - 1 : done] == (step - 1,) else None
            joins = coming is not None and times[done : done + 1] == (step,)
            joining = joining_places(symbols, coming.pair) if coming and joins else frozenset()
            for place, symbol in enumerate(symbols):
                if piece.steps.merges:
                    unknown = self.vocab is not None and symbol not in self.vocab
                    unknown = unknown or symbol == self.unk
                else:
                    unknown = piece.steps.unknown[place]
                found.append(WalkSymbol(symbol, index, unknown, symbol == fresh, place in joining))
        return tuple(found)

    def per_character(self, step: int, text: str) -> float | None:
        """Return the symbols per character after `step` merges; None for an empty text."""
        return len(self.at(step)) / len(check_text("text", text)) if text else None

    def spelled(self, symbol: str) -> str | bytes:
        """Return a symbol's text, or its bytes if it holds only a part of a character."""
        return spelled(symbol, self.unit)


def _state(steps: PieceSteps, done: int) -> tuple[str, ...]:
    if not steps.merges:
        return steps.tokens
    return steps.merges[done - 1].symbols if done else steps.merges[0].symbols_before


def walk(
    pieces: Sequence[WalkPiece],
    vocab: Container[str] | None = None,
    unit: str = "char",
    unk: str | None = None,
) -> Walk:
    """Put the merges of all pieces in one order.

    Args:
        pieces: the text's pieces, left to right.
        vocab: the known symbols, to mark the others; None goes by each piece's `unknown`.
        unit: "char", or "byte" for symbols in GPT-2's letters.
        unk: the symbol that stands for what is unknown, where there is one.

    Returns:
        The walk; merges of one rank that follow one another are one step.

    Raises:
        ValueError: another unit.

    Example:
        >>> from core.tokenizers.bpe import train_bpe
        >>> run = walk_training(train_bpe({"hug": 10, "pug": 5, "hugs": 5}, 3), "pug hugs")
        >>> [(step.merged, step.pieces) for step in run.steps]
        [('ug', (0, 1)), ('hug', (1,)), ('pug', (0,))]
        >>> [symbol.text for symbol in run.at(1)]
        ['p', 'ug', 'h', 'ug', 's']
    """
    choice("unit", unit, UNITS)
    waiting = [
        (piece.steps.merges[0].rank, index)
        for index, piece in enumerate(pieces)
        if piece.steps.merges
    ]
    heapq.heapify(waiting)
    applied: list[list[int]] = [[] for _ in pieces]
    records: list[tuple[int, Pair, str, dict[int, None], int]] = []
    while waiting:
        rank, index = heapq.heappop(waiting)
        merges = pieces[index].steps.merges
        merge = merges[len(applied[index])]
        same = records and records[-1][0] == rank and index not in records[-1][3]
        if same:
            _, pair, merged, touched, places = records[-1]
            touched[index] = None
            records[-1] = (rank, pair, merged, touched, places + merge.places)
        else:
            records.append((rank, merge.pair, merge.merged, {index: None}, merge.places))
        applied[index].append(len(records) - 1)
        if len(applied[index]) < len(merges):
            heapq.heappush(waiting, (merges[len(applied[index])].rank, index))
    return Walk(
        pieces=tuple(pieces),
        steps=tuple(
            WalkStep(number, rank, pair, merged, tuple(touched), places)
            for number, (rank, pair, merged, touched, places) in enumerate(records)
        ),
        applied=tuple(tuple(times) for times in applied),
        vocab=vocab,
        unk=unk,
        unit=unit,
    )


def walk_training(training: Training, text: str, spaces: str = "drop") -> Walk:
    """Walk through a text, word by word, under a trained vocabulary.

    Args:
        training: from `train_bpe`, `train_wordpiece` or `train_unigram`.
        text: any string.
        spaces: how `split_words` treats white space; use what the corpus was counted with.

    Returns:
        The walk; ids are places in `training.vocab`, -1 for what it lacks.

    Raises:
        ValueError: `training` is none of the three results, or another value for `spaces`.
    """
    check_text("text", text)
    choice("spaces", spaces, SPACES)
    ids = {token: index for index, token in enumerate(_vocab(training))}
    ranks = merge_ranks(training.merges) if isinstance(training, BPETraining) else {}
    known: dict[str, PieceSteps] = {}
    pieces: list[WalkPiece] = []
    for word in split_words(text, spaces):
        if word.text not in known:
            known[word.text] = _word_steps(training, word.text, ids, ranks)
        pieces.append(WalkPiece(word.text, word.start, word.stop, known[word.text]))
    if isinstance(training, BPETraining):
        return walk(pieces, ids.keys(), training.unit)
    return walk(pieces)


def walk_trace(tokenizer: RealTokenizer | HostedTokenizer, trace: RealTrace) -> Walk:
    """Walk through a text that a real tokenizer has encoded step by step.

    Args:
        tokenizer: from `load_tokenizer`, or a visitor's.
        trace: its `step` of the text.
    """
    pieces = [WalkPiece(piece.text, piece.start, piece.stop, piece.steps) for piece in trace.pieces]
    return walk(pieces, None, "byte" if tokenizer.byte_level else "char", tokenizer.unk)


def _vocab(training: Training) -> tuple[str, ...]:
    if not isinstance(training, (BPETraining, WordPieceTraining, UnigramTraining)):
        raise InputError(
            "training must come from train_bpe, train_wordpiece or train_unigram; got {got}.",
            got=short(training),
        )
    return training.vocab


def _word_steps(
    training: Training, word: str, ids: Mapping[str, int], ranks: Mapping[Pair, int]
) -> PieceSteps:
    """Encode one word in the form that a real tokenizer's `step` returns."""

    def numbered(tokens: Sequence[str]) -> tuple[int, ...]:
        return tuple(ids.get(token, -1) for token in tokens)

    if isinstance(training, BPETraining):
        cut: BPEEncoding = encode_bpe(word, ranks, training.unit, vocab=ids.keys(), unk=UNKNOWN)
        raw = cut.steps[-1].symbols if cut.steps else cut.initial
        return PieceSteps(raw, numbered(raw), cut.unknown, cut.initial, merges=cut.steps)
    if isinstance(training, WordPieceTraining):
        pieces = encode_wordpiece(word, ids.keys(), UNKNOWN)
        failed = pieces.failed_at is not None or pieces.too_long
        unknown = (failed,) * len(pieces.tokens)
        return PieceSteps(pieces.tokens, numbered(pieces.tokens), unknown, wordpiece=pieces)
    best = encode_unigram(word, training.log_probs, UNKNOWN)
    return PieceSteps(best.tokens, numbered(best.tokens), best.unknown, unigram=best)
