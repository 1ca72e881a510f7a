"""An n-gram language model: fit, ask, measure, generate."""

from __future__ import annotations

import math
from bisect import bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import torch

from core.checks import choice, integer, number
from core.errors import InputError
from core.ngrams.counts import LONGEST, Events, NGramCounts, check_sentences, count_ngrams
from core.ngrams.smoothing import SMOOTHINGS, probabilities


@dataclass(frozen=True, slots=True)
class Unseen:
    """Shares of the predictions in some sentences, 0 … 1.

    Attributes:
        contexts: whose context of n - 1 tokens never occurs in the training text.
        events: whose token never follows its context there, so that its MLE probability is 0.
    """

    contexts: float
    events: float


class NGramModel:
    """A language model that predicts a token from the n - 1 tokens before it.

    Args:
        n: order, 1 … 16.
        smoothing: "mle", "laplace", "lidstone" or "kneser_ney" (interpolated).
        alpha: Lidstone's α, above 0.
        discount: Kneser-Ney's d, 0 … 1.

    Raises:
        ValueError: an argument out of range; a question before `fit`.

    Example:
        >>> model = NGramModel(2).fit([["a", "b"], ["a", "a"]])
        >>> round(model.prob("b", ["a"]), 4)  # "a" is followed by b, a and </s>
        0.3333

    Source: Jurafsky and Martin, Speech and Language Processing, 3rd edition, chapter 3.
    """

    def __init__(
        self, n: int, smoothing: str = "mle", alpha: float = 0.1, discount: float = 0.75
    ) -> None:
        """Check and store the settings."""
        self.n = integer("n", n, 1, LONGEST)
        self.smoothing = choice("smoothing", smoothing, SMOOTHINGS)
        self.alpha = number("alpha", alpha, 0, low_open=True)
        self.discount = number("discount", discount, 0, 1)
        self._counts: NGramCounts | None = None

    def fit(
        self, sentences: Sequence[Sequence[str]], vocabulary: Iterable[str] | None = None
    ) -> NGramModel:
        """Count the n-grams of the sentences and return the model itself.

        Args:
            sentences: lists of tokens; each gets n - 1 "<s>" in front and one "</s>" behind.
            vocabulary: what can be predicted; see `count_ngrams`.
        """
        return self.use(count_ngrams(sentences, self.n, vocabulary))

    def use(self, counts: NGramCounts) -> NGramModel:
        """Use counts that exist already, of length n or more; return the model itself."""
        if counts.n < self.n:
            raise InputError("counts must reach length {n}; got {got}.", n=self.n, got=counts.n)
        self._counts = counts
        return self

    @property
    def counts(self) -> NGramCounts:
        """Return the counts of the training text."""
        if self._counts is None:
            raise InputError("The model has no counts yet. Call fit(sentences) first.")
        return self._counts

    @property
    def vocabulary(self) -> tuple[str, ...]:
        """Return the tokens that can be predicted."""
        return self.counts.vocabulary

    def prob(self, token: str, context: Sequence[str]) -> float:
        """Return p(token | context).

        Args:
            token: a token outside the vocabulary counts as "<unk>".
            context: the tokens before it; cut to its last n - 1, padded with "<s>" if shorter.
        """
        counts = self.counts
        return float(self._after(context)[counts._predictable([token])[0]])

    def next_distribution(self, context: Sequence[str]) -> dict[str, float]:
        """Return p(token | context) for the whole vocabulary; the sum is 1.

        With "mle", all are 0 after a context that never occurs in the training text.
        """
        return dict(zip(self.vocabulary, self._after(context).tolist(), strict=True))

    def cross_entropy(self, sentences: Sequence[Sequence[str]], base: float = 2.0) -> float:
        """Return the mean of -log p over all tokens and ends; inf if a probability is 0."""
        number("base", base, 1, low_open=True)
        events = self.counts.look_up(check_sentences(sentences))
        p = self._probabilities(events)
        return float(-p.log().mean()) / math.log(base) + 0.0

    def perplexity(self, sentences: Sequence[Sequence[str]]) -> float:
        """Return 2 to the power of the cross-entropy in bits; inf if a probability is 0."""
        bits = self.cross_entropy(sentences)
        return 2.0**bits if bits < 1024 else math.inf

    def unseen(self, sentences: Sequence[Sequence[str]]) -> Unseen:
        """Return how many of the predictions in some sentences have no counts behind them."""
        events = self.counts.look_up(check_sentences(sentences))
        row = self.n - 1
        return Unseen(
            float((events.totals[row] == 0).double().mean()),
            float((events.counts[row] == 0).double().mean()),
        )

    def generate(
        self, length: int, generator: torch.Generator, context: Sequence[str] = ()
    ) -> list[str]:
        """Draw `length` tokens, one after the other; after "</s>" a new sentence begins.

        Each token takes one random number, so two models that draw with the same seed use the same
        number at the same place. With "mle", a context that never occurs is cut from the left
        until it does.

        Args:
            length: number of tokens, 0 or more; "</s>" counts.
            generator: the source of random numbers.
            context: the tokens before the first one.
        """
        counts = self.counts
        numbers = torch.rand(integer("length", length, 0), dtype=torch.float64, generator=generator)
        begin, end = [len(counts.vocabulary)] * (self.n - 1), counts.encode(["</s>"])[0]
        history = begin + counts.encode(context)
        drawn: list[str] = []
        for u in numbers.tolist():
            token = self._draw(counts.context_path(history, self.n), u)
            drawn.append(counts.vocabulary[token])
            history.append(token)
            if token == end:
                history += begin
        return drawn

    def _after(self, context: Sequence[str]) -> torch.Tensor:
        return self._probabilities(self.counts.after(context))

    def _probabilities(self, events: Events) -> torch.Tensor:
        size = len(self.vocabulary)
        rows = probabilities(events, size, self.smoothing, self.alpha, self.discount)
        return rows[self.n - 1]

    def _draw(self, path: list[int], u: float) -> int:
        """Draw by inverting the distribution function, one part of the mixture after the other."""
        size = len(self.vocabulary)
        m = len(path) - 1  # the longest part of the context that occurs
        if self.smoothing in ("laplace", "lidstone"):
            added = (1.0 if self.smoothing == "laplace" else self.alpha) * size
            total = 0 if m < self.n - 1 else self._range(m, path[m])[2]
            counted = total / (total + added)
            if u < counted:
                return self._pick(m, path[m], u / counted)
            return min(int((u - counted) / (1 - counted) * size), size - 1)
        if self.smoothing == "kneser_ney":
            while m > 0:
                first, last, total = self._range(m, path[m])
                lower = self.discount * (last - first) / total
                if u < 1 - lower:
                    return self._pick(m, path[m], u / (1 - lower), self.discount)
                u, m = min((u - (1 - lower)) / lower, 1 - 1e-16), m - 1
        return self._pick(m, path[m], u)

    def _sums(self, m: int) -> Sequence[int]:
        """Return running sums of what the model counts at a level."""
        level = self.counts.levels[m]
        lower = self.smoothing == "kneser_ney" and m < self.n - 1
        return level.kinds.lists[3] if lower else level.running

    def _range(self, m: int, context: int) -> tuple[int, int, int]:
        """Return where a context's n-grams start and end, and their total count."""
        starts, sums = self.counts.levels[m].kinds.lists[1], self._sums(m)
        first, last = starts[context], starts[context + 1]
        return first, last, sums[last] - sums[first]

    def _pick(self, m: int, context: int, u: float, discount: float = 0.0) -> int:
        first, last, total = self._range(m, context)
        sums, tokens = self._sums(m), self.counts.levels[m].kinds.lists[2]
        target = u * (total - discount * (last - first))

        def mass(i: int) -> float:  # of the n-grams up to i
            return sums[i + 1] - sums[first] - discount * (i + 1 - first)

        at = bisect_right(range(first, last), target, key=mass)
        return tokens[min(first + at, last - 1)]
