"""Attention of the two real models on a text: one pass, stored compactly, shared by visitors."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache

import torch
from torch import Tensor

import charts.attention as charts
import ui
from core.attention import (
    AttentionTrace,
    HeadScores,
    PredictionShift,
    attention,
    causal_mask,
    head_entropy,
    head_scores,
    kv_head_of_query,
    prediction_shift,
    repeated_random_ids,
    uniform_weights,
)
from core.lm import Encoder, LanguageModel
from ui import _, models

DECODER, ENCODER = "lm", "encoder"
MOST_UNKNOWN = 8  # unknown characters that a sentence lists


@dataclass(frozen=True, slots=True)
class Reading:
    """One model's attention on one text.

    The weights of all layers would take 283 MB at 512 tokens. Queries and keys take a sixth of
    that, and one head's weights are recomputed from them in a millisecond.

    Attributes:
        queries: (L, H, T, d), rotated if the model uses RoPE.
        keys: (L, Hkv, T, d).
        causal: Whether a token attends only to itself and earlier tokens.
        thumbs: (L·H, S, S), the pictures of the overview.
        entropy: (L, H) bits, mean over the rows.
        uniform_entropy: Bits of a head whose weights are uniform over the allowed keys.
        scores: Mean weights on kinds of tokens, (L, H) each.
    """

    queries: Tensor
    keys: Tensor
    causal: bool
    thumbs: Tensor
    entropy: Tensor
    uniform_entropy: float
    scores: HeadScores

    def layer_weights(self, layer: int) -> Tensor:
        """Return a layer's weights, (H, T, T)."""
        return self._attend(self.queries[layer], self.keys[layer]).weights

    def head_trace(self, layer: int, head: int) -> AttentionTrace:
        """Return a head's scores and weights, (T, T); its values are not those of the model."""
        kv_head = kv_head_of_query(self.queries.shape[1], self.keys.shape[1])[head]
        return self._attend(self.queries[layer, head], self.keys[layer, kv_head])

    def head_weights(self, layer: int, head: int) -> Tensor:
        """Return a head's weights, (T, T)."""
        return self.head_trace(layer, head).weights

    def _attend(self, q: Tensor, k: Tensor) -> AttentionTrace:
        mask = causal_mask(q.shape[-2]) if self.causal else None
        return attention(q, k, k, mask)


@dataclass(frozen=True, slots=True)
class Text:
    """A text as one model's tokens.

    Attributes:
        ids: Token ids, at most as many as the model is given.
        pieces: What each token stands for.
        cut: How many tokens were left out.
        unknown: The characters that became [UNK], by position.
    """

    ids: tuple[int, ...]
    pieces: tuple[str | bytes, ...]
    cut: int = 0
    unknown: Mapping[int, str] = field(default_factory=dict)

    @property
    def words(self) -> list[str]:
        """The tokens in visible characters."""
        return [ui.plain(piece) for piece in self.pieces]

    @property
    def notice(self) -> str:
        """Sentences on what was left out or is not in the vocabulary, or ""."""
        said = []
        if self.cut:
            text = _("The text has {all} tokens; the first {kept} are used, the rest is left out.")
            said.append(text.format(all=len(self.ids) + self.cut, kept=len(self.ids)))
        if self.unknown:
            characters = list(dict.fromkeys(self.unknown.values()))
            text = _(
                "{n} of the {all} tokens are [UNK], because the encoder's vocabulary cannot spell "
                "{words}. To the encoder, all of them are the same token."
            )
            words = ", ".join(f"“{each}”" for each in characters[:MOST_UNKNOWN])
            more = ", …" if len(characters) > MOST_UNKNOWN else ""
            said.append(text.format(n=len(self.unknown), all=len(self.ids), words=words + more))
        return " ".join(said)


def sizes(which: str) -> tuple[int, int]:
    """Return a model's number of layers and of query heads."""
    config = model_of(which).config
    return config.num_layers, config.num_heads


