"""The small encoder: BERT's architecture, in which every token attends in both directions.

    x = layer_norm(word + position + segment)
    for every layer:   x = layer_norm(x + attention(x))
                       x = layer_norm(x + down · gelu(up · x))

B sentences, T tokens, D features, H heads of size d = D / H, L layers.

Source: Devlin et al. 2018 (BERT), arXiv:1810.04805; weights: all-MiniLM-L6-v2, Reimers, Gurevych
2019 (Sentence-BERT), arXiv:1908.10084, distilled as in Wang et al. 2020, arXiv:2002.10957.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import torch
import torch.nn.functional as F
from tokenizers import Tokenizer
from torch import Tensor

from core.activations import ACTIVATIONS
from core.attention import attention
from core.attention.masks import PADDING_SIDES
from core.checks import boolean, choice, integer, short
from core.lm.errors import ModelError
from core.lm.forward import split_heads
from core.lm.tokenizer import check_text
from core.normalization import layer_norm


@dataclass(frozen=True, slots=True)
class EncoderConfig:
    """The sizes and constants of the encoder."""

    name: str
    vocab_size: int  # V
    embed_dim: int  # D
    hidden_dim: int  # inside the feed-forward network
    num_layers: int  # L
    num_heads: int  # H
    max_positions: int
    norm_eps: float
    pad_id: int

    @property
    def head_dim(self) -> int:
        """Return d = D / H."""
        return self.embed_dim // self.num_heads


@dataclass(frozen=True, slots=True)
class PaddedBatch:
    """Sentences made equally long."""

    ids: Tensor  # (B, T)
    mask: Tensor  # (B, T) bool, True = real token


@dataclass(frozen=True, slots=True)
class EncoderTrace:
    """What the encoder computed; for a single sentence the B axis is not there."""

    ids: Tensor  # (B, T)
    mask: Tensor  # (B, T) bool, True = real token
    hidden: Tensor  # (B, L + 1, T, D): the embeddings, then after each layer
    queries: Tensor  # (B, L, H, T, d)
    keys: Tensor  # (B, L, H, T, d)
    values: Tensor  # (B, L, H, T, d)
    attentions: Tensor  # (B, L, H, T, T): [layer, head, from, to]; 0 to every padded token
    ffn_activations: Tensor  # (B, L, T, 4·D): gelu(up · x)
    pooled: Tensor  # (B, D): mean of the last hidden states of the real tokens, length 1


@dataclass(frozen=True, slots=True)
class LayerStages:
    """One layer's part of an `EncoderTrace`."""

    queries: Tensor  # (B, H, T, d)
    keys: Tensor
    values: Tensor
    attentions: Tensor  # (B, H, T, T)
    ffn_activations: Tensor  # (B, T, 4·D)
    output: Tensor  # (B, T, D)


