"""N-gram counts of every length up to n, in sorted tensors.

A context of m tokens is a number: its leftmost token and the number of the m - 1 tokens after it
form a key, and the context's number is the key's place in a sorted list. A lookup is then a binary
search, for one token as for a whole text at once.
"""

from __future__ import annotations

from array import array
from bisect import bisect_left
from dataclasses import dataclass, replace
from functools import cached_property

import torch
from torch import Tensor


@dataclass(frozen=True, eq=False)
class NGrams:
    """The distinct n-grams of length m + 1. C contexts of m tokens, U n-grams; all int64.

    Attributes:
        contexts: (C,) sorted keys: leftmost token · (contexts of m - 1 tokens) + the number of the
            rest; [0] for m = 0.
        ngrams: (U,) sorted keys: number of the context · base + token.
        starts: (C + 1,) n-grams starts[c] … starts[c + 1] - 1 belong to context c.
        before: (U,) number of distinct tokens before the n-gram: its continuation count. Empty for
            the longest n-grams.
        tokens: (U,) the last token of each n-gram.
    """

    contexts: Tensor
    ngrams: Tensor
    starts: Tensor
    before: Tensor
    tokens: Tensor

    @cached_property
    def lists(self) -> tuple[array[int], array[int], array[int], array[int]]:
        """Return contexts, starts, tokens and running sums of `before`, for scalar lookups."""
        sums = running_sums(self.before)
        return _array(self.contexts), _array(self.starts), _array(self.tokens), _array(sums)


@dataclass(frozen=True, eq=False)
class Level:
    """N-grams of one length with their counts (U,)."""

    kinds: NGrams
    counts: Tensor

    @cached_property
    def running(self) -> array[int]:
        """Return the running sums of the counts: 0, c₁, c₁ + c₂, …"""
        return _array(running_sums(self.counts))


def build_levels(flat: Tensor, places: Tensor, n: int, base: int) -> tuple[Level, ...]:
    """Count the n-grams that end at the given places.

    Args:
        flat: All sentences, with n - 1 "<s>" in front of each and "</s>" behind, int64.
        places: Indices in `flat` of the tokens to predict.
        n: Longest length.
        base: Number of token ids.
    """
    token, context, size = flat[places], torch.zeros(len(places), dtype=torch.int64), 1
    levels: list[Level] = []
    for m in range(n):
        contexts = torch.zeros(1, dtype=torch.int64)
        if m:
            keys = flat[places - m] * size + context
            contexts, context = torch.unique(keys, return_inverse=True)
        ngrams, counts = torch.unique(context * base + token, return_counts=True)
        starts = torch.searchsorted(ngrams, torch.arange(len(contexts) + 1) * base)
        kinds = NGrams(contexts, ngrams, starts, ngrams[:0], ngrams % base)
        if m:
            # Each n-gram is one way to continue the shorter one that it ends with.
            shorter = levels[-1].kinds
            ends = contexts[ngrams // base] % size * base + kinds.tokens
            at = torch.searchsorted(shorter.ngrams, ends)
            before = torch.bincount(at, minlength=len(shorter.ngrams))
            levels[-1] = replace(levels[-1], kinds=replace(shorter, before=before))
        levels.append(Level(kinds, counts))
        size = len(contexts)
    return tuple(levels)


def positions(table: Tensor, keys: Tensor, valid: Tensor) -> Tensor:
    """Return where keys stand in a sorted table; -1 where they do not, or are not valid."""
    at = torch.searchsorted(table, keys).clamp_max(len(table) - 1)
    return torch.where(valid & (table[at] == keys), at, -1)


def position(table: array[int], key: int) -> int:
    """Return where a key stands in a sorted table; -1 if it does not."""
    at = bisect_left(table, key)
    return at if at < len(table) and table[at] == key else -1


def running_sums(values: Tensor) -> Tensor:
    """Return 0, v₁, v₁ + v₂, …: one number more than values."""
    return torch.nn.functional.pad(values.cumsum(0), (1, 0))


def _array(values: Tensor) -> array[int]:
    return array("q", values.contiguous().numpy().tobytes())  # 200 times as fast as a list
