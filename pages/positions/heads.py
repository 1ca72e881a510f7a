"""One head of the language model on a text."""

from __future__ import annotations

from dataclasses import dataclass

import streamlit as st
import torch
from torch import Tensor

from core import positions as core
from core.attention import kv_head_of_query
from core.lm import ModelTrace
from ui import current_language, models, plain

LONGEST = 96  # tokens: more rows than this are not readable
KEEP = ("queries", "keys", "rotated_queries", "rotated_keys")


@dataclass(frozen=True, slots=True)
class Head:
    """One head on one text, as the model computed it."""

    vectors: dict[str, tuple[Tensor, Tensor]]  # "q", "k": (T, d) before and after rotation
    results: dict[str, core.PositionScores]  # "none" and "rope"
    weights: dict[str, Tensor]  # the same: (T, T) attention weights

    @property
    def color_end(self) -> float:
        """Return the end of a color scale of scores that resolves the high ones.

        Softmax ignores how far a low score is below the others, so the scale ends at the highest
        score, or at a sixth of the largest absolute value if that is more.
        """
        scores = [result.scores for result in self.results.values()]
        future = torch.ones_like(scores[0], dtype=torch.bool).triu(1)
        highest = max(float(s.masked_fill(future, -torch.inf).max()) for s in scores)
        return max(highest, max(float(s.tril().abs().max()) for s in scores) / 6, 1e-6)


def encode(text: str) -> tuple[tuple[int, ...], list[str], str]:
    """Return a text's ids, its tokens, and a sentence if the text was cut."""
    return _encode(text, models.language_model().config.name, current_language())


@st.cache_resource(max_entries=32, show_spinner=False)
def _encode(text: str, name: str, language: str) -> tuple[tuple[int, ...], list[str], str]:
    model = models.language_model()
    ids, cut = models.encode_limited(text, LONGEST)
    return tuple(ids), [plain(model.token_text(i)) for i in ids], cut


def head(ids: tuple[int, ...], layer: int, index: int) -> Head:
    """Return one head's vectors and scores."""
    model = models.language_model()
    name = model.config.name
    trace = models.compute(("positions", name, ids), lambda: model.trace(list(ids), keep=KEEP))
    return _head(trace, name, ids, layer, index)


@st.cache_resource(max_entries=64, show_spinner=False)
def _head(_trace: ModelTrace, name: str, ids: tuple[int, ...], layer: int, index: int) -> Head:
    """`name` (the model's) and `ids` identify the trace, which cannot be hashed."""
    config = models.language_model().config
    key_head = kv_head_of_query(config.num_heads, config.num_kv_heads)[index]
    q, k = _trace.queries[layer, index], _trace.keys[layer, key_head]
    base, scaling = config.rope_base, config.rope_scaling
    results = {
        scheme: core.position_scores(q, k, scheme, base=base, scaling=scaling)
        for scheme in ("none", "rope")
    }
    return Head(
        {
            "q": (q, _trace.rotated_queries[layer, index]),
            "k": (k, _trace.rotated_keys[layer, key_head]),
        },
        results,
        {scheme: core.causal_weights(result.scores) for scheme, result in results.items()},
    )
