"""What the views on BERT's two tasks are about: the training record, and pairs of sentences."""

from __future__ import annotations

from functools import cache, lru_cache
from typing import Any

import torch

from core.architectures.twins import load_record
from core.errors import InputError
from core.objectives import SentencePair, sentence_pairs, split_documents

MOST_PAIRS = 40  # pairs of sentences that are drawn


@cache
def record() -> dict[str, Any]:
    """Return the record of the training of the two networks; an error is not cached."""
    return load_record()


def last_step() -> int:
    """Return the number of updates of the training; 0 if there is no record."""
    try:
        return record()["settings"]["steps"]
    except InputError:  # The view itself says so.
        return 0


@lru_cache(64)
def pairs_of(text: str, seed: int) -> tuple[SentencePair, ...]:
    """Return at most `MOST_PAIRS` pairs of the sentences of a text."""
    generator = torch.Generator().manual_seed(seed)
    return tuple(sentence_pairs(split_documents(text[:20_000]), generator)[:MOST_PAIRS])


def pair_count(text: str, seed: int) -> int:
    """Return the number of pairs of a text; 1 if it has none."""
    try:
        return len(pairs_of(text, seed))
    except InputError:  # The view itself says so.
        return 1
