"""The text, its cuts and its chunks: what the views of chunks and retrieval share."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

from core import long_text as core
from pages.long_text import controls
from ui import models


@dataclass(frozen=True, slots=True)
class Cutting:
    """A text with its chunks.

    Attributes:
        text: The text.
        chunks: Its chunks.
        size: The size that was asked for, in units.
        overlap: The overlap that was asked for, in units.
        inside_words: Number of ends of chunks that lie inside a word.
        sentences: Places of the sentences that no chunk holds whole.
        all_sentences: Number of sentences in the text.
    """

    text: str
    chunks: tuple[core.Chunk, ...]
    size: int
    overlap: int
    inside_words: int
    sentences: tuple[core.Span, ...]
    all_sentences: int


def current() -> Cutting:
    """Return the current text's chunks."""
    method = controls.method.value
    size = controls.sizes[method].value
    return cut(controls.text.value, method, size, size * controls.overlap.value // 100)


@lru_cache(maxsize=128)
def cut(text: str, method: str, size: int, overlap: int) -> Cutting:
    """Return a text's chunks."""
    if method == "recursive":
        chunks = tuple(core.recursive_chunks(text, size, overlap))
    else:
        chunks = tuple(core.chunk_text(text, size, overlap, method, token_bytes))
    words, sentences = units(text, "words"), units(text, "sentences")
    return Cutting(
        text,
        chunks,
        size,
        overlap,
        core.cuts_inside(words, chunks),
        tuple(core.broken(sentences, chunks)),
        len(sentences),
    )


@lru_cache(maxsize=64)
def units(text: str, unit: str) -> tuple[core.Span, ...]:
    """Return the places of a text's words or sentences."""
    return tuple(core.units_of(text, unit))


@lru_cache(maxsize=32)
def token_bytes(text: str) -> tuple[bytes, ...]:
    """Return the bytes of the language model's tokens of a text."""
    model = models.language_model()
    return tuple(model.token_bytes(i) for i in model.encode(text))


def unit_name() -> str:
    """Return the name of the unit in which sizes count, in the visitor's language."""
    method = controls.method.value
    return controls.method.names["characters" if method == "recursive" else method]
