"""A text encoded and scored by the model: the input of every view of the page."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import streamlit as st

import ui
from charts.format import count, number, probability
from charts.surprisal import surprisal_shade
from core.lm import ModelError
from core.text_scoring import ChainRule, chain_rule
from pages.language_model import controls
from ui import _, models

TOP_TOKENS = 20  # most likely tokens kept for each position
LONGEST_WITH_NUMBERS = 120  # tokens; the chips of longer texts carry no numbers


@dataclass(frozen=True, slots=True)
class Scored:
    """The chain rule of a text, the token before it, and a sentence where the text was cut."""

    start: int
    chain: ChainRule
    notice: str


@st.cache_data(max_entries=64, show_spinner=False)
def _encode(text: str, limit: int, _language: str) -> tuple[tuple[int, ...], int | None, str]:
    model = models.language_model()
    ids, notice = models.encode_limited(text, min(limit, model.config.context_length - 1))
    try:
        start = model.start_id
    except ModelError:
        start = None
    if ids and ids[0] == model.tokenizer.bos_id:  # some tokenizers add it by themselves
        start, ids = ids[0], ids[1:]
    return tuple(ids), start, notice


def encode(text: str, limit: int = models.LONGEST) -> tuple[tuple[int, ...], int | None, str]:
    """Return a text's tokens, the token that precedes a text if the model has one, a notice."""
    return _encode(text, limit, ui.current_language())


def score(text: str, first_token: str = controls.SEPARATOR, limit: int = models.LONGEST) -> Scored:
    """Score a text by the chain rule.

    Raises:
        Notice: The text has no token to score.
    """
    ids, start, notice = encode(text, limit)
    if not ids:
        raise ui.Notice(_("Type a text to see its probability."))
    if start is None or first_token == controls.GIVEN:
        start, ids = ids[0], ids[1:]
    if not ids:
        raise ui.Notice(_("The only token is given, so there is nothing to score. Type more text."))

    def work() -> ChainRule:
        model = models.language_model()
        rows = range(len(ids))  # the prediction after the last token is not needed
        pieces = [model.token_bytes(i) for i in ids]
        return chain_rule(
            model.logits([start, *ids], rows), ids, top=TOP_TOKENS, token_bytes=pieces
        )

    return Scored(start, models.compute(("chain_rule", start, ids), work), notice)


def current() -> Scored:
    """Score the page's text as the controls stand."""
    return score(controls.text.value, controls.first_token.value)


@lru_cache(maxsize=65_536)
def token(i: int) -> str | bytes:
    """Return one of the model's tokens as chips take it."""
    return ui.readable(models.language_model().token_bytes(i))


def label(i: int, longest: int = 22) -> str:
    """Return one of the model's tokens in visible characters, short enough for an axis."""
    text = ui.plain(token(i))
    return text if len(text) <= longest else text[: longest - 1] + "…"


def chips(chain: ChainRule) -> list[ui.Token]:
    """Return the scored tokens as chips, shaded by surprisal."""
    size = count(chain.vocab_size)
    title = _("{n} bits · probability {p} · rank {rank} of {size}")
    columns = chain.surprisal.tolist(), chain.probs.tolist(), chain.ranks.tolist()
    return [
        ui.Token(
            token(i),
            title.format(n=number(surprisal), p=probability(p), rank=count(rank), size=size),
            f"{surprisal:.1f}" if len(chain.ids) <= LONGEST_WITH_NUMBERS else "",
            shade=surprisal_shade(surprisal, chain.vocab_size),
        )
        for i, surprisal, p, rank in zip(chain.ids, *columns, strict=True)
    ]
