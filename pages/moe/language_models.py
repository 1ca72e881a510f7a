"""The small language models of the page, loaded once, and their cached results."""

from __future__ import annotations

import streamlit as st

from core.moe import Specialization, specialization
from core.moe.tiny_lm import DOMAINS, MoELanguageModel, MoETextTrace, load_moe_lm, load_texts
from core.moe.tiny_lm_upcycling import UpcyclingRecord, load_dense_lm, load_upcycling_record
from core.tokenizers.alphabet import symbol_bytes
from pages.moe import controls
from ui import models

MEASURED = 2048  # held-out tokens per domain
MAX_CHARACTERS = 2000  # encoded at most; the models' context is far shorter


@st.cache_resource(max_entries=1, show_spinner=False)
def moe_model() -> MoELanguageModel:
    """Return the mixture that ships with the project; shared between visitors, read-only."""
    return load_moe_lm()


@st.cache_resource(max_entries=1, show_spinner=False)
def dense_model() -> MoELanguageModel:
    """Return the dense model as it was when it was copied; shared, read-only."""
    return load_dense_lm()


@st.cache_resource(max_entries=1, show_spinner=False)
def record() -> UpcyclingRecord:
    """Return what the recorded trainings measured."""
    return load_upcycling_record()


def encode(model: MoELanguageModel, text: str, limit: int) -> tuple[tuple[int, ...], bool]:
    """Return the first token ids of a text, and whether it was cut."""
    ids = model.encode(text[:MAX_CHARACTERS])
    return tuple(ids[:limit]), len(text) > MAX_CHARACTERS or len(ids) > limit


def current_trace() -> MoETextTrace | None:
    """Return the visitor's text as the mixture routes it, or None for an empty text."""
    model = moe_model()
    ids, _cut = encode(model, controls.text.value, model.config.context)
    return models.compute(("moe_trace", ids), lambda: model.trace(ids)) if ids else None


def measured() -> Specialization:
    """Return how the mixture routes held-out text of each domain."""
    return models.compute(
        ("moe_specialization", MEASURED),
        lambda: specialization(moe_model(), {d: load_texts(d) for d in DOMAINS}, MEASURED),
    )


def piece(model: MoELanguageModel, token: int, text: str) -> str | bytes:
    """Return a token's text, or its bytes where they are not whole characters."""
    if "\ufffd" not in text:
        return text
    symbol = model.tokenizer.id_to_token(token)
    return text if symbol is None else symbol_bytes(symbol)
