"""Cut a text into chunks of at most so many units, with overlap."""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import accumulate

from core.errors import InputError
from core.plain_checks import choice, integer, short

UNITS = ("characters", "words", "sentences", "paragraphs", "tokens")
Encode = Callable[[str], Sequence[int] | Sequence[str] | Sequence[bytes]]

#: A unit owns the white space after it, so that the units together are the text.
_PATTERNS = {
    "words": re.compile(r"\s*\S+\s*|\s+"),
    "sentences": re.compile(
        r".+?(?:[.!?…]+[\"'”’)\]]*(?=\s|\Z)\s*|[。！？]+[”’」』）]*\s*|\n\s*\n\s*|\Z)", re.DOTALL
    ),
    "paragraphs": re.compile(r".+?(?:\n\s*\n\s*|\Z)", re.DOTALL),
}
_AHEAD = 64  # characters after a place that decide where its token ends


@dataclass(frozen=True, slots=True)
class Chunk:
    """A chunk of a text.

    Attributes:
        text: Exactly the original's characters from `start` to `stop`.
        start: Index of the first character.
        stop: Index after the last character.
        size: Number of units in the chunk.
        overlap: Number of units that it really shares with the chunk before it.
    """

    text: str
    start: int
    stop: int
    size: int
    overlap: int


@dataclass(frozen=True, slots=True)
class Cuts:
    """The places where a text may be cut.

    Attributes:
        places: Character indices, ascending, from 0 to the length of the text.
        units: Number of units before each place. A character of several tokens is not cut, so
            neighbors may differ by more than 1.
    """

    places: tuple[int, ...]
    units: tuple[int, ...]


def chunk_text(
    text: str, size: int, overlap: int = 0, unit: str = "characters", encode: Encode | None = None
) -> list[Chunk]:
    """Cut a text into chunks of at most `size` units that share up to `overlap` units.

    Together the chunks cover the text. A unit that alone is larger than `size` (one character of
    several tokens) is not cut: its chunk is larger than the limit.

    Args:
        text: The text; "" gives no chunk.
        size: Largest size of a chunk in units, at least 1.
        overlap: Units that a chunk repeats from the one before, from 0 to `size` − 1.
        unit: One of `UNITS`. White space belongs to the unit before it.
        encode: Tokenizer for unit "tokens": returns a text's token ids, or its tokens as text or
            bytes, which is faster.

    Returns:
        The chunks in order.

    Raises:
        InputError: An argument is out of range, or `encode` is missing or loses text.
    """
    integer("size", size, 1)
    integer("overlap", overlap, 0, size - 1)
    cuts = cuts_of(text, unit, encode)
    places, units = cuts.places, cuts.units
    chunks: list[Chunk] = []
    first, before, last = 0, 0, len(places) - 1
    while before < last:
        while first < before and units[before + 1] - units[first] > size:
            first += 1  # A character of several tokens leaves less room for the overlap.
        end = max(bisect_right(units, units[first] + size) - 1, before + 1)
        shared = units[before] - units[first]
        start, stop = places[first], places[end]
        chunks.append(Chunk(text[start:stop], start, stop, units[end] - units[first], shared))
        first, before = max(bisect_left(units, units[end] - overlap), first + 1), end
    return chunks


def cuts_of(text: str, unit: str, encode: Encode | None = None) -> Cuts:
    """Return the places where a text may be cut; arguments and errors as in `chunk_text`."""
    if not isinstance(text, str):
        raise InputError("{name} must be a text; got {got}.", name="text", got=short(text))
    choice("unit", unit, UNITS)
    if unit == "characters":
        places = tuple(range(len(text) + 1))
        return Cuts(places, places)
    if unit == "tokens":
        if encode is None:
            raise InputError("encode must be a tokenizer's function for the unit 'tokens'.")
        return _token_cuts(text, encode)
    ends = (0, *(match.end() for match in _PATTERNS[unit].finditer(text)))
    return Cuts(ends, tuple(range(len(ends))))


def _token_cuts(text: str, encode: Encode) -> Cuts:
    """Return the ends of tokens; a character of several tokens has one end."""
    tokens = encode(text) if text else []
    if tokens and isinstance(tokens[0], int):
        found = list(_ends_by_encoding(text, encode))
    else:
        raw = [t.encode() if isinstance(t, str) else t for t in tokens if not isinstance(t, int)]
        data = text.encode("utf-8", "surrogatepass")
        if b"".join(raw) != data:
            raise InputError("encode must return tokens that together are the text.")
        at = {b: i for i, b in enumerate(accumulate(_byte_lengths(text), initial=0))}
        found = [(at[b], n) for n, b in enumerate(accumulate(map(len, raw)), 1) if b in at]
    ends = {0: 0} | dict(found)
    return Cuts(tuple(ends), tuple(ends.values()))


def _byte_lengths(text: str) -> Iterator[int]:
    return (len(character.encode("utf-8", "surrogatepass")) for character in text)


def _ends_by_encoding(text: str, encode: Encode) -> Iterator[tuple[int, int]]:
    """Find where tokens end when only ids are known.

    A token ends where the text up to there encodes to the first ids of the longer text.
    """
    start = count = 0
    while start < len(text):
        ahead = text[start : start + _AHEAD]
        ids = list(encode(ahead))
        for length in range(1, len(ahead) + 1):
            head = list(encode(ahead[:length]))
            if head and head == ids[: len(head)]:
                break
        else:
            head, length = ids, len(ahead)
        start, count = start + length, count + len(head)
        yield start, count
