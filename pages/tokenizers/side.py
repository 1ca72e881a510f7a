"""Comparison: one text under several tokenizers, and the length of texts under each."""

from __future__ import annotations

from bisect import bisect_right
from contextlib import nullcontext

import ui
from charts.format import count, number
from core.tokenizers.compare import SchemeTokens, compare
from core.tokenizers.spelling import loose
from core.tokenizers.text import split_words
from pages.tokenizers import controls, lengths
from pages.tokenizers.training import scheme
from ui import _

CHIPS = 90  # per tokenizer
NAME = 7  # width of a tokenizer's name, so that the rows begin at the same place
PINNED = 3  # tokenizers that stay in sight on a phone


def draw() -> None:
    """Draw the chosen comparison."""
    {
        "chips": _one_text,
        "ratio": lengths.languages,
        "size": lengths.vocabulary_sizes,
        "zipf": lengths.frequencies,
    }[controls.compared.value]()


def _one_text() -> None:
    """The same text under up to nine tokenizers."""
    text = controls.compared_text.value
    chosen = controls.schemes.value
    if not text or not chosen:
        raise ui.Notice(
            _("Type some text into “Your text” and choose at least one of “Tokenizers”.")
        )
    corpus, size = controls.side_corpus.value, controls.size.value
    rows = compare(text, [scheme(name, corpus, size) for name in chosen]).rows
    for i, (name, row) in enumerate(zip(chosen, rows, strict=True)):
        with ui.figure() if i < PINNED else nullcontext():
            _chips(text, row, name)
    lost = [f"{row.name} {count(row.unknown)}/{count(row.count)}" for row in rows if row.unknown]
    unknown = _("Unknown tokens, in red, lose their part of the text: {lost}.").format(
        lost=", ".join(lost)
    )
    spaces = _(
        "A dot is a space; the encoder, the tokenizers trained here and the split into words drop "
        "spaces."
    )
    ui.note(f"{unknown if lost else _('No token is unknown.')} {spaces}")


def _chips(text: str, row: SchemeTokens, name: str) -> None:
    """The tokens in a row, after the tokenizer's name and its counts."""
    counts = _("{n} tokens, {ratio} per character").format(
        n=count(row.count), ratio=number(row.tokens_per_character or 0.0, 3)
    )
    if row.unknown:
        counts = _("{counts}, {n} unknown").format(counts=counts, n=count(row.unknown))
    tokens = [ui.Token(row.name, note=counts, color="@muted", label=True, span=NAME)]
    words = [word.start for word in split_words(text, "prefix")]
    for token in row.tokens[:CHIPS]:
        word = bisect_right(words, token.start)
        part = text[token.start : token.stop]
        unknown = ui.Token(part, color="@negative", title=_("unknown"), group=word)
        tokens.append(ui.Token(loose(token.text), group=word) if token.known else unknown)
    if row.count > CHIPS:
        tokens.append(ui.Token(_("{n} more").format(n=count(row.count - CHIPS)), muted=True))
    ui.tokens(
        tokens, key=f"tok_side_{name}", label=_("The text in {scheme}").format(scheme=row.name)
    )
