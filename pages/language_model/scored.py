"""A text encoded and scored by the model: the input of every view of the page."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

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
    """The chain rule of a text.

    Attributes:
        first: The token before the scored ones: the separator, a BOS, or a given token.
        stays: Whether later tokens are predicted from `first` too; the separator does not stay.
        role: The role of `first`, in words.
        chain: The scored tokens.
        notice: A sentence where the text was cut, else "".
    """

    first: int
    stays: bool
    role: str
    chain: ChainRule
    notice: str

    def context(self, position: int) -> tuple[int, ...]:
        """Return the tokens from which the token at a position is predicted."""
        before = self.chain.ids[:position]
        return (self.first, *before) if self.stays or not before else before


@dataclass(frozen=True, slots=True)
class Encoded:
    """The tokens of a text.

    Attributes:
        ids: The tokens, without a BOS of the tokenizer.
        before: The tokenizer's BOS; () for the default model.
        start: The token that predicts the first one; None if the model has none.
        notice: A sentence where the text was cut, else "".
    """

    ids: tuple[int, ...]
    before: tuple[int, ...]
    start: int | None
    notice: str


@st.cache_data(max_entries=64, show_spinner=False)
def _encode(text: str, limit: int, _language: str) -> Encoded:
    model = models.language_model()
    before = model.prefix_ids
    most = min(limit + len(before), model.config.context_length)
    ids, notice = models.encode_limited(text, most)
    try:
        start = before[0] if before else model.start_id
    except ModelError:
        start = None
    return Encoded(tuple(ids[len(before) :]), before, start, notice)


def encode(text: str, limit: int = models.LONGEST) -> Encoded:
    """Return a text's first `limit` tokens and what precedes them."""
    return _encode(text, limit, ui.current_language())


def score(text: str, first_token: str = controls.SEPARATOR, limit: int = models.LONGEST) -> Scored:
    """Score a text by the chain rule.

    Raises:
        Notice: The text has no token to score.
    """
    found = encode(text, limit)
    if not found.ids:
        raise ui.Notice(_("Type a text to see its probability."))
    given = found.start is None or first_token == controls.GIVEN
    ids = found.ids[1:] if given else found.ids
    if not ids:
        raise ui.Notice(_("The only token is given, so there is nothing to score. Type more text."))

    def work() -> ChainRule:
        model = models.language_model()
        if given or found.before:
            # The prediction after the last token is not needed.
            logits = model.logits([*found.before, *found.ids[:-1]])[-len(ids) :]
        else:
            logits = model.text_logits(ids)
        pieces = [model.token_bytes(i) for i in ids]
        return chain_rule(logits, ids, top=TOP_TOKENS, token_bytes=pieces)

    chain = models.compute(("chain_rule", found.before, found.ids, given), work)
    if given:
        return Scored(found.ids[0], True, _("is given and not scored"), chain, found.notice)
    stays = bool(found.before)
    role = _("precedes every text") if stays else _("predicts the first token only")
    return Scored(found.start or 0, stays, role, chain, found.notice)


def after(text: str, first: int) -> ChainRule:
    """Score a text whose every token is predicted from `first` and the tokens before it."""
    ids = encode(text).ids

    def work() -> ChainRule:
        return chain_rule(models.language_model().logits([first, *ids[:-1]]), ids, top=TOP_TOKENS)

    return models.compute(("chain_rule after", first, ids), work)


def current() -> Scored:
    """Score the page's text as the controls stand."""
    return score(controls.text.value, controls.first_token.value)


def label(i: int, longest: int = 22) -> str:
    """Return one of the model's tokens in visible characters, short enough for an axis."""
    text = ui.plain(models.token(i))
    return text if len(text) <= longest else text[: longest - 1] + "…"


def ending(ids: Sequence[int], longest: int = 40) -> str:
    """Return the end of a text in visible characters."""
    text = "".join(ui.plain(models.token(i)) for i in ids[-longest:])
    return text if len(text) <= longest else "…" + text[1 - longest :]


def chips(chain: ChainRule) -> list[ui.Token]:
    """Return the scored tokens as chips, shaded by surprisal."""
    size = count(chain.vocab_size)
    title = _("{n} bits · probability {p} · rank {rank} of {size}")
    columns = chain.surprisal.tolist(), chain.probs.tolist(), chain.ranks.tolist()
    return [
        ui.Token(
            models.token(i),
            title.format(n=number(surprisal), p=probability(p), rank=count(rank), size=size),
            f"{surprisal:.1f}" if len(chain.ids) <= LONGEST_WITH_NUMBERS else "",
            shade=surprisal_shade(surprisal, chain.vocab_size),
        )
        for i, surprisal, p, rank in zip(chain.ids, *columns, strict=True)
    ]
