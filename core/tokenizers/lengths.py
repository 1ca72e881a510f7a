"""Vocabulary size against sequence length: a text under every vocabulary of a training."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import accumulate

from core.plain_checks import choice, integer
from core.tokenizers.alphabet import check_text
from core.tokenizers.bpe import BPETraining, encode_bpe, merge_ranks
from core.tokenizers.compare import UNKNOWN, Training, cutter
from core.tokenizers.text import SPACES, count_words
from core.tokenizers.unigram import UnigramTraining
from core.tokenizers.wordpiece import PREFIX, WordPieceTraining

Measured = tuple[int, int]  # tokens, unknown ones among them


@dataclass(frozen=True, slots=True)
class LengthPoint:
    """A text's length in tokens under a vocabulary of some size, unknown tokens among them."""

    vocab_size: int
    tokens: int
    unknown: int


def length_curve(
    text: str, training: Training, spaces: str = "drop", points: int = 40
) -> tuple[LengthPoint, ...]:
    """Return a text's length in tokens under each vocabulary that the training passed through.

    Args:
        text: any string, the corpus itself or another.
        training: from one of the three trainers.
        spaces: as in `trained_scheme`.
        points: vocabularies to measure at most, evenly spread, the first and last included.

    Returns:
        Points by rising vocabulary size. Unknown words count as one token each under WordPiece,
        so read `tokens` together with `unknown`.

    Raises:
        ValueError: as `trained_scheme`; `points` below 2.

    Example:
        >>> from core.tokenizers.bpe import train_bpe
        >>> [point.tokens for point in length_curve("hug hug", train_bpe({"hug": 2}, 2))]
        [6, 4, 2]
    """
    check_text("text", text)
    choice("spaces", spaces, SPACES)
    integer("points", points, 2)
    cutter(training)  # refuses what is no training
    counts = count_words(text, spaces)
    last = len(training.steps) - isinstance(training, UnigramTraining)
    stages = sorted({round(i * last / (points - 1)) for i in range(points)})
    if isinstance(training, BPETraining):
        by_word = {word: _merged(training, word, stages) for word in counts}
    elif isinstance(training, WordPieceTraining):
        by_word = _matched(training, counts, stages)
    else:
        by_word = _fitted(training, counts, stages)
    curve = [
        LengthPoint(
            vocab_size=training.curve[stage][0],
            tokens=sum(by_word[word][place][0] * count for word, count in counts.items()),
            unknown=sum(by_word[word][place][1] * count for word, count in counts.items()),
        )
        for place, stage in enumerate(stages)
    ]
    return tuple(sorted(curve, key=lambda point: point.vocab_size))


def halves(points: Sequence[LengthPoint]) -> tuple[int, int]:
    """Return how many tokens a text loses in the first and in the second half of a curve.

    The curve is halved at the vocabulary closest to the middle between its first and last size.

    Example:
        >>> halves([LengthPoint(10, 50, 0), LengthPoint(20, 30, 0), LengthPoint(30, 25, 0)])
        (20, 5)
    """
    middle = (points[0].vocab_size + points[-1].vocab_size) / 2
    half = min(points, key=lambda point: abs(point.vocab_size - middle))
    return points[0].tokens - half.tokens, half.tokens - points[-1].tokens


def _merged(training: BPETraining, word: str, stages: Sequence[int]) -> list[Measured]:
    """Return a word's length after each number of merges.

    The lowest rank that applies goes next, so with the first k merges alone a word passes through
    the same states, up to the first merge of a rank of k or more.
    """
    ranks = merge_ranks(training.merges)
    cut = encode_bpe(word, ranks, training.unit, vocab=frozenset(training.vocab), unk=UNKNOWN)
    worst = list(accumulate((step.rank for step in cut.steps), max))
    sizes = list(accumulate((-step.places for step in cut.steps), initial=len(cut.initial)))
    unknown = sum(cut.unknown)  # a letter outside the alphabet, which no merge holds
    return [(sizes[bisect_left(worst, stage)], unknown) for stage in stages]


def _matched(
    training: WordPieceTraining, words: Mapping[str, int], stages: Sequence[int]
) -> dict[str, list[Measured]]:
    """Return a word's length under longest match, cutting again only where a new piece occurs."""
    by_word: dict[str, list[Measured]] = {word: [] for word in words}
    done = 0
    for stage in stages:
        new = [step.merged.removeprefix(PREFIX) for step in training.steps[done:stage]]
        done = stage
        cut, _, _ = cutter(training, stage)
        for word, found in by_word.items():
            if found and not any(piece in word for piece in new):
                found.append(found[-1])
            else:
                tokens = cut(word)
                found.append((len(tokens), sum(not token.known for token in tokens)))
    return by_word


def _fitted(
    training: UnigramTraining, words: Mapping[str, int], stages: Sequence[int]
) -> dict[str, list[Measured]]:
    """Return a word's length under Unigram; its rounds hold the best cuts of training words."""
    by_word: dict[str, list[Measured]] = {word: [] for word in words}
    for stage in stages:
        step = training.steps[stage]
        cut, _, _ = cutter(training, stage)
        for word, found in by_word.items():
            if word in step.segmentations:
                found.append((len(step.segmentations[word]), 0))
            else:
                tokens = cut(word)
                found.append((len(tokens), sum(not token.known for token in tokens)))
    return by_word
