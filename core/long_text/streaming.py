"""A language model whose cache keeps the last tokens and, if asked, the first ones (sinks).

Source: Xiao et al. 2023, Efficient Streaming Language Models with Attention Sinks,
arXiv:2309.17453, section 3.2. Positions are those inside the cache, as there.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor

from core.errors import InputError
from core.lm import LanguageModel
from core.lm.forward import feed_forward, ignore, rope_for, split_heads
from core.normalization import rms_norm
from core.plain_checks import integer
from core.positions import rotate


@dataclass(frozen=True, slots=True)
class StreamingTrace:
    """What the model predicts token by token with a cache of limited size.

    Attributes:
        nll: (T − 1,) −log p in nats of tokens 2 … T.
        cache: Size of the cache in tokens, sinks and the current token included.
        sinks: Number of first tokens that the cache always keeps.
    """

    nll: Tensor
    cache: int
    sinks: int

    @property
    def perplexity(self) -> float:
        """Return exp of the mean −log p."""
        return math.exp(float(self.nll.double().mean()))


def streaming_mask(length: int, cache: int, sinks: int) -> Tensor:
    """Return (T, T) bool: whether query i finds key j in the cache."""
    integer("cache", cache, 1)
    integer("sinks", sinks, 0, cache - 1)
    i, j = torch.arange(length)[:, None], torch.arange(length)
    return (j <= i) & ((i - j < cache - sinks) | (j < sinks))


@torch.no_grad()
def stream(model: LanguageModel, ids: Sequence[int], cache: int, sinks: int = 0) -> StreamingTrace:
    """Run a text through a model with a cache of `cache` tokens, all tokens in one pass.

    Each token reads only what is in the cache, and its own keys and values were computed in the
    same way, so one masked pass gives what decoding token by token gives. Keys are rotated by
    their position inside the cache: the distance to a sink never exceeds `cache` − 1.

    Args:
        model: The language model.
        ids: The text, at least 2 tokens.
        cache: Size of the cache, at least 1.
        sinks: First tokens that are kept, from 0 to `cache` − 1.

    Raises:
        InputError: The text is too short or a number out of range.
    """
    if len(ids) < 2:
        raise InputError("ids must hold at least {least} tokens; got {got}.", least=2, got=len(ids))
    tokens = model.check_ids(ids)
    hidden = _hidden(model, tokens.view(1, -1), cache, sinks)
    logits = model.unembed(hidden[0, :-1])
    nll = F.cross_entropy(logits.float(), tokens.view(-1)[1:].to(logits.device), reduction="none")
    return StreamingTrace(nll.cpu(), cache, sinks)


def _hidden(model: LanguageModel, ids: Tensor, cache: int, sinks: int) -> Tensor:
    """Return the final hidden states, (1, T, D)."""
    weights, config, T = model.weights, model.config, ids.shape[-1]
    mask = streaming_mask(T, cache, sinks).to(ids.device)
    cos, sin = rope_for(range(T), weights, config, ids.device)
    inside = torch.arange(T).clamp(max=cache - 1)  # a query's position inside the cache
    group = config.num_heads // config.num_kv_heads
    x = F.embedding(ids, weights.embedding)
    for layer, block in enumerate(weights.blocks):
        normed = rms_norm(x, config.norm_eps, block.attn_norm)
        q = split_heads(F.linear(normed, block.attn_q), config.num_heads)
        k = split_heads(F.linear(normed, block.attn_k), config.num_kv_heads)
        v = split_heads(F.linear(normed, block.attn_v), config.num_kv_heads)
        keys = rotate(k, cos, sin).repeat_interleave(group, dim=1)  # (1, H, T, d)
        scores = rotate(q, cos, sin) @ keys.mT  # (1, H, T, T)
        if sinks:
            scores[..., :sinks] = rotate(q, cos[inside], sin[inside]) @ keys[..., :sinks, :].mT
        scores = (scores / math.sqrt(config.head_dim)).masked_fill(~mask, -torch.inf)
        mixed = scores.softmax(dim=-1) @ v.repeat_interleave(group, dim=1)
        x = x + F.linear(mixed.transpose(1, 2).flatten(2), block.attn_output)
        normed = rms_norm(x, config.norm_eps, block.ffn_norm)
        x = x + feed_forward(normed, block, layer, ignore)
    return rms_norm(x, config.norm_eps, weights.output_norm)
