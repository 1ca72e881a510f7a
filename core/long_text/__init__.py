"""Long texts: chunks, retrieval, the cost of attention, and a sliding window with sinks."""

from __future__ import annotations

from core.long_text.chunks import UNITS, Chunk, Cuts, chunk_text, cuts_of
from core.long_text.cost import attention_pairs, tokens_in_cache
from core.long_text.recursive import (
    SEPARATORS,
    Piece,
    RecursiveSplit,
    recursive_chunks,
    recursive_split,
)
from core.long_text.retrieval import Embedder, Hit, cosines, retrieve

__all__ = [
    "SEPARATORS",
    "UNITS",
    "Chunk",
    "Cuts",
    "Embedder",
    "Hit",
    "Piece",
    "RecursiveSplit",
    "attention_pairs",
    "chunk_text",
    "cosines",
    "cuts_of",
    "recursive_chunks",
    "recursive_split",
    "retrieve",
    "tokens_in_cache",
]
