"""Find the chunks that are nearest to a question by the cosine of their embeddings."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import torch
from torch import Tensor

from core.errors import InputError
from core.lm import Encoder
from core.long_text.chunks import Chunk
from core.plain_checks import integer, short


class Embedder(Protocol):
    """A sentence encoder, such as `core.lm.Encoder`."""

    def embed(self, texts: Sequence[str], /) -> Tensor:
        """Return one embedding per text, (N, D)."""
        ...


@dataclass(frozen=True, slots=True)
class LimitedEncoder:
    """An encoder that reads at most `limit` tokens of a text, one text at a time.

    Sentence encoders truncate without a word; all-MiniLM-L6-v2 reads 256 tokens by default. One
    text at a time needs no padding and little memory.
    """

    encoder: Encoder
    limit: int = 256

    def embed(self, texts: Sequence[str], /) -> Tensor:
        """Return a vector of length 1 per text, (N, D)."""
        ids = (self.encoder.encode_limited(text, self.limit)[0] for text in texts)
        return torch.stack([self.encoder.trace(row).pooled for row in ids])


@dataclass(frozen=True, slots=True)
class Hit:
    """A chunk with its cosine to the question, from −1 to 1."""

    chunk: Chunk
    score: float


def retrieve(query: str, chunks: Sequence[Chunk], encoder: Embedder, k: int) -> list[Hit]:
    """Return the `k` chunks nearest to a question, best first; equal scores keep their order.

    Args:
        query: The question, not blank.
        chunks: The chunks.
        encoder: Embeds texts; its embeddings need not be normalized.
        k: Number of chunks, at least 1; all chunks if there are fewer.

    Raises:
        InputError: `query` is blank or `k` too small.
    """
    if not isinstance(query, str) or not query.strip():
        raise InputError("{name} must not be blank; got {got}.", name="query", got=short(query))
    integer("k", k, 1)
    if not chunks:
        return []
    scores = cosines(encoder.embed([query, *(chunk.text for chunk in chunks)]))
    order = torch.sort(scores, descending=True, stable=True).indices.tolist()
    return [Hit(chunks[i], float(scores[i])) for i in order[:k]]


def cosines(embeddings: Tensor) -> Tensor:
    """Return the cosine of the first embedding to each of the others, (N − 1,).

    Args:
        embeddings: (N, D) with N ≥ 2.
    """
    unit = torch.nn.functional.normalize(embeddings.float(), dim=-1)
    return unit[1:] @ unit[0]
