"""Encode with a trained Unigram: the best cut of a text, unknown characters included."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from core.tokenizers.alphabet import check_text
from core.tokenizers.unigram.arcs import NEVER, find_arcs
from core.tokenizers.unigram.lattice import UnigramLattice, build_lattice, check_log_probs

UNKNOWN_PENALTY = 10.0  # nats below the least probable piece: SentencePiece's kUnkPenalty


@dataclass(frozen=True, slots=True)
class UnigramEncoding:
    """A text cut by a Unigram vocabulary; neighboring unknown characters make one token.

    `unknown` marks those tokens, `spans` are in characters. In `lattice` each unknown character has
    an edge of its own, marked `unknown`.
    """

    word: str
    tokens: tuple[str, ...]
    unknown: tuple[bool, ...]
    spans: tuple[tuple[int, int], ...]
    lattice: UnigramLattice


def encode_unigram(
    word: str, log_probs: Mapping[str, float], unk: str = "[UNK]"
) -> UnigramEncoding:
    """Cut a text the most probable way; a character without a piece of its own may be unknown.

    Args:
        word: any text; it is not split at spaces.
        log_probs: the log-probability of each piece, in nats.
        unk: the token for unknown characters. One costs 10 nats more than the least probable
            piece, as in SentencePiece, so that it is used only where nothing else fits.

    Returns:
        Tokens with spans, and the lattice.

    Raises:
        ValueError: `word` is not text, or a log-probability is NaN or +inf.

    Example:
        >>> encode_unigram("hug!?", {"hug": -1.0, "h": -3.0, "u": -3.0, "g": -3.0}).tokens
        ('hug', '[UNK]')
    """
    check_text("word", word)
    longest = check_log_probs(log_probs)
    return encode_known(word, log_probs, longest, unknown_score(log_probs), unk)


def unknown_score(log_probs: Mapping[str, float]) -> float:
    """Return the score of an unknown character: 10 nats below the least probable piece."""
    finite = (value for value in log_probs.values() if value > NEVER)
    return min(finite, default=0.0) - UNKNOWN_PENALTY


def encode_known(
    word: str,
    log_probs: Mapping[str, float],
    longest: int,
    unknown_score: float,
    unk: str | None,
    unknown_piece: str | None = None,
) -> UnigramEncoding:
    """Encode with a table already checked. `unk` None keeps the unknown text itself.

    `unknown_piece` is a piece of the table that means "unknown" when a text happens to spell it.
    """
    arcs = find_arcs(word, log_probs, longest)
    stand_ins: set[tuple[int, int]] = set()
    for stop in range(1, len(word) + 1):
        if not any(start == stop - 1 for start, _ in arcs[stop]):
            arcs[stop].append((stop - 1, unknown_score))
            stand_ins.add((stop - 1, stop))
    if unknown_piece is not None:
        start = word.find(unknown_piece)
        while start >= 0:
            stand_ins.add((start, start + len(unknown_piece)))
            start = word.find(unknown_piece, start + 1)
    lattice = build_lattice(word, arcs, frozenset(stand_ins))
    spans: list[tuple[int, int]] = []
    unknown: list[bool] = []
    for span in lattice.spans:
        if span in stand_ins and unknown and unknown[-1]:
            spans[-1] = (spans[-1][0], span[1])
        else:
            spans.append(span)
            unknown.append(span in stand_ins)
    tokens = tuple(
        unk if stands_in and unk is not None else word[start:stop]
        for (start, stop), stands_in in zip(spans, unknown, strict=True)
    )
    return UnigramEncoding(word, tokens, tuple(unknown), tuple(spans), lattice)
