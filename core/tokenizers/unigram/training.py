"""Unigram: start from too many pieces, fit their probabilities by EM, prune the least useful.

Kudo 2018, "Subword Regularization", section 3.2. Losses are negative log-likelihoods in nats, every
word as often as it occurs. Two are computed: `loss` takes each word's best cut (Viterbi),
`marginal_loss` sums over all its cuts; each iteration of EM lowers the second.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

from core.errors import InputError
from core.plain_checks import integer, number
from core.tokenizers.trained.merging import check_word_counts
from core.tokenizers.unigram.arcs import best_path
from core.tokenizers.unigram.corpus import UnigramCorpus
from core.tokenizers.unigram.lattice import (
    check_log_probs,
)
from core.tokenizers.unigram.seed import check_seed, seed_vocabulary

# No piece's expected count falls below this in the M-step, so that a single character that other
# pieces make superfluous keeps a finite log-probability for the day those pieces are pruned.
MIN_EXPECTED = 1e-10


@dataclass(frozen=True, slots=True)
class EMIteration:
    """One iteration: the E-step under the old probabilities, the M-step's new ones.

    `marginal_loss` and `expected` (counts, by piece) belong to the old; `log_probs` is the new.
    """

    marginal_loss: float
    expected: dict[str, float]
    log_probs: dict[str, float]


@dataclass(frozen=True, slots=True)
class UnigramStep:
    """One round: EM, then the pieces that went. The last round prunes nothing.

    `log_probs`, `loss`, `marginal_loss`, `segmentations` and `deltas` are from after the EM and
    before the pruning; `loss_after` is the loss right after it, the others' log_probs unchanged.
    """

    index: int
    vocab_size: int
    em: tuple[EMIteration, ...]
    log_probs: dict[str, float]
    loss: float
    marginal_loss: float
    segmentations: dict[str, tuple[str, ...]]
    corpus_length: int
    deltas: dict[str, float]
    pruned: tuple[str, ...]
    loss_after: float


@dataclass(frozen=True, slots=True)
class UnigramTraining:
    """A trained Unigram: the seed pieces with their counts, the rounds, the final probabilities.

    `vocab` runs from the most to the least probable piece. It has `vocab_size` pieces, or all seed
    pieces where there were fewer.
    """

    word_counts: dict[str, int]
    seed_counts: dict[str, int]
    steps: tuple[UnigramStep, ...]
    log_probs: dict[str, float]
    vocab: tuple[str, ...]

    @property
    def curve(self) -> tuple[tuple[int, int], ...]:
        """Return (vocabulary size, corpus tokens) of each round, the vocabulary shrinking."""
        return tuple((step.vocab_size, step.corpus_length) for step in self.steps)


def unigram_loss(word_counts: Mapping[str, int], log_probs: Mapping[str, float]) -> float:
    """Return the negative log-likelihood of a corpus, each word cut the best way.

    Args:
        word_counts: how often each word occurs.
        log_probs: the log-probability of each piece, in nats.

    Returns:
        Σ count · (−log-probability of the word's best cut), in nats; inf when a word has none.

    Raises:
        ValueError: a bad corpus, or a log-probability that is NaN or +inf.

    Example:
        >>> unigram_loss({"hug": 2, "pug": 1}, {"h": -2.0, "p": -3.0, "ug": -1.0})
        10.0
    """
    check_log_probs(log_probs)
    return UnigramCorpus(check_word_counts(word_counts), log_probs).cut(log_probs)[0]


def removal_deltas(
    word_counts: Mapping[str, int],
    log_probs: Mapping[str, float],
    *,
    corpus: UnigramCorpus | None = None,
    segmentations: Mapping[str, tuple[str, ...]] | None = None,
) -> dict[str, float]:
    """Return by how much the loss rises when each piece is removed and the others stay.

    Args:
        word_counts: how often each word occurs.
        log_probs: the log-probability of each piece, in nats.
        corpus: these words, already prepared for these pieces; None prepares them.
        segmentations: the best cut of each word, if already known.

    Returns:
        A number of nats for every piece: 0 where no best cut uses it (or an equally good cut
        avoids it), inf where a word could not be cut any more. Words that cannot be cut even with
        it add nothing.

    Raises:
        ValueError: a bad corpus, or a log-probability that is NaN or +inf.

    Example:
        >>> removal_deltas({"hug": 2}, {"h": -2.0, "ug": -1.0, "u": -1.5, "g": -1.5})
        {'h': inf, 'ug': 4.0, 'u': 0.0, 'g': 0.0}
    """
    if corpus is None:
        check_log_probs(log_probs)
        corpus = UnigramCorpus(check_word_counts(word_counts), log_probs)
    if segmentations is None:
        segmentations = corpus.cut(log_probs)[1]
    deltas = dict.fromkeys(log_probs, 0.0)
    for word, tokens in segmentations.items():
        before = math.fsum(log_probs[token] for token in tokens)
        for piece in dict.fromkeys(tokens):  # a word whose best cut lacks the piece loses nothing
            after = best_path(len(word), corpus.arcs(word, log_probs, without=piece))[0][-1]
            # An equally good cut may differ by rounding; the loss never falls.
            deltas[piece] += corpus.counts[word] * max(0.0, before - after)
    return deltas


def train_unigram(
    word_counts: Mapping[str, int],
    vocab_size: int,
    shrink: float = 0.2,
    *,
    max_piece_length: int = 16,
    seed_size: int | None = None,
    min_count: int = 2,
    em_iterations: int = 2,
    seed: Mapping[str, int] | None = None,
    smaller: UnigramTraining | None = None,
) -> UnigramTraining:
    """Fit a Unigram vocabulary: EM, prune the least missed pieces, again until it is small enough.

    Args:
        word_counts: how often each word occurs, at least 1.
        vocab_size: pieces to end with; single characters are never pruned, so at least as many.
        shrink: the share of the pieces that one round prunes (0.1 to 0.2 is usual).
        max_piece_length: of the seed pieces, in characters.
        seed_size: seed pieces at most; None takes all.
        min_count: of the seed pieces longer than a character.
        em_iterations: EM iterations in each round.
        seed: pieces with counts to start from instead; it must hold every character of the words.
        smaller: a training that ended with fewer pieces; its rounds are taken over where they are
            the same, so that the result comes sooner. Of another corpus or seed it is left alone.

    Returns:
        The rounds with every intermediate, and the final log-probabilities (their exponentials
        sum to 1). The M-step is plain maximum likelihood, without SentencePiece's digamma.

    Raises:
        ValueError: a bad corpus, a vocab_size below the number of characters, shrink outside
            (0, 1), or a seed that lacks a character.

    Example:
        >>> training = train_unigram({"hug": 10, "pug": 5, "hugs": 5}, vocab_size=6)
        >>> sorted(training.vocab)
        ['g', 'h', 'hug', 'p', 's', 'u']
    """
    counts = check_word_counts(word_counts)
    number("shrink", shrink, 0, 1, low_open=True, high_open=True)
    integer("em_iterations", em_iterations, 1)
    if seed is None:
        seed_counts = seed_vocabulary(counts, max_piece_length, seed_size, min_count=min_count)
    else:
        seed_counts = check_seed(seed, counts)
    characters = sum(len(piece) == 1 for piece in seed_counts)
    integer("vocab_size", vocab_size)
    if vocab_size < characters:
        raise InputError(
            "vocab_size must be at least {characters}, the number of distinct "
            "characters, which are never pruned; got {vocab_size}.",
            characters=characters,
            vocab_size=vocab_size,
        )
    total = sum(seed_counts.values())
    log_probs = {piece: math.log(count / total) for piece, count in seed_counts.items()}
    steps: list[UnigramStep] = []
    if smaller is not None and (smaller.word_counts, smaller.seed_counts) == (counts, seed_counts):
        steps = same_rounds(smaller, vocab_size, shrink, em_iterations)
    if steps:
        log_probs = without(steps[-1].log_probs, steps[-1].pruned)
    corpus = UnigramCorpus(counts, log_probs)
    while True:
        iterations: list[EMIteration] = []
        for _ in range(em_iterations):
            marginal_loss, expected = corpus.expect(log_probs)
            log_probs = maximize(expected)
            iterations.append(EMIteration(marginal_loss, expected, log_probs))
        loss, segmentations = corpus.cut(log_probs)
        deltas = removal_deltas(counts, log_probs, corpus=corpus, segmentations=segmentations)
        pruned = least_missed(deltas, log_probs, to_prune(len(log_probs), vocab_size, shrink))
        kept = without(log_probs, pruned)
        fitted = log_probs
        marginal_loss = corpus.marginal_loss(fitted)
        corpus.keep(kept)
        steps.append(
            UnigramStep(
                index=len(steps),
                vocab_size=len(fitted),
                em=tuple(iterations),
                log_probs=fitted,
                loss=loss,
                marginal_loss=marginal_loss,
                segmentations=segmentations,
                corpus_length=sum(
                    counts[word] * len(tokens) for word, tokens in segmentations.items()
                ),
                deltas=deltas,
                pruned=pruned,
                loss_after=corpus.cut(kept)[0] if pruned else loss,
            )
        )
        if not pruned:
            break
        log_probs = kept
    vocab = tuple(sorted(log_probs, key=lambda piece: -log_probs[piece]))
    return UnigramTraining(counts, seed_counts, tuple(steps), log_probs, vocab)


def to_prune(size: int, vocab_size: int, shrink: float) -> int:
    """Return how many pieces a round prunes: its share, at least 1, down to `vocab_size`."""
    return max(0, min(size - vocab_size, max(1, int(shrink * size))))


def same_rounds(
    training: UnigramTraining, vocab_size: int, shrink: float, em_iterations: int
) -> list[UnigramStep]:
    """Return the rounds that a training to a larger vocabulary shares, up to the last full pruning.

    A round with another number of EM iterations or of pruned pieces ends the list, so a training
    with other settings gives none.
    """
    same: list[UnigramStep] = []
    for step in training.steps:
        wanted = to_prune(step.vocab_size, vocab_size, shrink)
        if not wanted or wanted != len(step.pruned) or em_iterations != len(step.em):
            break
        same.append(step)
    return same


def maximize(expected: Mapping[str, float]) -> dict[str, float]:
    """Run the M-step: each piece's share of the expected counts, as a log-probability."""
    floored = {piece: max(count, MIN_EXPECTED) for piece, count in expected.items()}
    total = math.fsum(floored.values())
    return {piece: math.log(count / total) for piece, count in floored.items()}


def least_missed(
    deltas: Mapping[str, float], log_probs: Mapping[str, float], count: int
) -> tuple[str, ...]:
    """Return the pieces longer than a character whose removal costs least, cheapest first.

    Equal costs go by probability, the rarer first, then by spelling.
    """
    candidates = [piece for piece in deltas if len(piece) > 1]
    candidates.sort(key=lambda piece: (deltas[piece], log_probs[piece], piece))
    return tuple(candidates[:count])


def without(log_probs: Mapping[str, float], pruned: tuple[str, ...]) -> dict[str, float]:
    """Return a copy of a table without some pieces."""
    gone = set(pruned)
    return {piece: value for piece, value in log_probs.items() if piece not in gone}
