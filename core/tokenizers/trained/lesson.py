"""For lessons: a typed text as a training corpus, and a published example, recomputed."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from core.errors import InputError
from core.plain_checks import integer
from core.tokenizers.alphabet import check_text
from core.tokenizers.text import split_words
from core.tokenizers.unigram import Segmentation, best_segmentations, unigram_loss, viterbi
from core.tokenizers.unigram import seed_vocabulary as substrings


@dataclass(frozen=True, slots=True)
class LessonWords:
    """A visitor's text as a corpus that trains in a moment, and what was done to it for that."""

    word_counts: dict[str, int]
    left_out: int  # characters beyond the limit
    divided: int  # words that were too long


def lesson_words(
    text: str, spaces: str = "drop", *, max_chars: int = 2000, max_word: int = 20
) -> LessonWords:
    """Count the words of a text, within limits: training takes longer than linear time in both.

    Args:
        text: any string.
        spaces: as in `split_words`.
        max_chars: characters that are read.
        max_word: a longer word (a line of Chinese, a web address) is divided into parts this long.

    Returns:
        The counts in order of meeting, and what the limits did.

    Raises:
        ValueError: `text` is not text, another value for `spaces`, a limit below 1.

    Example:
        >>> lesson_words("hug hugs hug", max_word=3).word_counts
        {'hug': 3, 's': 1}
    """
    check_text("text", text)
    integer("max_chars", max_chars, 1)
    integer("max_word", max_word, 1)
    counts: dict[str, int] = {}
    divided = 0
    for word in split_words(text[:max_chars], spaces):
        parts = [word.text[i : i + max_word] for i in range(0, len(word.text), max_word)]
        divided += len(parts) > 1
        for part in parts:
            counts[part] = counts.get(part, 0) + 1
    return LessonWords(counts, max(0, len(text) - max_chars), divided)


@dataclass(frozen=True, slots=True)
class CourseExample:
    """The Unigram example of the Hugging Face course (chapter 6), and its two mistakes.

    `counts` are all substrings that are shorter than a word holding them; `total` is their sum.
    `cuts` of the word "pug" carry the right log-probabilities; `mistaken` is the probability of
    p + u + g with the 5 that the course's text takes for the count of "p". `losses` are by word, in
    nats; the course's code starts Viterbi at 1 in place of 0 and gets `losses_from_one`, and over
    the corpus `loss_from_one` in place of `loss`.
    """

    counts: dict[str, int]
    total: int
    cuts: tuple[Segmentation, ...]
    mistaken_count: int
    mistaken: float
    losses: dict[str, float]
    losses_from_one: dict[str, float]
    loss: float
    loss_from_one: float


def course_example(word_counts: Mapping[str, int], cut: str = "pug") -> CourseExample:
    """Recompute the course's example from its words and counts.

    Args:
        word_counts: the course's: hug 10, pug 5, pun 12, bun 4, hugs 5.
        cut: the word whose cuts are listed; its first letter's count is what the text gets wrong.

    Returns:
        The right values and the mistaken ones.

    Raises:
        ValueError: a bad corpus, or a word that the substrings cannot spell.

    Example:
        >>> example = course_example({"hug": 10, "pug": 5, "pun": 12, "bun": 4, "hugs": 5})
        >>> example.counts["p"], example.total, round(example.loss, 1)
        (17, 210, 169.8)
    """
    longest = max((len(word) for word in word_counts), default=1)
    inside = {
        word[start:stop]
        for word in word_counts
        for start in range(len(word))
        for stop in range(start + 1, len(word) + 1)
        if stop - start < len(word)
    }
    found = substrings(word_counts, longest, min_count=1)
    counts = {piece: count for piece, count in found.items() if piece in inside}
    total = sum(counts.values())
    log_probs = {piece: math.log(count / total) for piece, count in counts.items()}
    cuts = best_segmentations(cut, log_probs)
    if not cuts:
        raise InputError(
            "cut must be spelled by substrings of the words; {cut!r} is not.",
            cut=cut,
        )
    mistaken_count = word_counts.get(cut, 0)
    letters: Sequence[int] = [counts[letter] for letter in cut[1:]]
    losses = {word: -viterbi(word, log_probs).log_prob for word in word_counts}
    loss = unigram_loss(word_counts, log_probs)
    return CourseExample(
        counts=counts,
        total=total,
        cuts=cuts,
        mistaken_count=mistaken_count,
        mistaken=math.prod([mistaken_count / total, *(count / total for count in letters)]),
        losses=losses,
        losses_from_one={word: value + 1 for word, value in losses.items()},
        loss=loss,
        loss_from_one=loss + sum(word_counts.values()),
    )
