"""The symbols that Huffman's algorithm codes: of a text, of bars, or the model's next token."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from functools import lru_cache

import ui
from charts import coding as charts
from charts.coding import TreeLayout
from core.coding import HuffmanCode, huffman_code
from pages.coding import controls
from ui import _, models

LONGEST_LABEL = 14  # characters


@dataclass(frozen=True, slots=True)
class Coded:
    """A source of symbols and its Huffman code.

    Attributes:
        kind: "text", "bars" or "model".
        code: The code of the whole distribution.
        placed: The part of its tree that the figure draws.
        text: The text; "" for the other sources.
        bits: The text's code.
        decoded: What the code's decoder makes of these bits.
    """

    kind: str
    code: HuffmanCode
    placed: TreeLayout
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
    code = huffman_code(Counter(text))
    bits = code.encode(text)
    names = {symbol: _short(symbol) for symbol in code.codes}
    return Coded("text", code, charts.layout(code, names), text, bits, code.decode(bits))


@lru_cache(maxsize=64)
def _of_bars(values: tuple[float, ...], _language: str) -> Coded:
    code = huffman_code(dict(zip(controls.bars.outcomes, values, strict=True)))
    return Coded("bars", code, charts.layout(code, {name: name for name in code.codes}))


@lru_cache(maxsize=4)  # a code of the whole vocabulary takes about 30 MB
def _of_model(ids: tuple[int, ...], _language: str) -> Coded:
    """Code the model's next token; every one of the vocabulary is a symbol."""

    def work() -> HuffmanCode:
        probs = models.language_model().next_logits(list(ids)).double().softmax(-1)
        return huffman_code({str(i): p for i, p in enumerate(probs.tolist())})

    code = models.compute(("coding", ids), work)
    return Coded("model", code, charts.layout(code, _TokenNames()))


class _TokenNames(dict[str, str]):
    """Tokens in visible characters, made when a label asks for them."""

    def __missing__(self, symbol: str) -> str:
        return _short(ui.readable(models.language_model().token_bytes(int(symbol))))


def _short(symbol: str | bytes) -> str:
    label = ui.plain(symbol)
    return label if len(label) <= LONGEST_LABEL else label[: LONGEST_LABEL - 1] + "…"
