"""The pieces that a Unigram training starts from: all characters, and frequent substrings."""

from __future__ import annotations

from collections.abc import Mapping

from core.errors import InputError
from core.plain_checks import integer
from core.tokenizers.trained.merging import check_word_counts


def seed_vocabulary(
    word_counts: Mapping[str, int],
    max_piece_length: int = 16,
    seed_size: int | None = None,
    *,
    min_count: int = 2,
) -> dict[str, int]:
    """Return the pieces to start from: every character, and the most frequent longer substrings.

    Args:
        word_counts: how often each word occurs.
        max_piece_length: in characters.
        seed_size: keep so many pieces at most, characters always; None keeps all.
        min_count: longer substrings that occur less often are left out.

    Returns:
        How often each piece occurs: characters first, by falling count; ties in order of meeting.

    Raises:
        ValueError: a bad corpus, or a number below 1.

    Example:
        >>> seed_vocabulary({"hug": 10, "hugs": 5}, max_piece_length=2)
        {'h': 15, 'u': 15, 'g': 15, 's': 5, 'hu': 15, 'ug': 15, 'gs': 5}
    """
    counts = check_word_counts(word_counts)
    integer("max_piece_length", max_piece_length, 1)
    integer("min_count", min_count, 1)
    if seed_size is not None:
        integer("seed_size", seed_size, 1)
    found: dict[str, int] = {}
    for word, count in counts.items():
        for start in range(len(word)):
            for stop in range(start + 1, min(len(word), start + max_piece_length) + 1):
                piece = word[start:stop]
                found[piece] = found.get(piece, 0) + count
    ranked = sorted(found, key=lambda piece: -found[piece])
    characters = [piece for piece in ranked if len(piece) == 1]
    longer = [piece for piece in ranked if len(piece) > 1 and found[piece] >= min_count]
    if seed_size is not None:
        longer = longer[: max(0, seed_size - len(characters))]
    return {piece: found[piece] for piece in (*characters, *longer)}


def check_seed(seed: Mapping[str, int], word_counts: Mapping[str, int]) -> dict[str, int]:
    """Return a copy of seed pieces with counts, which must hold every character of the words."""
    try:
        checked = check_word_counts(seed)
    except ValueError as error:
        raise InputError(
            "seed must map pieces to counts of at least 1. {error}",
            error=error,
        ) from error
    missing = sorted({char for word in word_counts for char in word} - checked.keys())
    if missing:
        raise InputError(
            "seed must hold every character of the words; it lacks {count}, the first being "
            "{first!r}.",
            count=len(missing),
            first=missing[0],
        )
    return checked
