"""Sources of distributions: presets, letters of a text, a model's next token."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from core import checks
from core.errors import InputError


@dataclass(frozen=True, slots=True)
class LetterDistribution:
    """How often each letter occurs: `letters`, `counts` and (N,) `probs`, most frequent first."""

    letters: tuple[str, ...]
    counts: tuple[int, ...]
    probs: Tensor


def renormalize(weights: Tensor | Sequence[float]) -> Tensor:
    """Divide weights by their sum.

    Args:
        weights: (N,) finite, at least 0, not all 0.

    Returns:
        (N,) probabilities, sum 1.

    Raises:
        ValueError: if a weight is negative or not finite, or all are 0.

    Example:
        `renormalize([3.0, 1.0])` is `[0.75, 0.25]`.

    Source: the axioms of probability.
    """
    w = checks.vector("weights", weights)
    lowest, highest = float(w.detach().min()), float(w.detach().max())
    if not 0.0 <= lowest <= highest < float("inf"):
        raise InputError(
            "weights must be finite and at least 0; got {got}.",
            got=checks.short(w.tolist()),
        )
    if highest == 0.0:
        raise InputError(
            "weights must not all be 0, because they are divided by their sum. Raise one."
        )
    scaled = w / highest  # a sum of huge weights would overflow
    return scaled / scaled.sum()


def uniform(n: int) -> Tensor:
    """Return n equally likely outcomes, (n,) float64. Example: `uniform(4)` is 0.25 four times."""
    return torch.full((checks.integer("n", n, 1),), 1.0 / n, dtype=torch.float64)


def one_hot(n: int, outcome: int = 0) -> Tensor:
    """Return a certain outcome, (n,) float64. Example: `one_hot(3, 1)` is `[0, 1, 0]`."""
    p = torch.zeros(checks.integer("n", n, 1), dtype=torch.float64)
    p[checks.integer("outcome", outcome, 0, n - 1)] = 1.0
    return p


def skewed(n: int, ratio: float = 0.5) -> Tensor:
    """Return outcomes each `ratio` times as likely as the last. `skewed(2, 0.25)` is [0.8, 0.2]."""
    ratio = checks.number("ratio", ratio, 0.0, 1.0)
    powers = torch.arange(checks.integer("n", n, 1), dtype=torch.float64)
    return renormalize(torch.tensor(ratio, dtype=torch.float64) ** powers)


def zipf(n: int, s: float = 1.0) -> Tensor:
    """Return Zipf's law: the outcome of rank r has a probability in proportion to 1 / r^s.

    Args:
        n: how many outcomes, at least 1.
        s: exponent, at least 0; 0 is uniform, words of a text have about 1.

    Returns:
        (n,) float64 probabilities, descending.

    Raises:
        ValueError: if n or s cannot be used.

    Example:
        `zipf(2)` is `[2/3, 1/3]`.

    Source: Zipf (1949), "Human Behavior and the Principle of Least Effort".
    """
    s = checks.number("s", s, 0.0)
    return renormalize(torch.arange(1, checks.integer("n", n, 1) + 1, dtype=torch.float64) ** -s)


def two_modes(n: int, gap: float = 0.5, width: float = 0.08) -> Tensor:
    """Return two equal peaks on the places 0 … n - 1.

    Args:
        n: how many outcomes, at least 1.
        gap: distance of the bumps as a share of the whole width, from 0 to 1.
        width: standard deviation of each as a share of the whole width, above 0.

    Returns:
        (n,) float64 probabilities, symmetric.

    Raises:
        ValueError: if an argument cannot be used.

    Example:
        `two_modes(5)` has its least likely inner place in the middle.

    Source: a mixture of two Gaussians, sampled.
    """
    gap = checks.number("gap", gap, 0.0, 1.0)
    width = checks.number("width", width, 0.0, low_open=True)
    x = torch.linspace(-0.5, 0.5, checks.integer("n", n, 1), dtype=torch.float64)
    bumps = torch.stack([-(((x - side * gap / 2) / width) ** 2) / 2 for side in (-1, 1)])
    return torch.logsumexp(bumps, 0).softmax(0)


def letter_distribution(text: str, letters_only: bool = True) -> LetterDistribution:
    """Count how often each letter of a text occurs, ignoring case.

    Args:
        text: any text.
        letters_only: leave out digits, spaces, punctuation and emoji; False counts every
            character as it stands.

    Returns:
        A LetterDistribution, most frequent first, ties by code point.

    Raises:
        ValueError: if nothing is left to count.

    Example:
        `letter_distribution("Ana")` has a 2/3 and n 1/3.

    Source: counting.
    """
    if not isinstance(text, str):
        raise InputError(
            "text must be a string; got {got}.",
            got=checks.short(text),
        )
    counted = Counter(c for c in text.casefold() if c.isalpha()) if letters_only else Counter(text)
    if not counted:
        if letters_only:
            raise InputError(
                "text must hold at least one letter; got {got}.", got=checks.short(text)
            )
        raise InputError(
            "text must hold at least one character; got {got}.", got=checks.short(text)
        )
    pairs = sorted(counted.items(), key=lambda item: (-item[1], item[0]))
    counts = tuple(count for _, count in pairs)
    return LetterDistribution(
        tuple(letter for letter, _ in pairs), counts, renormalize([float(c) for c in counts])
    )


def from_logits(logits: Tensor | Sequence[float]) -> Tensor:
    """Return the softmax of logits in float64: the whole distribution of the next token.

    Args:
        logits: (V,) finite numbers or -inf, not all -inf.

    Returns:
        (V,) float64 probabilities, sum 1.

    Raises:
        ValueError: if logits hold NaN or +inf, or nothing but -inf.

    Example:
        `from_logits([0.0, 0.0])` is `[0.5, 0.5]`.

    Source: Bridle (1990), softmax.
    """
    x = checks.vector("logits", logits).detach().to(torch.float64)
    if not bool(torch.isfinite(x.max())):
        raise InputError(
            "logits must be finite or -inf, and not all -inf; got {got}.",
            got=checks.short(x.tolist()),
        )
    return x.softmax(0)
