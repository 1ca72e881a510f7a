"""What the cuts do to a text: which of its parts no chunk holds whole."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence
from itertools import pairwise

from core.errors import InputError
from core.long_text.chunks import Chunk, cuts_of
from core.plain_checks import short

Span = tuple[int, int]


def units_of(text: str, unit: str) -> list[Span]:
    """Return the places [start, stop) of a text's units, without the white space around them.

    Args:
        text: The text.
        unit: "characters", "words", "sentences" or "paragraphs".
    """
    places = cuts_of(text, unit).places
    spans = []
    for start, stop in pairwise(places):
        part = text[start:stop]
        span = start + len(part) - len(part.lstrip()), stop - (len(part) - len(part.rstrip()))
        if span[0] < span[1]:
            spans.append(span)
    return spans


def holders(chunks: Sequence[Chunk], span: Span) -> tuple[int, ...]:
    """Return the indices of the chunks that hold all characters of a span [start, stop)."""
    return tuple(i for i, c in enumerate(chunks) if c.start <= span[0] and span[1] <= c.stop)


def touched(chunks: Sequence[Chunk], span: Span) -> tuple[int, ...]:
    """Return the indices of the chunks that hold at least one character of a span."""
    return tuple(i for i, c in enumerate(chunks) if c.start < span[1] and span[0] < c.stop)


def broken(spans: Sequence[Span], chunks: Sequence[Chunk]) -> list[Span]:
    """Return the spans that no chunk holds whole.

    Args:
        spans: Places [start, stop), in order.
        chunks: Chunks in order of their starts and stops.
    """
    found, at = [], 0
    for start, stop in spans:
        # The last chunk that starts at or before the span reaches furthest of those.
        while at + 1 < len(chunks) and chunks[at + 1].start <= start:
            at += 1
        if not chunks or not (chunks[at].start <= start and stop <= chunks[at].stop):
            found.append((start, stop))
    return found


def cuts_inside(spans: Sequence[Span], chunks: Sequence[Chunk]) -> int:
    """Return how many different ends of chunks lie inside a span.

    Args:
        spans: Places [start, stop), in order, that do not overlap.
        chunks: The chunks.
    """
    starts = [start for start, _stop in spans]
    count = 0
    for cut in {end for chunk in chunks for end in (chunk.start, chunk.stop)}:
        at = bisect_left(starts, cut) - 1
        count += at >= 0 and cut < spans[at][1]
    return count


def span_of(text: str, part: str) -> Span | None:
    """Return the first place of a part in a text, without regard to case; None if it is absent."""
    if not isinstance(part, str):
        raise InputError("{name} must be a text; got {got}.", name="part", got=short(part))
    part = part.strip()
    if not part:
        return None
    at = text.find(part)
    if at < 0:
        at = text.lower().find(part.lower())
        # Lower case may change a text's length ("İ"); then only the exact search counts.
        if at < 0 or len(text.lower()) != len(text):
            return None
    return at, at + len(part)
