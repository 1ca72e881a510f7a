"""Two texts under one model: where they differ, and what the difference costs in bits."""

from __future__ import annotations

import math
from dataclasses import dataclass

from core import checks
from core.errors import InputError
from core.text_scoring import ChainRule, power_of_two


@dataclass(frozen=True, slots=True)
class TextComparison:
    """Two texts under one model.

    Attributes:
        first: the one.
        second: the other.
        shared: how many tokens at the start are the same in both.
        difference: log₂ p(first) - log₂ p(second), bits; above 0 where the first is more likely.
        fork: the part of it that the first different token makes; 0 where there is none.
        rest: the part that everything after makes.
    """

    first: ChainRule
    second: ChainRule
    shared: int
    difference: float
    fork: float
    rest: float

    def difference_at(self, position: int) -> tuple[float, float]:
        """Return how many bits more the second text takes for one token, and up to that token.

        Args:
            position: from 0; both texts must have a token there.
        """
        last = min(len(self.first.ids), len(self.second.ids)) - 1
        position = checks.integer("position", position, 0, last)
        token = self.second.surprisal[position] - self.first.surprisal[position]
        so_far = self.first.log2_probs[position] - self.second.log2_probs[position]
        return float(token), float(so_far)

    @property
    def odds(self) -> float:
        """Return p(first) / p(second), 2 to the difference; inf where it overflows."""
        return power_of_two(self.difference)


def compare_texts(first: ChainRule, second: ChainRule) -> TextComparison:
    """Compare the probabilities of two texts under a model, and find where they differ.

    Up to the first different token both texts have the same factors, which leave the ratio.

    Args:
        first: from `chain_rule`.
        second: likewise, of the same model.

    Returns:
        A TextComparison.

    Raises:
        ValueError: if one is no ChainRule, or if both texts are impossible (p = 0).

    Example:
        Texts of log₂ p -20 and -23 differ by 3 bits: the first is 2³ = 8 times as likely.

    Source: the chain rule; as a test of grammar: Linzen et al. 2016, arXiv:1611.01368.
    """
    for name, value in (("first", first), ("second", second)):
        if not isinstance(value, ChainRule):
            raise InputError(
                "{name} must be a ChainRule; got {got}.",
                name=name,
                got=checks.short(value),
            )
    shared = 0
    for a, b in zip(first.ids, second.ids, strict=False):
        if a != b:
            break
        shared += 1
    ours, theirs = (float(text.surprisal[shared:].sum()) for text in (first, second))
    if ours == theirs == math.inf:
        raise InputError(
            "first and second both have probability 0, so their ratio is "
            "undefined. Use more likely texts."
        )
    difference = theirs - ours
    fork = 0.0
    if shared < min(len(first.ids), len(second.ids)):
        fork = float(second.surprisal[shared] - first.surprisal[shared])
    rest = 0.0 if math.isinf(fork) else difference - fork
    return TextComparison(first, second, shared, difference, fork, rest)
