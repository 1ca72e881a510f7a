"""Where the logits come from: the model on the visitor's prompt, or the visitor's table."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

import streamlit as st
from torch import Tensor

import ui
from core.sampling import descending_order, logits_from_probabilities
from pages.sampling_parts import settings
from pages.sampling_parts.table import read_table
from ui import _, models


@dataclass(frozen=True, slots=True)
class Source:
    """Logits and the tokens behind them.

    Attributes:
        kind: "model" or "table".
        ids: the running context, which the penalties count: the prompt's tokens, or what the
            visitor says has been written.
        logits: (V,) raw.
        order: (V,) ids from the most to the least likely.
        names: the table's tokens; () for the model.
        prompt: the text; "" for the table.
    """

    kind: str
    ids: tuple[int, ...]
    logits: Tensor
    order: Tensor
    names: tuple[str, ...] = ()
    prompt: str = ""

    def token(self, i: int) -> str | bytes:
        """A token as the chips take it."""
        return self.names[i] if self.names else model_token(i)

    def label(self, i: int) -> str:
        """A token in visible characters, short enough for an axis."""
        return short(ui.plain(self.names[i])) if self.names else model_label(i)

    def labels(self, ids: Sequence[int]) -> list[str]:
        """The labels of several."""
        return [self.label(i) for i in ids]


def short(text: str, longest: int = 22) -> str:
    """A label cut to a length that an axis has room for."""
    return text if len(text) <= longest else text[: longest - 1] + "…"


@lru_cache(maxsize=65_536)
def model_token(i: int) -> str | bytes:
    """The model's token as text, or as bytes where it is no whole character."""
    return ui.readable(models.language_model().token_bytes(i))


@lru_cache(maxsize=65_536)
def model_label(i: int) -> str:
    """The model's token in visible characters."""
    return short(ui.plain(model_token(i)))


def table_source(text: str, written: str = "") -> Source | None:
    """The source that a table's text describes; problems are said where it stands."""
    source, problems = _table_source(text, written, ui.current_language())
    for problem in problems:
        ui.sentence(problem)
    return source


@lru_cache(maxsize=64)
def _table_source(text: str, written: str, _language: str) -> tuple[Source | None, tuple[str, ...]]:
    table = read_table(text)
    if not table.tokens:
        return None, table.problems
    logits = logits_from_probabilities(table.weights)
    context = [word.strip() for word in written.replace("，", ",").split(",")]
    ids = tuple(table.tokens.index(word) for word in context[:500] if word in table.tokens)
    source = Source("table", ids, logits, descending_order(logits), table.tokens)
    return source, table.problems


def model_source(prompt: str) -> tuple[Source, str]:
    """The model's logits after a prompt, and a sentence where the prompt was cut."""
    ids, cut = _prompt_ids(prompt)
    logits, order = models.compute(("sampling", ids), lambda: _logits_and_order(ids))
    return Source("model", ids, logits, order, prompt=prompt), cut


def _logits_and_order(ids: tuple[int, ...]) -> tuple[Tensor, Tensor]:
    logits = models.language_model().next_logits(list(ids))
    return logits, descending_order(logits)


def _prompt_ids(prompt: str) -> tuple[tuple[int, ...], str]:
    """Token ids of the prompt, remembered: while a slider moves it stays the same."""
    language = ui.current_language()
    held = st.session_state.get("sampling_ids")
    if held is not None and held[0] == (prompt, language):
        return held[1], held[2]
    ids, cut = models.encode_limited(prompt)
    # Before an empty text stands the token that separated documents in training.
    known = tuple(ids) or (models.language_model().start_id,)
    st.session_state["sampling_ids"] = ((prompt, language), known, cut)
    return known, cut


def source_of_session() -> Source | None:
    """The source that the page shows, for parts that stand outside its controls."""
    if settings.text("source") == "model":
        try:
            return model_source(settings.text("prompt"))[0]
        except ui.Notice:
            return table_source(settings.TABLE)
    return table_source(settings.text("table"), settings.text("written"))


def no_model(problem: ui.Notice) -> str:
    """Why the model is not there and what still works, in one line."""
    return f"{problem} " + _("Until then the page works on the table.")
