"""Where the logits come from: the model on the visitor's prompt, or the visitor's table."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

from torch import Tensor

import ui
from charts.format import probability
from charts.sampling import shown_ids
from core.sampling import (
    SamplingParams,
    SamplingTrace,
    descending_order,
    logits_from_probabilities,
    sampling_trace,
)
from pages.sampling import controls
from pages.sampling.table import read_table
from ui import _, models

LONGEST_LABEL = 22  # characters


@dataclass(frozen=True, slots=True)
class Source:
    """Logits and the tokens behind them.

    Attributes:
        kind: "model" or "table".
        ids: Token ids of the context, which the penalties count.
        logits: (V,) raw.
        order: (V,) ids from the most to the least likely.
        names: The table's tokens; () for the model.
    """

    kind: str
    ids: tuple[int, ...]
    logits: Tensor
    order: Tensor
    names: tuple[str, ...] = ()

    def trace(self, params: SamplingParams) -> SamplingTrace:
        """Return the way from the logits to the final distribution."""
        return sampling_trace(self.logits, params, self.ids, self.order)

    def token(self, i: int) -> str | bytes:
        """Return a token as chips take it."""
        return self.names[i] if self.names else models.token(i)

    def label(self, i: int) -> str:
        """Return a token in visible characters, short enough for an axis."""
        return _label(self.token(i))

    def shown(self, trace: SamplingTrace, most: int = 18) -> tuple[list[int], list[str]]:
        """Return the tokens that a figure shows, and their labels."""
        ids = shown_ids(trace, most)
        return ids, [self.label(i) for i in ids]


@lru_cache(maxsize=65_536)
def _label(token: str | bytes) -> str:
    text = ui.plain(token)
    return text if len(text) <= LONGEST_LABEL else text[: LONGEST_LABEL - 1] + "…"


Found = tuple[Source | None, tuple[str, ...]]


def current_source(*, show_problems: bool = False) -> Source:
    """Return the source that the controls ask for; views also show what is wrong with it.

    Raises:
        ui.Notice: The table cannot be read.
    """
    language = ui.current_language()
    if controls.source.value == "table":
        source, problems = _table_source(controls.table.value, controls.written.value, language)
    else:
        try:
            ids, cut = _prompt_ids(controls.prompt.value, language)
            logits, order = models.compute(("sampling", ids), lambda: _logits_and_order(ids))
            source, problems = Source("model", ids, logits, order), (cut,) if cut else ()
        except ui.Notice as problem:
            source = _table_source(controls.table.initial, "", language)[0]
            problems = (f"{problem} " + _("Until then the page uses the table."),)
    if source is None:
        raise ui.Notice(" ".join(problems))
    for problem in problems if show_problems else ():
        ui.sentence(problem)
    return source


@lru_cache(maxsize=64)
def _table_source(text: str, written: str, _language: str) -> Found:
    table = read_table(text)
    if not table.tokens:
        return None, table.problems
    logits = logits_from_probabilities(table.weights)
    context = [word.strip() for word in written.replace("，", ",").split(",")]
    ids = tuple(table.tokens.index(word) for word in context[:500] if word in table.tokens)
    return Source("table", ids, logits, descending_order(logits), table.tokens), table.problems


@lru_cache(maxsize=64)
def _prompt_ids(prompt: str, _language: str) -> tuple[tuple[int, ...], str]:
    """Token ids of the prompt, and a sentence where it was cut."""
    ids, cut = models.encode_limited(prompt, keep="last")
    # Before an empty text stands the token that separated documents in training.
    return tuple(ids) or (models.language_model().start_id,), cut


def _logits_and_order(ids: tuple[int, ...]) -> tuple[Tensor, Tensor]:
    logits = models.language_model().next_logits(list(ids))
    return logits, descending_order(logits)


def card(source: Source) -> None:
    """Draw the line about the model, if the logits are the model's."""
    if source.kind == "model":
        ui.model_card()


def in_words(labels: Sequence[str], *columns: Sequence[float] | Tensor) -> str:
    """Return the first rows of a figure for a screen reader: each token with its probabilities."""
    rows = zip(labels[:3], *(column[:3] for column in columns), strict=True)
    return "; ".join(
        f"{label} {', '.join(probability(float(p)) for p in values)}" for label, *values in rows
    )
