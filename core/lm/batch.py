"""One forward pass for several texts that have read different numbers of tokens.

Matrix products with the weights do not depend on a token's position, so the new tokens of all texts
stand in one row and pass through each matrix together: its weights are read from memory once. Only
attention needs to know which tokens belong to which text, and each text has a KV cache of its own.

    texts:   "a b c" (nothing read yet)   "d" (5 tokens read)   "e" (2 tokens read)
    row:     a b c d e                    projections and feed-forward networks on all 5 tokens
    caches:  3 + 0     1 + 5     1 + 2    attention, one text at a time

A text may join between two passes or leave, which is continuous batching.

Source: Yu et al. 2022 (Orca), OSDI, sections 3.1 (iteration-level scheduling) and 3.2 (selective
batching: every operation but attention on one flattened batch).
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import accumulate

import torch
import torch.nn.functional as F
from torch import Tensor

from core.attention import attention, causal_mask
from core.lm.errors import ModelError
from core.lm.forward import feed_forward, ignore, rope_for, split_heads
from core.lm.generate import Generation
from core.lm.kv_cache import KVCache
from core.lm.prediction import PredictionModel
from core.normalization import rms_norm
from core.positions import rotate


@torch.no_grad()
def next_logits_together(
    model: PredictionModel, texts: Sequence[Sequence[int]], caches: Sequence[KVCache]
) -> Tensor:
    """Return the prediction after the last token of each of N texts, in one pass.

    Args:
        model: the language model.
        texts: for each text the tokens that its cache has not read yet, at least one.
        caches: one of `model.new_cache` per text; the tokens are added to them. If the pass fails,
            none of them has changed.

    Returns:
        (N, V) float32; row i equals `model.next_logits(texts[i], caches[i])` up to rounding.

    Raises:
        ModelError: for no texts, unequal numbers of texts and caches, one cache given twice, or bad
            ids.

    Example:
        >>> prompts = [model.encode("The capital of France is"), model.encode("1, 2, 3,")]
        >>> next_logits_together(model, prompts, [model.new_cache(), model.new_cache()]).shape
        torch.Size([2, 49152])
    """
    if not texts or len({id(cache) for cache in caches}) != len(texts):
        raise ModelError(
            "caches must be a different one for each text, and at least one; got {caches} for "
            "{texts} texts.",
            caches=len({id(cache) for cache in caches}),
            texts=len(texts),
        )
    rows = [model.check_ids(ids, cache.length)[0] for ids, cache in zip(texts, caches, strict=True)]
    return model.unembed(_forward(model, rows, caches))


def _forward(model: PredictionModel, rows: list[Tensor], caches: Sequence[KVCache]) -> Tensor:
    """Return the normalized final hidden state of each text's last token, (N, D)."""
    weights, config = model.weights, model.config
    sizes = [len(row) for row in rows]
    tables, masks = [], []
    for size, cache in zip(sizes, caches, strict=True):
        end = cache.length + size
        cache.reserve(end)
        tables.append(rope_for(range(cache.length, end), weights, config, model.device))
        masks.append(None if size == 1 else causal_mask(end, queries=size).to(model.device))
    cos, sin = (torch.cat(parts) for parts in zip(*tables, strict=True))  # (S, d/2)
    x = F.embedding(torch.cat(rows), weights.embedding)[None]  # (1, S, D): S tokens in all
    for layer, block in enumerate(weights.blocks):
        normed = rms_norm(x, config.norm_eps, block.attn_norm)
        queries = split_heads(F.linear(normed, block.attn_q), config.num_heads)  # (1, H, S, d)
        keys = split_heads(F.linear(normed, block.attn_k), config.num_kv_heads)  # (1, Hkv, S, d)
        values = split_heads(F.linear(normed, block.attn_v), config.num_kv_heads)
        parts = zip(
            rotate(queries, cos, sin).split(sizes, dim=2),
            rotate(keys, cos, sin).split(sizes, dim=2),
            values.split(sizes, dim=2),
            masks,
            caches,
            strict=True,
        )
        mixed = [
            attention(q, *cache.put(layer, k, v), mask).output for q, k, v, mask, cache in parts
        ]
        joined = torch.cat(mixed, dim=2).transpose(1, 2).flatten(2)  # (1, S, H·d)
        x = x + F.linear(joined, block.attn_output)
        normed = rms_norm(x, config.norm_eps, block.ffn_norm)
        x = x + feed_forward(normed, block, layer, ignore)
    for size, cache in zip(sizes, caches, strict=True):
        cache.length += size
    last = [end - 1 for end in accumulate(sizes)]
    return rms_norm(x[0, last], config.norm_eps, weights.output_norm)


def read_together(generations: Sequence[Generation]) -> None:
    """Read what several generations of one model wait for, in one pass; `advance` then draws.

    Equal prompts that nothing follows yet are read once, and the others receive a copy of the KV
    cache. If the pass fails, each generation reads alone when it advances.

    Args:
        generations: of one model; those that have finished or already been read are left as they
            are.
    """
    waiting = [g for g in generations if g.finished is None and g.logits is None]
    distinct: dict[object, list[Generation]] = {}
    for generation in waiting:
        fresh = generation.cache.length == 0
        distinct.setdefault(tuple(generation.unread) if fresh else id(generation), []).append(
            generation
        )
    if not distinct:
        return
    first = [group[0] for group in distinct.values()]
    logits = next_logits_together(
        first[0].model, [g.unread for g in first], [g.cache for g in first]
    )
    for row, (one, *equal) in zip(logits, distinct.values(), strict=True):
        one.logits = row
        for other in equal:
            other.logits, other.cache = row, one.cache.select([0])
