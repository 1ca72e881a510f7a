"""A corpus prepared for Unigram training: where each piece fits in each word is found once."""

from __future__ import annotations

import math
from collections.abc import Container, Mapping

from core.tokenizers.unigram.arcs import (
    NEVER,
    Arcs,
    best_path,
    find_arcs,
    forward_backward,
    forward_sums,
    path_spans,
)


class UnigramCorpus:
    """Words with the places at which pieces of a vocabulary fit; the vocabulary may only shrink."""

    def __init__(self, word_counts: Mapping[str, int], pieces: Mapping[str, float]) -> None:
        """Find every place of every piece in every word."""
        self.counts = dict(word_counts)
        longest = max(map(len, pieces), default=0)
        self.places: dict[str, list[list[tuple[int, str]]]] = {
            word: [
                [(start, word[start:stop]) for start, _ in incoming]
                for stop, incoming in enumerate(find_arcs(word, pieces, longest))
            ]
            for word in self.counts
        }

    def keep(self, pieces: Container[str]) -> None:
        """Forget the places of all other pieces."""
        self.places = {
            word: [[place for place in incoming if place[1] in pieces] for incoming in places]
            for word, places in self.places.items()
        }

    def arcs(self, word: str, log_probs: Mapping[str, float], without: str | None = None) -> Arcs:
        """Return a word's lattice under given log-probabilities, one piece left out if wanted."""
        return [
            [(start, log_probs[piece]) for start, piece in incoming if piece != without]
            for incoming in self.places[word]
        ]

    def cut(self, log_probs: Mapping[str, float]) -> tuple[float, dict[str, tuple[str, ...]]]:
        """Cut every word the best way: the loss in nats, and each word's pieces (none: no cut)."""
        losses: list[float] = []
        segmentations: dict[str, tuple[str, ...]] = {}
        for word, count in self.counts.items():
            scores, last = best_path(len(word), self.arcs(word, log_probs))
            losses.append(-count * scores[-1])
            segmentations[word] = tuple(word[start:stop] for start, stop in path_spans(last))
        return math.fsum(losses), segmentations

    def expect(self, log_probs: Mapping[str, float]) -> tuple[float, dict[str, float]]:
        """Run the E-step: return the loss summed over all cuts, and each piece's expected count."""
        expected = dict.fromkeys(log_probs, 0.0)
        losses: list[float] = []
        for word, count in self.counts.items():
            arcs = self.arcs(word, log_probs)
            forward, backward = forward_backward(len(word), arcs)
            total = forward[-1]
            losses.append(-count * total)
            if total == NEVER:
                continue
            for stop, incoming in enumerate(self.places[word]):
                rest = backward[stop] - total
                for start, piece in incoming:
                    share = math.exp(forward[start] + log_probs[piece] + rest)
                    expected[piece] += count * share
        return math.fsum(losses), expected

    def marginal_loss(self, log_probs: Mapping[str, float]) -> float:
        """Return the loss summed over all cuts: the forward half of the E-step."""
        return math.fsum(
            -count * forward_sums(len(word), self.arcs(word, log_probs))[-1]
            for word, count in self.counts.items()
        )
