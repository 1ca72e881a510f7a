"""What a KV cache saves when a new request arrives: the common prefix, and four architectures.

A token's keys and values depend on every token it attends to, directly or through other tokens.
They can be taken from the cache exactly if none of those tokens has changed.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from core.attention import ARCHITECTURES, causal_mask, prefix_mask
from core.checks import choice, integer, token_ids


@dataclass(frozen=True, slots=True)
class PrefixReuse:
    """Two token sequences compared from their beginning.

    Attributes:
        cached: tokens of the first sequence.
        length: tokens of the second one.
        shared: tokens that both begin with.
        first_mismatch: position of the first token that differs; None if one continues the other.
        reused: tokens of the second sequence whose keys and values a causal decoder's cache holds:
            `shared`, but never the last token.
        recomputed: the others. At least 1: the last token always runs, since its output predicts
            the next one.
    """

    cached: int
    length: int
    shared: int
    first_mismatch: int | None
    reused: int
    recomputed: int


def shared_prefix(
    first_ids: Tensor | Sequence[int], second_ids: Tensor | Sequence[int]
) -> PrefixReuse:
    """Return what a decoder's cache of the first sequence saves when it reads the second.

    Args:
        first_ids: tokens in the cache; none is an empty cache.
        second_ids: tokens of the new request, at least one.

    Returns:
        The comparison.

    Raises:
        InputError: for ids that are not whole numbers of at least 0, or an empty second sequence.

    Example:
        >>> shared_prefix([5, 6, 7], [5, 6, 8, 9])
        PrefixReuse(cached=3, length=4, shared=2, first_mismatch=2, reused=2, recomputed=2)

    Source: Zheng et al. 2024 (SGLang), arXiv:2312.07104, section 3: reuse of the longest prefix.
    """
    first, second = _cached("first_ids", first_ids), token_ids("second_ids", second_ids)
    shortest = min(len(first), len(second))
    differs = (first[:shortest] != second[:shortest]).nonzero()
    shared = int(differs[0]) if len(differs) else shortest
    reused = min(shared, len(second) - 1)
    return PrefixReuse(
        cached=len(first),
        length=len(second),
        shared=shared,
        first_mismatch=shared if len(differs) else None,
        reused=reused,
        recomputed=len(second) - reused,
    )


@dataclass(frozen=True, slots=True)
class CacheReuse:
    """What an architecture takes from its cache when a new request arrives.

    Attributes:
        architecture: one of `core.attention.ARCHITECTURES`.
        reusable: (T,) bool, per token of the request: its keys and values in the cache are valid,
            in every layer.
        computed: tokens that the model runs: the others, and always the last one.
        per_token: tokens that it runs for one more token of the answer.
    """

    architecture: str
    reusable: Tensor
    computed: int
    per_token: int

    @property
    def reused(self) -> int:
        """Return how many tokens the model need not run."""
        return len(self.reusable) - self.computed


def visibility(architecture: str, length: int, prompt: int) -> Tensor:
    """Return what each token depends on through attention.

    In an encoder–decoder, the prompt is in the encoder, and the answer's tokens reach all of it
    through cross-attention; so both of the last two architectures have the prefix mask.

    Args:
        architecture: one of `core.attention.ARCHITECTURES`.
        length: tokens T of prompt and answer together.
        prompt: tokens of the prompt, at most T.

    Returns:
        (T, T) bool, True = row depends on column. Each of these relations is transitive, so more
        layers add nothing to it.

    Source: Raffel et al. 2020 (T5), arXiv:1910.10683, section 3.2.1 and figure 4.
    """
    choice("architecture", architecture, ARCHITECTURES)
    length = integer("length", length, 1)
    prompt = integer("prompt", prompt, 0, length)
    if architecture == "decoder":
        return causal_mask(length)
    if architecture == "encoder":
        return torch.ones(length, length, dtype=torch.bool)
    return prefix_mask(length, prompt)


def cache_reuse(
    architecture: str,
    cached_ids: Tensor | Sequence[int],
    cached_prompt: int,
    ids: Tensor | Sequence[int],
) -> CacheReuse:
    """Return which tokens of a new prompt need not be computed again.

    Args:
        architecture: one of `core.attention.ARCHITECTURES`.
        cached_ids: (C,) the previous prompt and its answer; none is an empty cache.
        cached_prompt: how many of them are the prompt.
        ids: (T,) the new prompt, at least one token.

    Returns:
        The comparison, token by token.

    Raises:
        InputError: for an unknown architecture or bad ids.

    Example:
        >>> cache_reuse("decoder", [1, 2, 3], 2, [1, 2, 3, 4]).reusable.tolist()
        [True, True, True, False]
        >>> cache_reuse("prefix", [1, 2, 3], 2, [1, 2, 3, 4]).computed
        4
    """
    cached, new = _cached("cached_ids", cached_ids), token_ids("ids", ids)
    both, size = min(len(cached), len(new)), max(len(cached), len(new))
    before, after = (torch.zeros(size, size, dtype=torch.bool) for _ in range(2))
    if len(cached):
        old = visibility(architecture, len(cached), cached_prompt)
        before[: len(cached), : len(cached)] = old
    after[: len(new), : len(new)] = visibility(architecture, len(new), len(new))
    changed = torch.ones(size, dtype=torch.bool)
    changed[:both] = (cached[:both] != new[:both]) | (before != after)[:both].any(dim=1)
    if architecture == "encoder-decoder":
        changed[cached_prompt:] = True  # states of the decoder; the answer is now in the encoder
    # Nothing that a token depends on, itself included, may have changed.
    reusable = ~(after & changed).any(dim=1)[: len(new)]
    run = ~reusable
    run[-1] = True
    per_token = len(new) + 1 if architecture == "encoder" else 1
    return CacheReuse(architecture, reusable, int(run.sum()), per_token)


def _cached(name: str, ids: Tensor | Sequence[int]) -> Tensor:
    if len(ids) == 0:
        return torch.zeros(0, dtype=torch.int64)
    return token_ids(name, ids)
