"""Long texts: chunks, retrieval, the cost of attention, and a sliding window with sinks."""

from __future__ import annotations

from core.long_text.chunks import UNITS, Chunk, Cuts, chunk_text, cuts_of
from core.long_text.cost import attention_pairs, tokens_in_cache
from core.long_text.recorded import PRINTED_PERPLEXITY, RecordedRun, SinksRecord, sinks_record
from core.long_text.recursive import (
    SEPARATORS,
    Piece,
    RecursiveSplit,
    recursive_chunks,
    recursive_split,
)
from core.long_text.retrieval import Embedder, Hit, LimitedEncoder, cosines, retrieve
from core.long_text.spans import Span, broken, cuts_inside, holders, span_of, touched, units_of

__all__ = [
    "PRINTED_PERPLEXITY",
    "SEPARATORS",
    "UNITS",
    "Chunk",
    "Cuts",
    "Embedder",
    "Hit",
    "LimitedEncoder",
    "Piece",
    "RecordedRun",
    "RecursiveSplit",
    "SinksRecord",
    "Span",
    "attention_pairs",
    "broken",
    "chunk_text",
    "cosines",
    "cuts_inside",
    "cuts_of",
    "holders",
    "recursive_chunks",
    "recursive_split",
    "retrieve",
    "sinks_record",
    "span_of",
    "tokens_in_cache",
    "touched",
    "units_of",
]
