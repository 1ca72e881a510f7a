"""The lattice of all ways to cut a word into pieces: Viterbi's best path, and the sum over paths.

Kudo 2018, "Subword Regularization", section 3.2: the probability of a segmentation is the product
of its pieces' probabilities. All logarithms are natural. Position i is the gap before character i.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

from core.errors import InputError
from core.plain_checks import integer, short
from core.tokenizers.alphabet import check_text
from core.tokenizers.unigram.arcs import (
    NEVER,
    Arcs,
    best_path,
    find_arcs,
    forward_backward,
    path_spans,
)

LARGEST = 2**53  # whole numbers beyond this are not exact as floats


@dataclass(frozen=True, slots=True)
class Edge:
    """A piece of the vocabulary at a place in the word: an arrow from `start` to `stop`."""

    start: int
    stop: int
    piece: str
    log_prob: float
    best: bool  # on Viterbi's path
    unknown: bool = False  # stands in for a character that no piece covers


@dataclass(frozen=True, slots=True)
class PrefixBest:
    """The best cut of the first `stop` characters: its log-probability, and its last piece.

    `start` and `piece` are None at position 0 and where no cut exists (`log_prob` is -inf).
    """

    stop: int
    log_prob: float
    start: int | None
    piece: str | None


@dataclass(frozen=True, slots=True)
class UnigramLattice:
    """A word's lattice with Viterbi's path. No path: `tokens` is empty, `log_prob` is -inf.

    `best` has one entry a prefix, from length 0 to the whole word; `edges` run by stop, then start.
    """

    word: str
    tokens: tuple[str, ...]
    log_prob: float
    spans: tuple[tuple[int, int], ...]
    best: tuple[PrefixBest, ...]
    edges: tuple[Edge, ...]


@dataclass(frozen=True, slots=True)
class Posterior:
    """The sum over all paths of a word's lattice.

    `forward[i]` is the log of the summed probability of all cuts of the first i characters,
    `backward[i]` of the rest; `log_prob` is of the whole word. `edge_probs` follow `edges`: the
    share of the paths, by probability, that use that edge. `expected` sums them by piece.
    """

    word: str
    log_prob: float
    forward: tuple[float, ...]
    backward: tuple[float, ...]
    edges: tuple[Edge, ...]
    edge_probs: tuple[float, ...]
    expected: dict[str, float]


@dataclass(frozen=True, slots=True)
class Segmentation:
    """One way to cut a word, with its log-probability."""

    tokens: tuple[str, ...]
    log_prob: float


def viterbi(word: str, log_probs: Mapping[str, float]) -> UnigramLattice:
    """Return the most probable way to cut a word, and the whole lattice that it was chosen from.

    Args:
        word: any text. An empty word has the empty cut, log-probability 0.
        log_probs: the log-probability of each piece, in nats; -inf bars a piece.

    Returns:
        The lattice. Of equally probable cuts the one with the longer last piece wins. A word with
        a character that no piece covers has no cut.

    Raises:
        ValueError: `word` is not text, or a log-probability is NaN or +inf.

    Example:
        >>> lattice = viterbi("hugs", {"hug": -1.0, "s": -2.0, "h": -1.5, "ug": -1.0, "gs": -3.0})
        >>> lattice.tokens, lattice.log_prob
        (('hug', 's'), -3.0)
    """
    check_text("word", word)
    arcs = find_arcs(word, log_probs, check_log_probs(log_probs))
    return build_lattice(word, arcs)


def build_lattice(
    word: str, arcs: Arcs, unknown: frozenset[tuple[int, int]] = frozenset()
) -> UnigramLattice:
    """Run Viterbi over arcs that are already found; `unknown` are the spans of stand-ins."""
    scores, last = best_path(len(word), arcs)
    spans = path_spans(last) if scores[-1] > NEVER else ()
    chosen = set(spans)
    best = tuple(
        PrefixBest(stop, score, start, None if start is None else word[start:stop])
        for stop, (score, start) in enumerate(zip(scores, last, strict=True))
    )
    edges = tuple(
        Edge(
            start,
            stop,
            word[start:stop],
            log_prob,
            best=(start, stop) in chosen,
            unknown=(start, stop) in unknown,
        )
        for stop, incoming in enumerate(arcs)
        for start, log_prob in incoming
    )
    tokens = tuple(word[start:stop] for start, stop in spans)
    return UnigramLattice(word, tokens, scores[-1], spans, best, edges)


def posterior(word: str, log_probs: Mapping[str, float]) -> Posterior:
    """Return the posterior probability of each edge over all cuts of the word: forward-backward.

    Args:
        word: any text.
        log_probs: the log-probability of each piece, in nats.

    Returns:
        Forward and backward sums, each edge's posterior probability, and the expected number of
        times that each piece is used. A word that cannot be cut has log_prob -inf and zeros.

    Example:
        >>> result = posterior("ab", {"a": math.log(0.5), "b": math.log(0.4), "ab": math.log(0.1)})
        >>> round(math.exp(result.log_prob), 6), round(result.expected["ab"], 6)
        (0.3, 0.333333)
    """
    lattice = viterbi(word, log_probs)
    arcs = find_arcs(word, log_probs, max(map(len, log_probs), default=0))
    forward, backward = forward_backward(len(word), arcs)
    total = forward[-1]
    shares: list[float] = []
    expected: dict[str, float] = {}
    for edge in lattice.edges:
        path = forward[edge.start] + edge.log_prob + backward[edge.stop]
        share = math.exp(path - total) if path > NEVER else 0.0
        shares.append(share)
        expected[edge.piece] = expected.get(edge.piece, 0.0) + share
    return Posterior(
        word, total, tuple(forward), tuple(backward), lattice.edges, tuple(shares), expected
    )


def best_segmentations(
    word: str, log_probs: Mapping[str, float], count: int = 10
) -> tuple[Segmentation, ...]:
    """Return the `count` most probable ways to cut a word, best first (fewer when there are fewer).

    Args:
        word: any text.
        log_probs: the log-probability of each piece, in nats.
        count: how many, 1 to 100.

    Returns:
        Segmentations by falling log-probability.

    Example:
        >>> [s.tokens for s in best_segmentations("ab", {"a": -1.0, "b": -1.0, "ab": -3.0})]
        [('a', 'b'), ('ab',)]
    """
    check_text("word", word)
    integer("count", count, 1, 100)
    arcs = find_arcs(word, log_probs, check_log_probs(log_probs))
    # Per position the best entries (score, start of the last piece, which entry there).
    ranked: list[list[tuple[float, int, int]]] = [[(0.0, 0, 0)]]
    for stop in range(1, len(word) + 1):
        entries = [
            (score + log_prob, start, place)
            for start, log_prob in arcs[stop]
            if log_prob > NEVER
            for place, (score, _, _) in enumerate(ranked[start])
        ]
        entries.sort(key=lambda entry: -entry[0])
        ranked.append(entries[:count])
    found: list[Segmentation] = []
    for place, (score, _, _) in enumerate(ranked[-1]):
        tokens: list[str] = []
        stop, at = len(word), place
        while stop:
            _, start, at = ranked[stop][at]
            tokens.append(word[start:stop])
            stop = start
        found.append(Segmentation(tuple(reversed(tokens)), score))
    return tuple(found)


def check_log_probs(log_probs: Mapping[str, float]) -> int:
    """Refuse what is not a table of log-probabilities; return the longest piece's length."""
    if not isinstance(log_probs, Mapping):
        raise InputError(
            "log_probs must map pieces to numbers; got {got}.",
            got=short(log_probs),
        )
    longest = 0
    for piece, value in log_probs.items():
        if not isinstance(piece, str) or not piece:
            raise InputError(
                "log_probs must have pieces of text as keys; got {got}.",
                got=short(piece),
            )
        if (
            isinstance(value, bool)
            or not isinstance(value, (int, float))
            or not value < math.inf  # also refuses NaN
            or (isinstance(value, int) and abs(value) > LARGEST)
        ):
            raise InputError(
                "log_probs[{piece}] must be a log-probability below infinity; got {got}.",
                piece=short(piece),
                got=short(value),
            )
        longest = max(longest, len(piece))
    return longest