def read(which: str, ids: tuple[int, ...]) -> Reading:
    """Return a model's attention on some tokens, computed by the worker."""
    return models.compute(("attention_reading", which, ids), lambda: _read(which, ids))


def ablation(ids: tuple[int, ...], heads: frozenset[tuple[int, int]]) -> PredictionShift:
    """Return how the prediction after `ids` changes if the outputs of some heads are set to 0."""
    model = models.language_model()
    before = models.next_logits(ids)

    def work() -> PredictionShift:
        return prediction_shift(before, model.ablated_logits(ids, heads), charts.SHOWN)

    return models.compute(("attention_ablation", ids, heads), work)


def token_name(i: int) -> str:
    """Return a token of the language model in visible characters."""
    return ui.plain(models.token(i))


def model_of(which: str) -> LanguageModel | Encoder:
    """Return the model that a choice names."""
    return models.language_model() if which == DECODER else models.encoder()


def _read(which: str, ids: tuple[int, ...]) -> Reading:
    causal = which == DECODER
    if causal:
        trace = models.language_model().trace(ids, keep=["rotated_queries", "rotated_keys"])
        q, k = trace.rotated_queries, trace.rotated_keys
    else:
        trace = models.encoder().trace(list(ids))
        q, k = trace.queries.clone(), trace.keys.clone()
    T = len(ids)
    mask = causal_mask(T) if causal else torch.ones(T, T, dtype=torch.bool)
    thumbs, entropies, scores = [], [], []
    for layer in range(len(q)):  # one layer at a time, to bound the memory for weights
        weights = attention(q[layer], k[layer], k[layer], mask).weights
        thumbs.append(charts.thumbnails(weights, causal))
        entropies.append(head_entropy(weights))
        scores.append(head_scores(weights, ids))
    names = ("previous_token", "first_token", "current_token", "same_token", "induction")
    return Reading(
        queries=q,
        keys=k,
        causal=causal,
        thumbs=torch.cat(thumbs),
        entropy=torch.stack(entropies),
        uniform_entropy=float(head_entropy(uniform_weights(mask))),
        scores=HeadScores(
            **{name: torch.stack([getattr(s, name) for s in scores]) for name in names},
            rows=scores[0].rows,
        ),
    )


@lru_cache(maxsize=64)
def text_of(which: str, text: str, limit: int = models.LONGEST) -> Text:
    """Tokenize a visitor's text for a model, at most `limit` tokens."""
    if which == DECODER:
        ids, cut = models.language_model().encode_limited(text, limit)
        return Text(tuple(ids), _pieces(which, ids), cut)
    encoder = models.encoder()
    ids, sources, cut = encoder.encode_with_sources(text, limit)
    unknown = {n: sources[n][:12] for n, i in enumerate(ids) if i == encoder.unknown_id}
    pieces = [
        f"{unknown[n]}→{piece}" if n in unknown else piece
        for n, piece in enumerate(_pieces(which, ids))
    ]
    return Text(tuple(ids), tuple(pieces), cut, unknown)


@lru_cache(maxsize=64)
def repeated(which: str, period: int, seed: int) -> Text:
    """Return random tokens followed by a copy of them: only induction can predict the copy."""
    generator = torch.Generator().manual_seed(seed)
    if which == DECODER:
        model = models.language_model()
        size, start, tokenizer = model.config.vocab_size, model.start_id, model.tokenizer.backend
    else:
        encoder = models.encoder()
        size, start, tokenizer = encoder.config.vocab_size, encoder.encode("")[0], encoder.tokenizer
    special = tokenizer.get_added_tokens_decoder()
    plain = [i for i in range(size) if i not in special]
    ids = repeated_random_ids(
        size, period, generator, start_ids=[start], allowed_ids=plain
    ).tolist()
    return Text(tuple(ids), _pieces(which, ids))


def _pieces(which: str, ids: Sequence[int]) -> tuple[str | bytes, ...]:
    if which == ENCODER:
        return tuple(models.encoder().token_text(i) for i in ids)
    return tuple(map(models.token, ids))
