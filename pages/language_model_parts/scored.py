"""A visitor's text, cut, encoded and scored by the model: what all views of the page begin with."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import streamlit as st

import ui
from core.lm import ModelError
from core.text_scoring import ChainRule, chain_rule
from ui import _, models

#: How many of the likeliest tokens are kept for each place.
KEPT = 20

#: What stands before the first token: the model's separator, or nothing (it is left unscored).
SEPARATOR, GIVEN = "separator", "given"


@dataclass(frozen=True, slots=True)
class Encoded:
    """A text as tokens.

    Attributes:
        ids: the tokens, cut to what the model may take.
        pieces: the bytes of each.
        start: the token that stands before the text, or None where the model knows none.
        notice: a sentence where the text was cut, else "".
    """

    ids: tuple[int, ...]
    pieces: tuple[bytes, ...]
    start: int | None
    notice: str


@dataclass(frozen=True, slots=True)
class Scored:
    """A text and its chain rule.

    Attributes:
        given: the token (its bytes) that the first scored one is conditioned on.
        pieces: the bytes of each scored token.
        chain: what the model makes of them.
        notice: a sentence where the text was cut, else "".
    """

    given: bytes
    pieces: tuple[bytes, ...]
    chain: ChainRule
    notice: str


@st.cache_data(max_entries=64, show_spinner=False)
def encoded(text: str, language: str, limit: int = models.LONGEST) -> Encoded:
    """A text's tokens. `language` is that of the notice, and so a part of the cache's key."""
    del language
    model = models.language_model()
    ids, notice = models.encode_limited(text, min(limit, model.config.context_length - 1))
    try:
        start = model.start_id
    except ModelError:
        start = None
    if ids and ids[0] == model.tokenizer.bos_id:  # some models put it there by themselves
        start, ids = ids[0], ids[1:]
    return Encoded(tuple(ids), tuple(model.token_bytes(i) for i in ids), start, notice)


def score(text: str, first: str = SEPARATOR, limit: int = models.LONGEST) -> Scored | None:
    """The chain rule on a text; None where it leaves nothing to score."""
    held = encoded(text, ui.current_language(), limit)
    ids, pieces, start = held.ids, held.pieces, held.start
    if start is None or (first == GIVEN and ids):
        start, ids, pieces = held.ids[0] if held.ids else 0, ids[1:], pieces[1:]
    if not ids:
        return None

    def work() -> ChainRule:
        rows = range(len(ids))  # the prediction after the last token has nothing to be held to
        logits = models.language_model().logits([start, *ids], rows)
        return chain_rule(logits, ids, top=KEPT, token_bytes=pieces)

    chain = models.compute(("chain_rule", start, ids), work)
    given = models.language_model().token_bytes(start)
    return Scored(given, pieces, chain, held.notice)


def score_here(*texts: str, first: str = SEPARATOR, limit: int = models.LONGEST) -> list[Scored]:
    """Score texts and say here where one was cut; fewer come back where one has nothing to score.

    What may or may not appear (a place in the queue, a notice) has a container of its own: were it
    to move the figures below, the browser would build them anew.
    """
    with st.container():
        found = [held for text in texts if (held := score(text, first, limit)) is not None]
        for held in found:
            if held.notice:
                ui.sentence(held.notice)
    return found


def label(data: bytes, longest: int = 22) -> str:
    """A token in visible characters, short enough for an axis."""
    text = ui.plain(ui.readable(data))
    return text if len(text) <= longest else text[: longest - 1] + "…"


@lru_cache(maxsize=65_536)
def token(i: int) -> str | bytes:
    """One of the model's tokens as chips take it."""
    return ui.readable(models.language_model().token_bytes(i))


@lru_cache(maxsize=65_536)
def token_label(i: int) -> str:
    """One of the model's tokens in visible characters."""
    return label(models.language_model().token_bytes(i))


def labels_at(chain: ChainRule, at: int) -> list[str]:
    """The likeliest tokens at one place, in visible characters."""
    return [token_label(i) for i in chain.top_ids[at].tolist()]


def first_choice() -> str:
    """The control that says what stands before the first token."""
    options = {
        SEPARATOR: _("first token predicted"),
        GIVEN: _("first token given"),
    }
    return ui.choice(
        _("First token"),
        options,
        key="lm_first",
        hide_label=True,
    )
