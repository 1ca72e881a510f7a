"""A visitor's own text as a corpus small enough to train on while they type."""

from __future__ import annotations

from dataclasses import dataclass

from core._check import integer
from core.tokenizers.alphabet import check_text
from core.tokenizers.text import split_words


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
