"""The language model's heads: its sizes, a text's tokens, one head's q, k and scores."""

from __future__ import annotations

from dataclasses import dataclass

import streamlit as st
from torch import Tensor

from core import positions as core
from core.attention import kv_head_of_query
from core.lm import ModelTrace
from ui import Notice, models

LONGEST = 96  # tokens: more rows than this are not readable
KEEP = ("queries", "keys", "rotated_queries", "rotated_keys")


@dataclass(frozen=True, slots=True)
class Sizes:
    """The sizes that bound the controls; by default those of the shipped model."""

    layers: int = 30
    heads: int = 9
    head_dim: int = 64


def sizes() -> Sizes:
    """Return the model's sizes; the shipped model's where none can be loaded."""
    try:
        config = models.language_model().config
    except Notice:
        return Sizes()
    return Sizes(config.num_layers, config.num_heads, config.head_dim)


def encode(text: str) -> tuple[list[int], str]:
    """Return a text's token ids, at least one, and a sentence if the text was cut."""
    ids, cut = models.encode_limited(text, LONGEST)
    return ids or [models.language_model().start_id], cut


def token_count(text: str) -> int:
    """Return the number of tokens that `encode` returns; the limit where there is no model."""
    try:
        return _token_count(text, models.language_model().config.name)
    except Notice:
        return LONGEST


@st.cache_resource(max_entries=32, show_spinner=False)
def _token_count(text: str, model: str) -> int:
    return len(encode(text)[0])


@dataclass(frozen=True, slots=True)
class Head:
    """One head on one text."""

    q: Tensor  # (T, d), before rotation
    k: Tensor  # (T, d)
    q_rotated: Tensor  # (T, d), as the model computed it
    k_rotated: Tensor  # (T, d)
    results: dict[str, core.PositionScores]  # "none" and "rope"

    def vectors(self, name: str) -> tuple[Tensor, Tensor]:
        """Return "q" or "k", before and after rotation."""
        return (self.q, self.q_rotated) if name == "q" else (self.k, self.k_rotated)


def head(ids: tuple[int, ...], layer: int, index: int) -> Head:
    """Return one head's vectors and scores on a text."""
    model = models.language_model()
    trace = models.compute(
        ("positions", model.config.name, ids), lambda: model.trace(list(ids), keep=KEEP)
    )
    return _head(trace, ids, layer, index, model.config.name)


@st.cache_resource(max_entries=64, show_spinner=False)
def _head(_trace: ModelTrace, ids: tuple[int, ...], layer: int, index: int, name: str) -> Head:
    """`ids` and the model's `name` identify the trace, which cannot be hashed."""
    config = models.language_model().config
    key_head = kv_head_of_query(config.num_heads, config.num_kv_heads)[index]
    q, k = _trace.queries[layer, index], _trace.keys[layer, key_head]
    results = {
        scheme: core.position_scores(
            q, k, scheme, base=config.rope_base, scaling=config.rope_scaling
        )
        for scheme in ("none", "rope")
    }
    rotated = _trace.rotated_queries[layer, index], _trace.rotated_keys[layer, key_head]
    return Head(q, k, *rotated, results)
