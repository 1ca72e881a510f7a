"""The letters of two texts as two distributions over the same outcomes."""

from __future__ import annotations

from dataclasses import dataclass

import torch

from core.information.sources import TopOutcomes, letter_distribution, top_outcomes


@dataclass(frozen=True, slots=True)
class LetterPair:
    """Two texts' letters, side by side.

    Attributes:
        letters: those that have a place of their own, in the order of `top.ids`.
        top: the two distributions over these letters and, last, all the others together.
    """

    letters: tuple[str, ...]
    top: TopOutcomes


def letter_pair(n: int, first: str, second: str) -> LetterPair:
    """Count two texts' letters over one alphabet: the n most frequent letters and a tail.

    Args:
        n: how many letters keep a place of their own, at least 1.
        first: a text with at least one letter.
        second: likewise.

    Returns:
        A LetterPair; a letter that one text lacks has probability 0 there.

    Raises:
        ValueError: if a text has no letter or n is below 1.

    Example:
        `letter_pair(2, "aab", "abb")` has letters a, b and probabilities [2/3, 1/3], [1/3, 2/3].

    Source: counting.
    """
    counted = [letter_distribution(text) for text in (first, second)]
    alphabet = sorted({letter for item in counted for letter in item.letters})
    rows = []
    for item in counted:
        shares = dict(zip(item.letters, item.probs.tolist(), strict=True))
        rows.append(torch.tensor([shares.get(c, 0.0) for c in alphabet], dtype=torch.float64))
    top = top_outcomes(n, *rows)
    return LetterPair(tuple(alphabet[i] for i in top.ids), top)
