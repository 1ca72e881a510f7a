"""The Llama architecture, one function per block; the pages draw what it computes.

    x = embedding[ids]
    for every layer:   x = x + attention(rms_norm(x))
                       x = x + feed_forward(rms_norm(x))
    logits = output · rms_norm(x)

B sentences, T tokens, D features, H query heads on Hkv key heads of size d, F features inside the
feed-forward network, V tokens in the vocabulary.

Source: Touvron et al. 2023 (LLaMA), arXiv:2302.13971, section 2.2; grouped queries: Ainslie et al.
2023, arXiv:2305.13245; RoPE: Su et al. 2021, arXiv:2104.09864; SwiGLU: Shazeer 2020,
arXiv:2002.05202.
"""

from __future__ import annotations

from collections.abc import Callable, Collection

import torch
import torch.nn.functional as F
from torch import Tensor

from core.activations import glu
from core.attention import attention, causal_mask
from core.lm.config import ModelConfig
from core.lm.kv_cache import KVCache
from core.lm.weights import BlockWeights, ModelWeights
from core.normalization import rms_norm
from core.positions import rope_frequencies, rotate

# Receives every intermediate: its name, its layer, the tensor (B, ...).
Record = Callable[[str, int, Tensor], None]


def ignore(name: str, layer: int, value: Tensor) -> None:
    """Record nothing: each intermediate is freed as soon as the next one is computed."""


def forward(
    ids: Tensor,
    weights: ModelWeights,
    config: ModelConfig,
    cache: KVCache | None = None,
    record: Record = ignore,
    heads_on: Tensor | None = None,
    norms_off: Collection[int] = (),
) -> Tensor:
    """Run tokens through all blocks.

    Args:
        ids: (B, T) token ids; with a cache, only those that it has not seen.
        weights: of the model.
        config: of the model.
        cache: keys and values of the tokens before; T are added to it.
        record: called with every intermediate, by name.
        heads_on: (L, H) bool; the output of a head that is off is 0 at every token. None: all on.
        norms_off: norms whose division by the root mean square is left out, so that only the gain
            is applied; 2l is the one before attention of layer l, 2l + 1 the one before its
            feed-forward network, 2L the last one.

    Returns:
        (B, T, D) final hidden states, normalized; `weights.output` turns them into logits.
    """
    T = ids.shape[-1]
    start = 0 if cache is None else cache.length
    if cache is not None:
        cache.reserve(start + T)
    cos, sin = rope_for(range(start, start + T), weights, config, ids.device)

    def norm(x: Tensor, number: int, gain: Tensor) -> Tensor:
        return x * gain if number in norms_off else rms_norm(x, config.norm_eps, gain)

    mask = None if T == 1 else causal_mask(start + T, queries=T).to(ids.device)
    x = F.embedding(ids, weights.embedding)  # (B, T, D)
    for layer, block in enumerate(weights.blocks):
        record("hidden", layer, x)
        normed = norm(x, 2 * layer, block.attn_norm)
        on = None if heads_on is None else heads_on[layer]
        x = x + attend(normed, block, layer, cos, sin, mask, config, cache, record, on)
        record("residual_middle", layer, x)
        normed = norm(x, 2 * layer + 1, block.ffn_norm)
        x = x + feed_forward(normed, block, layer, record)
    record("hidden", len(weights.blocks), x)
    if cache is not None:
        cache.length += T
    return norm(x, 2 * len(weights.blocks), weights.output_norm)


def attend(
    x: Tensor,
    block: BlockWeights,
    layer: int,
    cos: Tensor,
    sin: Tensor,
    mask: Tensor | None,
    config: ModelConfig,
    cache: KVCache | None,
    record: Record,
    heads_on: Tensor | None = None,
) -> Tensor:
    """Compute grouped-query attention with rotary positions: (B, T, D) → (B, T, D).

    `heads_on` is (H,) bool: a head that is off contributes 0 to the output.
    """
    queries = split_heads(F.linear(x, block.attn_q), config.num_heads)  # (B, H, T, d)
    keys = split_heads(F.linear(x, block.attn_k), config.num_kv_heads)  # (B, Hkv, T, d)
    values = split_heads(F.linear(x, block.attn_v), config.num_kv_heads)
    rotated_queries, rotated_keys = rotate(queries, cos, sin), rotate(keys, cos, sin)
    for name, value in (
        ("queries", queries),
        ("keys", keys),
        ("values", values),
        ("rotated_queries", rotated_queries),
        ("rotated_keys", rotated_keys),
    ):
        record(name, layer, value)
    if cache is not None:
        rotated_keys, values = cache.put(layer, rotated_keys, values)
    stages = attention(
        rotated_queries, rotated_keys, values, mask
    )  # query head h: key head h·Hkv/H
    record("scores", layer, stages.scores)  # (B, H, T, T)
    record("attentions", layer, stages.weights)
    mixed = stages.output if heads_on is None else stages.output * heads_on[:, None, None]
    record("head_outputs", layer, mixed)  # (B, H, T, d)
    output = F.linear(mixed.transpose(1, 2).flatten(2), block.attn_output)
    record("attention_outputs", layer, output)
    return output


def feed_forward(x: Tensor, block: BlockWeights, layer: int, record: Record) -> Tensor:
    """Compute SwiGLU, down · (up · x  ⊙  silu(gate · x)): (B, T, D) → (B, T, D)."""
    gate = F.linear(x, block.ffn_gate)  # (B, T, F)
    up = F.linear(x, block.ffn_up)
    record("gates", layer, gate)
    record("ups", layer, up)
    output = F.linear(glu(up, gate, "silu"), block.ffn_down)
    record("ffn_outputs", layer, output)
    return output


def split_heads(x: Tensor, heads: int) -> Tensor:
    """Reshape (B, T, H·d) → (B, H, T, d)."""
    return x.unflatten(-1, (heads, -1)).transpose(1, 2)


def rope_for(
    positions: range, weights: ModelWeights, config: ModelConfig, device: torch.device
) -> tuple[Tensor, Tensor]:
    """Return cos and sin, each (T, d/2), of the angles by which RoPE rotates these positions.

    Computed once a pass, for all layers, in float64. Llama 3's GGUF files hold the divisor of each
    frequency as a tensor, `rope_factors`.
    """
    scaling = config.rope_scaling
    base = config.rope_base
    frequencies = rope_frequencies(config.head_dim, base, scaling, dtype=torch.float64)
    if weights.rope_factors is not None:
        frequencies = frequencies / weights.rope_factors.cpu().to(torch.float64)
    angles = (
        torch.arange(positions.start, positions.stop, dtype=torch.float64)[:, None] * frequencies
    )
    factor = 1.0 if scaling is None else scaling.attention_factor
    cos, sin = angles.cos() * factor, angles.sin() * factor
    return cos.float().to(device), sin.float().to(device)
