"""What the two real models make of a text: one pass, kept small, shared between visitors."""

from __future__ import annotations

from dataclasses import dataclass

import streamlit as st
import torch
from torch import Tensor

import charts.attention as charts
import ui
from core.attention import (
    HeadScores,
    attention,
    causal_mask,
    head_entropy,
    head_scores,
    kv_head_of_query,
    repeated_random_ids,
    uniform_weights,
)
from ui import _, models

DECODER, ENCODER = "lm", "encoder"


@dataclass(frozen=True, slots=True)
class Reading:
    """One text read by one model.

    The weights of all layers would be 283 MB at 512 tokens; queries and keys are a sixth of that,
    and any head's weights follow from them in a millisecond.

    Attributes:
        queries: (L, H, T, d), rotated where the model rotates.
        keys: (L, Hkv, T, d).
        causal: whether a token sees only what came before.
        thumbs: (L·H, S, S) for the wall.
        entropy: (L, H) bits, mean over the rows.
        chance: bits of a head that looks at all it may see alike.
        scores: what each head looks at, (L, H).
    """

    queries: Tensor
    keys: Tensor
    causal: bool
    thumbs: Tensor
    entropy: Tensor
    chance: float
    scores: HeadScores

    @property
    def layers(self) -> int:
        """L."""
        return self.queries.shape[0]

    @property
    def heads(self) -> int:
        """H."""
        return self.queries.shape[1]

    def layer_weights(self, layer: int) -> Tensor:
        """(H, T, T)."""
        return self._attend(self.queries[layer], self.keys[layer])

    def head_weights(self, layer: int, head: int) -> Tensor:
        """(T, T)."""
        read = kv_head_of_query(self.heads, self.keys.shape[1])[head]
        return self._attend(self.queries[layer, head], self.keys[layer, read])

    def _attend(self, q: Tensor, k: Tensor) -> Tensor:
        mask = causal_mask(q.shape[-2]) if self.causal else None
        return attention(q, k, k, mask).weights


@dataclass(frozen=True, slots=True)
class Text:
    """A text as one model's tokens; `notice` says what was cut."""

    ids: tuple[int, ...]
    pieces: tuple[str | bytes, ...]
    notice: str = ""

    @property
    def words(self) -> list[str]:
        """The tokens in visible characters."""
        return [ui.plain(piece) for piece in self.pieces]


def read(which: str, ids: tuple[int, ...]) -> Reading:
    """The reading of some tokens, from the worker."""
    return models.compute(("attention_reading", which, ids), lambda: _read(which, ids))


def _read(which: str, ids: tuple[int, ...]) -> Reading:
    causal = which == DECODER
    if causal:
        kept = models.language_model().trace(ids, keep=["rotated_queries", "rotated_keys"])
        q, k = kept.rotated_queries, kept.rotated_keys
    else:
        held = models.encoder().trace(list(ids))
        q, k = held.queries.clone(), held.keys.clone()
    T = len(ids)
    mask = causal_mask(T) if causal else torch.ones(T, T, dtype=torch.bool)
    thumbs, entropies, scores = [], [], []
    for layer in range(len(q)):  # a layer at a time, so that never more than one's weights exist
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
        chance=float(head_entropy(uniform_weights(mask))),
        scores=HeadScores(
            **{name: torch.stack([getattr(s, name) for s in scores]) for name in names},
            rows=scores[0].rows,
        ),
    )


@st.cache_data(max_entries=64, show_spinner=False)
def text_of(which: str, text: str, language: str, limit: int = models.LONGEST) -> Text:
    """A visitor's text as tokens. `language` is that of the notice."""
    del language
    if which == DECODER:
        ids, notice = models.encode_limited(text, limit)
        return Text(tuple(ids), _pieces(which, ids), notice)
    ids, cut = models.encoder().encode_limited(text, limit)
    notice = ""
    if cut:
        said = _("The text has {all} tokens; the first {kept} are used, the rest is left out.")
        notice = said.format(all=len(ids) + cut, kept=len(ids))
    return Text(tuple(ids), _pieces(which, ids), notice)


@st.cache_data(max_entries=64, show_spinner=False)
def repeated(which: str, period: int, seed: int) -> Text:
    """Random tokens, written twice: only a head that copies can predict the second time."""
    generator = torch.Generator().manual_seed(seed)
    if which == DECODER:
        model = models.language_model()
        size, start, tokenizer = model.config.vocab_size, model.start_id, model.tokenizer.backend
    else:
        reader = models.encoder()
        tokenizer = reader.tokenizer
        size, start = reader.config.vocab_size, reader.encode("")[0]
    special = tokenizer.get_added_tokens_decoder()
    plain = [i for i in range(size) if i not in special]
    ids = repeated_random_ids(
        size, period, generator, start_ids=[start], allowed_ids=plain
    ).tolist()
    return Text(tuple(ids), _pieces(which, ids))


def _pieces(which: str, ids: list[int]) -> tuple[str | bytes, ...]:
    if which == ENCODER:
        reader = models.encoder()
        return tuple(reader.token_text(i) for i in ids)
    model = models.language_model()
    return tuple(ui.readable(model.token_bytes(i)) for i in ids)
