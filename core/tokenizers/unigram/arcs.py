"""A word's lattice as bare arcs, and the recursions over it: Viterbi's, forward and backward.

Training runs these for every word in every round, so they carry numbers only; what a page shows is
built from them in `core.tokenizers.unigram.lattice`.
"""

from __future__ import annotations

import math
from collections.abc import Mapping

NEVER = -math.inf
Arcs = list[list[tuple[int, float]]]  # per stop: (start, log-probability), start rising


def find_arcs(word: str, log_probs: Mapping[str, float], longest: int) -> Arcs:
    """Return the pieces that end at each position, by start, of at most `longest` characters."""
    arcs: Arcs = [[]]
    for stop in range(1, len(word) + 1):
        arcs.append(
            [
                (start, log_probs[word[start:stop]])
                for start in range(max(0, stop - longest), stop)
                if word[start:stop] in log_probs
            ]
        )
    return arcs


def best_path(length: int, arcs: Arcs) -> tuple[list[float], list[int | None]]:
    """Run Viterbi's recursion: per position the best score, and where its last piece starts."""
    scores = [0.0] + [NEVER] * length
    last: list[int | None] = [None] * (length + 1)
    for stop in range(1, length + 1):
        for start, log_prob in arcs[stop]:
            score = scores[start] + log_prob
            if score > scores[stop]:
                scores[stop] = score
                last[stop] = start
    return scores, last


def path_spans(last: list[int | None]) -> tuple[tuple[int, int], ...]:
    """Return the pieces' spans on the best path to the end, left to right."""
    spans: list[tuple[int, int]] = []
    stop = len(last) - 1
    while stop:
        start = last[stop]
        if start is None:
            return ()
        spans.append((start, stop))
        stop = start
    return tuple(reversed(spans))


def forward_backward(length: int, arcs: Arcs) -> tuple[list[float], list[float]]:
    """Return the log sums over all cuts of each prefix and of each suffix."""
    forward = forward_sums(length, arcs)
    outgoing: list[list[float]] = [[] for _ in range(length + 1)]
    backward = [NEVER] * length + [0.0]
    for stop in range(length, 0, -1):
        if stop < length:
            backward[stop] = log_sum(outgoing[stop])
        for start, log_prob in arcs[stop]:
            outgoing[start].append(log_prob + backward[stop])
    if length:
        backward[0] = log_sum(outgoing[0])
    return forward, backward


def forward_sums(length: int, arcs: Arcs) -> list[float]:
    """Return the log sums over all cuts of each prefix; the last one is the word's."""
    forward = [0.0] + [NEVER] * length
    for stop in range(1, length + 1):
        forward[stop] = log_sum([forward[start] + log_prob for start, log_prob in arcs[stop]])
    return forward


def log_sum(terms: list[float]) -> float:
    """Return log Σ exp(term), without overflow; -inf for no terms."""
    if len(terms) == 1:
        return terms[0]
    top = max(terms, default=NEVER)
    if top == NEVER:
        return NEVER
    return top + math.log(sum([math.exp(term - top) for term in terms]))
