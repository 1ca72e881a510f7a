"""The recursive character splitter that most retrieval libraries use."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from core.errors import InputError
from core.long_text.chunks import Chunk
from core.plain_checks import integer, short

SEPARATORS = ("\n\n", "\n", " ", "")
Span = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Piece:
    """A piece that the splitter does not cut any further.

    Attributes:
        start: Index of its first character.
        stop: Index after its last character.
        separator: The separator at which it was cut off.
        depth: Index of that separator; 0 is the coarsest.
    """

    start: int
    stop: int
    separator: str
    depth: int


@dataclass(frozen=True, slots=True)
class RecursiveSplit:
    """The chunks, and the pieces of which they are made.

    Attributes:
        chunks: The chunks, in order.
        pieces: The pieces, in order; they tile the text.
    """

    chunks: tuple[Chunk, ...]
    pieces: tuple[Piece, ...]


def recursive_chunks(
    text: str, size: int, overlap: int = 0, separators: Sequence[str] = SEPARATORS
) -> list[Chunk]:
    r"""Return the chunks of `recursive_split`; same arguments.

    Example:
        >>> [chunk.text for chunk in recursive_chunks("ab cd\n\nef", 5)]
        ['ab', 'cd', 'ef']
    """
    return list(recursive_split(text, size, overlap, separators).chunks)


def recursive_split(
    text: str, size: int, overlap: int = 0, separators: Sequence[str] = SEPARATORS
) -> RecursiveSplit:
    """Split a text at the first separator that it has, and pieces of `size` or more again.

    The algorithm and defaults of LangChain's RecursiveCharacterTextSplitter: a separator stays at
    the start of the piece after it, neighboring pieces are merged while they fit into `size`, a
    chunk repeats the last whole pieces of the one before if they fit into `overlap`, and white
    space at both ends of a merged chunk is dropped.

    Args:
        text: The text.
        size: Largest size of a chunk in characters, at least 1. Without "" among the separators a
            piece can be larger.
        overlap: Largest overlap in characters, from 0 to `size`.
        separators: From the coarsest to the finest; "" cuts between any two characters.

    Raises:
        InputError: An argument is out of range.
    """
    if not isinstance(text, str):
        raise InputError("{name} must be a text; got {got}.", name="text", got=short(text))
    integer("size", size, 1)
    integer("overlap", overlap, 0, size)
    if not separators or not all(isinstance(s, str) for s in separators):
        raise InputError(
            "separators must be texts, at least one; got {got}.", got=short(separators)
        )
    spans, pieces = _Splitter(text, size, overlap, tuple(separators)).split(0, len(text), 0)
    chunks: list[Chunk] = []
    before = 0
    for start, stop in spans:
        shared = max(0, before - start)
        chunks.append(Chunk(text[start:stop], start, stop, stop - start, shared))
        before = stop
    return RecursiveSplit(tuple(chunks), tuple(pieces))


@dataclass(frozen=True, slots=True)
class _Splitter:
    text: str
    size: int
    overlap: int
    separators: tuple[str, ...]

    def split(self, start: int, stop: int, depth: int) -> tuple[list[Span], list[Piece]]:
        """Return the chunks and pieces of a part of the text, from the separator `depth` on."""
        text, last = self.text, len(self.separators) - 1
        used = next(
            (
                d
                for d in range(depth, last + 1)
                if not self.separators[d] or text.find(self.separators[d], start, stop) >= 0
            ),
            last,
        )
        separator = self.separators[used]
        final = used == last or not separator
        chunks: list[Span] = []
        pieces: list[Piece] = []
        small: list[Span] = []
        for span in self._cut(start, stop, separator):
            whole = span[1] - span[0] < self.size
            if whole:
                small.append(span)
            else:
                chunks += self._merge(small)
                small = []
            if whole or final:
                pieces.append(Piece(*span, separator, used))
                chunks += [] if whole else [span]
            else:
                finer, parts = self.split(*span, used + 1)
                chunks += finer
                pieces += parts
        return chunks + self._merge(small), pieces

    def _cut(self, start: int, stop: int, separator: str) -> list[Span]:
        """Cut before every separator."""
        if not separator:
            return [(i, i + 1) for i in range(start, stop)]
        cuts, at = [start], self.text.find(separator, start, stop)
        while at >= 0:
            cuts.append(at)
            at = self.text.find(separator, at + len(separator), stop)
        cuts.append(stop)
        return [(a, b) for a, b in pairwise(cuts) if a < b]

    def _merge(self, pieces: list[Span]) -> list[Span]:
        """Merge neighboring pieces into chunks, and repeat the last ones as overlap."""
        chunks: list[Span] = []
        first = 0
        for i, (_start, stop) in enumerate(pieces):
            if stop - pieces[first][0] > self.size and first < i:
                chunks += self._strip(pieces[first][0], pieces[i - 1][1])
                while first < i and (
                    pieces[i - 1][1] - pieces[first][0] > self.overlap
                    or stop - pieces[first][0] > self.size
                ):
                    first += 1
        return chunks + (self._strip(pieces[first][0], pieces[-1][1]) if pieces else [])

    def _strip(self, start: int, stop: int) -> list[Span]:
        """Drop white space at both ends; nothing may be left."""
        part = self.text[start:stop]
        start += len(part) - len(part.lstrip())
        stop -= len(part) - len(part.rstrip())
        return [(start, stop)] if start < stop else []
