"""Find the runs of tokens in a text that occur word for word in the training text."""

from __future__ import annotations

from array import array
from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass

from core.checks import integer

_FIRST = 0x10000  # token ids become characters beyond the surrogates
LONGEST = 128  # characters by which suffixes are sorted; longer runs count as this long


@dataclass(frozen=True, eq=False)
class SuffixIndex:
    """A text as one string with one character per token, and its suffixes in sorted order.

    Source: Manber and Myers 1993, "Suffix arrays: a new method for on-line string searches".
    """

    text: str
    order: array[int]

    def longest_match(self, query: str) -> int:
        """Return the length of the longest beginning of `query` that occurs in the text."""
        at = bisect_left(self.order, query, key=lambda i: self.text[i : i + LONGEST])
        near = self.order[max(0, at - 1) : at + 1]
        return max((_common(self.text, i, query) for i in near), default=0)


@dataclass(frozen=True, slots=True)
class Copied:
    """What a text shares with the training text.

    Attributes:
        matches: for each place, the length of the longest run from there on that occurs in the
            training text.
        marked: for each token, whether it lies in a run of at least `least` tokens.
        longest: (start, stop) of the longest run; the first of several.
        share: share of the tokens that are marked, 0 … 1.
    """

    matches: list[int]
    marked: list[bool]
    longest: tuple[int, int]
    share: float


def suffix_index(ids: Sequence[int]) -> SuffixIndex:
    """Sort the suffixes of a training text, given as token ids of 0 or more."""
    text = _string(ids)
    return SuffixIndex(
        text, array("l", sorted(range(len(text)), key=lambda i: text[i : i + LONGEST]))
    )


def copied_runs(ids: Sequence[int], training: SuffixIndex, least: int) -> Copied:
    """Mark the runs of at least `least` tokens that occur in the training text.

    Args:
        ids: the text, in the ids of the training text.
        training: from `suffix_index`.
        least: length from which a run counts as copied, at least 1.

    Example:
        >>> copied_runs([7, 1, 2, 3, 9], suffix_index([0, 1, 2, 3, 4]), 2).marked
        [False, True, True, True, False]
    """
    integer("least", least, 1)
    text = _string(ids)
    matches = [training.longest_match(text[i : i + LONGEST]) for i in range(len(text))]
    marked = [False] * len(text)
    for i, length in enumerate(matches):
        if length >= least:
            marked[i : i + length] = [True] * length
    longest = max(range(len(text)), key=matches.__getitem__, default=0)
    stop = longest + (matches[longest] if matches else 0)
    return Copied(matches, marked, (longest, stop), sum(marked) / max(1, len(text)))


def _string(ids: Sequence[int]) -> str:
    return "".join([chr(_FIRST + i) for i in ids])


def _common(text: str, start: int, query: str) -> int:
    length = 0
    for a, b in zip(text[start : start + len(query)], query, strict=False):
        if a != b:
            break
        length += 1
    return length
