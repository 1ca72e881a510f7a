"""Perplexity against n: too short a context says little, too long a one has never been seen."""

from __future__ import annotations

import math
from dataclasses import dataclass

from core.checks import integer
from core.ngrams.counts import Events
from core.ngrams.model import Unseen
from core.ngrams.smoothing import probabilities


@dataclass(frozen=True, slots=True)
class OrderCurve:
    """Measurements of the models of order 1 … n on one text, each a list of n numbers.

    Attributes:
        cross_entropy: bits per predicted token; inf where a probability is 0.
        perplexity: 2 to that power.
        zeros: share of the tokens with probability 0.
    """

    cross_entropy: list[float]
    perplexity: list[float]
    zeros: list[float]

    @property
    def best(self) -> int:
        """Return the n of the lowest cross-entropy, the smallest n of several; 0 if all are inf."""
        lowest = min(self.cross_entropy)
        return 0 if math.isinf(lowest) else self.cross_entropy.index(lowest) + 1

    def bits_per_character(self, tokens: int, characters: int) -> list[float]:
        """Return the total bits divided by the characters of the text.

        Args:
            tokens: predicted tokens, sentence ends included.
            characters: characters of the text, one per sentence end included.
        """
        integer("tokens", tokens, 1)
        return [bits * tokens / integer("characters", characters, 1) for bits in self.cross_entropy]


def measure(
    events: Events,
    vocab_size: int,
    smoothing: str = "mle",
    alpha: float = 0.1,
    discount: float = 0.75,
) -> OrderCurve:
    """Measure the models of order 1 … n on a text that has been looked up in their counts.

    Args:
        events: from `NGramCounts.look_up`; T predictions.
        vocab_size: number of tokens that can be predicted.
        smoothing: see `probabilities`.
        alpha: see `probabilities`.
        discount: see `probabilities`.

    Source: Jurafsky and Martin, Speech and Language Processing, 3rd edition, section 3.2.
    """
    p = probabilities(events, vocab_size, smoothing, alpha, discount)
    bits = [value + 0.0 for value in (-p.float().log2().double().mean(dim=1)).tolist()]
    return OrderCurve(
        bits,
        [2.0**b if b < 1024 else math.inf for b in bits],
        (p == 0).double().mean(dim=1).tolist(),
    )


def cross_entropy(
    events: Events,
    vocab_size: int,
    smoothing: str = "mle",
    alpha: float = 0.1,
    discount: float = 0.75,
) -> float:
    """Return the mean of -log₂ p under the model of the highest order alone; see `measure`."""
    p = probabilities(events, vocab_size, smoothing, alpha, discount)[-1]
    return float(-p.log2().mean()) + 0.0


def unseen_shares(events: Events) -> list[Unseen]:
    """Return, for each order 1 … n, how many predictions have no counts behind them."""
    contexts = (events.totals == 0).double().mean(dim=1).tolist()
    tokens = (events.counts == 0).double().mean(dim=1).tolist()
    return [Unseen(c, t) for c, t in zip(contexts, tokens, strict=True)]