class Encoder:
    """A BERT-style encoder, read-only: threads may share one. Made by `load_encoder`.

    Example:
        >>> encoder = load_encoder()
        >>> encoder.trace(encoder.encode("A cat.")).attentions.shape
        torch.Size([6, 12, 5, 5])
    """

    def __init__(
        self,
        config: EncoderConfig,
        weights: Mapping[str, Tensor],
        tokenizer: Tokenizer,
        device: torch.device | str = "cpu",
        origin: str = "",
    ) -> None:
        """Put together what `load_encoder` has read; `origin` names the folder or package."""
        self.config = config
        self.weights = weights
        self.tokenizer = tokenizer
        self.device = torch.device(device)
        self.origin = origin or config.name

    @property
    def num_parameters(self) -> int:
        """Return how many numbers the checkpoint holds."""
        return sum(tensor.numel() for tensor in self.weights.values())

    def encode(self, text: str) -> list[int]:
        """Return a text's WordPiece ids, [CLS] before and [SEP] behind."""
        return self.tokenizer.encode(check_text(text)).ids

    def encode_limited(self, text: str, limit: int | None = None) -> tuple[list[int], int]:
        """Return at most `limit` ids (None: all positions there are) and how many were cut off.

        The [SEP] at the end stays.
        """
        limit = integer("limit", limit or self.config.max_positions, 3)
        ids = self.encode(text)
        return (ids, 0) if len(ids) <= limit else (ids[: limit - 1] + ids[-1:], len(ids) - limit)

    def encode_with_sources(
        self, text: str, limit: int | None = None
    ) -> tuple[list[int], list[str], int]:
        """Return the ids of `encode_limited`, the part of the text behind each, and the number cut.

        [CLS] and [SEP] have no source: "". An [UNK] has the characters that it replaces.
        """
        ids, cut = self.encode_limited(text, limit)
        offsets = self.tokenizer.encode(check_text(text)).offsets
        kept = offsets if not cut else [*offsets[: len(ids) - 1], offsets[-1]]
        return ids, [text[start:stop] for start, stop in kept], cut

    @property
    def unknown_id(self) -> int | None:
        """Return the id of [UNK], which replaces words that the vocabulary cannot spell."""
        return self.tokenizer.token_to_id("[UNK]")

    def encode_batch(self, texts: Sequence[str], side: str = "right") -> PaddedBatch:
        """Return several texts as one batch, filled up with [PAD] on one side.

        Args:
            texts: at least one.
            side: where the padding goes, "right" or "left".

        Returns:
            ids and mask, (B, T) with T the longest text's tokens.
        """
        if isinstance(texts, str) or not texts:
            raise ModelError(
                "texts must be a list of at least one text; got {got}.",
                got=short(texts),
            )
        return self.pad([self.encode(text) for text in texts], side)

    def pad(self, rows: Sequence[Sequence[int]], side: str = "right") -> PaddedBatch:
        """Return lists of ids as one batch, filled up with [PAD] on one side."""
        choice("side", side, PADDING_SIDES)
        if not rows or any(len(row) == 0 for row in rows):
            raise ModelError("ids must hold at least one token in every row.")
        T = max(len(row) for row in rows)
        ids = torch.full((len(rows), T), self.config.pad_id)
        mask = torch.zeros(len(rows), T, dtype=torch.bool)
        for row, line in enumerate(rows):
            place = slice(0, len(line)) if side == "right" else slice(T - len(line), T)
            ids[row, place] = torch.tensor(list(line))
            mask[row, place] = True
        return PaddedBatch(ids, mask)

    def decode(self, ids: Sequence[int]) -> str:
        """Return the text of some ids; lower-case, since the vocabulary is."""
        return self.tokenizer.decode(list(ids))

    def token_text(self, i: int) -> str:
        """Return a piece as the vocabulary spells it; "##" marks one inside a word."""
        return self.tokenizer.id_to_token(integer("id", i, 0, self.config.vocab_size - 1)) or ""

    @property
    def max_tokens(self) -> int:
        """Return the longest text, [CLS] and [SEP] included."""
        return self.config.max_positions

    @torch.no_grad()
    def trace(
        self,
        ids: Sequence[int] | Sequence[Sequence[int]] | Tensor,
        padding: Tensor | Sequence[bool] | str | None = None,
        *,
        count_padding: bool = False,
    ) -> EncoderTrace:
        """Run the encoder and keep what it computes.

        By default, positions count real tokens only, so that a sentence comes out the same alone
        and padded on either side.

        Args:
            ids: (T,) one sentence, or (B, T), or lists of ids of unequal lengths.
            padding: which tokens are real (True), of ids' shape or as `core.attention.padding_mask`
                makes it, (B, 1, 1, T); None means all. For lists of unequal lengths: the side to
                pad, "right" or "left".
            count_padding: whether padding takes up positions, as in the original BERT. Padding on
                the left then shifts the positions of all real tokens.

        Returns:
            The trace; without the B axis where ids has none.

        Raises:
            ModelError: for empty or too long sentences, ids outside the vocabulary, or a padding
                mask of another shape or without a real token.
        """
        batch, mask, single = self._check(ids, padding, count_padding)
        embedded = last = self._embed_ids(batch, mask, count_padding)  # (B, T, D)
        blocks = []
        for layer in range(self.config.num_layers):
            blocks.append(self._layer(last, mask, layer))
            last = blocks[-1].output
        pooled = (last * mask[..., None]).sum(dim=1) / mask.sum(dim=1, keepdim=True)

        def stack(name: str) -> Tensor:
            together = torch.stack([getattr(block, name) for block in blocks], dim=1)
            return (together[0] if single else together).cpu()

        hidden = torch.stack([embedded, *(block.output for block in blocks)], dim=1)
        plain = (batch, mask, hidden, F.normalize(pooled, dim=-1))
        ids_, mask_, hidden, pooled = ((x[0] if single else x).cpu() for x in plain)
        return EncoderTrace(
            ids=ids_,
            mask=mask_,
            hidden=hidden,
            queries=stack("queries"),
            keys=stack("keys"),
            values=stack("values"),
            attentions=stack("attentions"),
            ffn_activations=stack("ffn_activations"),
            pooled=pooled,
        )

    def embed(self, texts: Sequence[str]) -> Tensor:
        """Return a vector of length 1 per text, (B, D): their dot products are similarities."""
        batch = self.encode_batch(texts)
        return self.trace(batch.ids, batch.mask).pooled

    def _embed_ids(self, ids: Tensor, mask: Tensor, count_padding: bool = False) -> Tensor:
        """Add word, position and segment: (B, T) → (B, T, D)."""
        counted = torch.ones_like(mask) if count_padding else mask
        positions = (counted.cumsum(dim=1) - 1).clamp(min=0)
        x = (
            F.embedding(ids, self.weights["embeddings.word_embeddings.weight"])
            + F.embedding(positions, self.weights["embeddings.position_embeddings.weight"])
            + self.weights["embeddings.token_type_embeddings.weight"][0]
        )
        return self._norm(x, "embeddings.LayerNorm")

    def _layer(self, x: Tensor, mask: Tensor, layer: int) -> LayerStages:
        """Run attention over the real tokens, then the feed-forward network, a norm after each."""
        name, heads = f"encoder.layer.{layer}", self.config.num_heads
        q, k, v = (
            split_heads(self._dense(x, f"{name}.attention.self.{part}"), heads)  # (B, H, T, d)
            for part in ("query", "key", "value")
        )
        stages = attention(q, k, v, mask[:, None, None, :])
        mixed = stages.output.transpose(1, 2).flatten(2)  # (B, T, D)
        attended = self._dense(mixed, f"{name}.attention.output.dense")
        x = self._norm(x + attended, f"{name}.attention.output.LayerNorm")
        activated = ACTIVATIONS["gelu"].fn(self._dense(x, f"{name}.intermediate.dense"))
        fed = self._dense(activated, f"{name}.output.dense")
        output = self._norm(x + fed, f"{name}.output.LayerNorm")
        return LayerStages(q, k, v, stages.weights, activated, output)

    def _dense(self, x: Tensor, name: str) -> Tensor:
        return F.linear(x, self.weights[f"{name}.weight"], self.weights[f"{name}.bias"])

    def _norm(self, x: Tensor, name: str) -> Tensor:
        weight, bias = self.weights[f"{name}.weight"], self.weights[f"{name}.bias"]
        return layer_norm(x, self.config.norm_eps, weight, bias)

    def _check(
        self,
        ids: Sequence[int] | Sequence[Sequence[int]] | Tensor,
        padding: Tensor | Sequence[bool] | str | None,
        count_padding: bool,
    ) -> tuple[Tensor, Tensor, bool]:
        """Return ids (B, T), mask (B, T) and whether ids came without the B axis."""
        if isinstance(ids, str):
            raise ModelError("ids must be token ids, not text: pass encoder.encode(text).")
        if isinstance(padding, str):
            rows: list[Any] = ids.tolist() if isinstance(ids, Tensor) else list(ids)
            single = not rows or not isinstance(rows[0], (list, tuple))
            padded = self.pad([rows] if single else rows, padding)
            batch, mask = padded.ids, padded.mask
        else:
            try:
                batch = ids if isinstance(ids, Tensor) else torch.tensor(ids)
            except (TypeError, ValueError, RuntimeError) as error:
                raise ModelError(
                    "ids must be whole numbers in rows of equal length; got {got}. For "
                    'rows of unequal length pass padding="right" or "left".',
                    got=short(ids),
                ) from error
            single = batch.ndim == 1
            batch = batch[None] if single else batch
            mask = torch.ones(batch.shape, dtype=torch.bool)
            if padding is not None:
                mask = boolean("padding", padding)
                mask = mask[:, 0, 0] if mask.ndim == 4 else mask
                mask = mask[None] if mask.ndim == 1 and single else mask
        if batch.ndim != 2 or batch.numel() == 0 or batch.dtype not in (torch.int64, torch.int32):
            raise ModelError(
                "ids must be (T,) or (B, T) whole numbers; got {got}.",
                got=short(ids),
            )
        if mask.shape != batch.shape:
            raise ModelError(
                "padding must have ids' shape {expected}; got {got}.",
                expected=tuple(batch.shape),
                got=tuple(mask.shape),
            )
        if not bool(mask.any(dim=1).all()):
            raise ModelError("padding must leave at least one real token in every sentence.")
        low, high, V = int(batch.min()), int(batch.max()), self.config.vocab_size
        if low < 0 or high >= V:
            raise ModelError(
                "ids must lie from 0 to {last}; got {got}.",
                last=V - 1,
                got=low if low < 0 else high,
            )
        longest = batch.shape[1] if count_padding else int(mask.sum(dim=1).max())
        if longest > self.config.max_positions:
            raise ModelError(
                "The sentence has {longest} tokens; {name} reads at most "
                "{max_positions}. Shorten it.",
                longest=longest,
                name=self.config.name,
                max_positions=self.config.max_positions,
            )
        return batch.to(self.device), mask.to(self.device), single
