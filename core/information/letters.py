"""The letters of two texts as two distributions over the same outcomes."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from core.information.sources import letter_distribution


@dataclass(frozen=True, slots=True)
class LetterPair:
    """Two texts' letters: all that occur in either, and (N,) `p` and `q` over them."""

    letters: tuple[str, ...]
    p: Tensor
    q: Tensor


def letter_pair(first: str, second: str) -> LetterPair:
    """Count two texts' letters over one alphabet, all letters of either text.

    Args:
        first: a text with at least one letter.
        second: likewise.

    Returns:
        A LetterPair, the letters with the largest share in either text first, ties by code point;
        a letter that one text lacks has probability 0 there.

    Raises:
        ValueError: if a text has no letter.

    Example:
        `letter_pair("aab", "abb")` has letters a, b and probabilities [2/3, 1/3], [1/3, 2/3].

    Source: counting.
    """
    counted = [letter_distribution(text) for text in (first, second)]
    p, q = (dict(zip(item.letters, item.probs.tolist(), strict=True)) for item in counted)

    def largest(letter: str) -> float:
        return max(p.get(letter, 0.0), q.get(letter, 0.0))

    letters = tuple(sorted(p.keys() | q.keys(), key=lambda letter: (-largest(letter), letter)))
    rows = [[shares.get(letter, 0.0) for letter in letters] for shares in (p, q)]
    first_row, second_row = torch.tensor(rows, dtype=torch.float64)
    return LetterPair(letters, first_row, second_row)
