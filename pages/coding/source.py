"""The symbols that Huffman's algorithm codes: of a text, of bars, or the model's next token."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache

import ui
from charts import coding as charts
from charts.coding import TreeLayout
from core.coding import HuffmanCode, HuffmanTop, huffman_code, huffman_top
from pages.coding import controls
from ui import _, models

LONGEST_LABEL = 14  # characters


MOST_ROWS = 16  # that the figure has room for


@dataclass(frozen=True, slots=True)
class Coded:
    """A source of symbols and its Huffman code.

    Attributes:
        placed: The part of the tree that the figure draws, and the measures of the whole.
        code: The whole code; None for the model, whose vocabulary is too large.
        text: The text; "" for the other sources.
        bits: The text's code.
        decoded: What the code's decoder makes of these bits.
    """

    placed: TreeLayout
    code: HuffmanCode | None = None
    text: str = ""
    bits: str = ""
    decoded: str = ""


def current() -> tuple[Coded, str]:
    """Return what the controls ask for, and a sentence on what was left out, else "".

    Raises:
        ui.Notice: The text is empty, or the model is missing.
    """
    kind, language = controls.source.value, ui.current_language()
    if kind == "bars":
        return _of_bars(tuple(controls.bars.value[0]), language), ""
    if kind == "model":
        ids, cut = models.encode_limited(controls.prompt.value, keep="last")
        return _of_model(tuple(ids) or (models.language_model().start_id,), language), cut
    if not controls.text.value:
        raise ui.Notice(_("Type a text: its characters are the symbols."))
    return _of_text(controls.text.value, language), ""


@lru_cache(maxsize=64)
def _of_text(text: str, _language: str) -> Coded:
    counts = Counter(text)
    code = huffman_code(counts)
    bits = code.encode(text)
    return Coded(_place(counts), code, text, bits, code.decode(bits))


@lru_cache(maxsize=64)
def _of_bars(values: tuple[float, ...], _language: str) -> Coded:
    weights = dict(zip(controls.bars.outcomes, values, strict=True))
    return Coded(_place(weights), huffman_code(weights))


def _place(weights: Mapping[str, float]) -> TreeLayout:
    names = list(weights)
    found = huffman_top(list(weights.values()), MOST_ROWS)
    return charts.layout(found, lambda i: _short(names[i]))


@lru_cache(maxsize=64)
def _of_model(ids: tuple[int, ...], _language: str) -> Coded:
    """Code the model's next token; every one of the vocabulary is a symbol."""
    model = models.language_model()

    def work() -> HuffmanTop:
        return huffman_top(model.next_logits(list(ids)).double().softmax(-1), MOST_ROWS)

    found = models.compute(("coding", ids), work)
    return Coded(charts.layout(found, lambda i: _short(models.token(i))))


def _short(symbol: str | bytes) -> str:
    label = ui.plain(symbol)
    return label if len(label) <= LONGEST_LABEL else label[: LONGEST_LABEL - 1] + "…"
