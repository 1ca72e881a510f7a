"""The schemes that are compared: words, characters, bytes, the trained ones, the real ones."""

from __future__ import annotations

from dataclasses import replace

import ui
from core.tokenizers.compare import (
    Scheme,
    byte_scheme,
    character_scheme,
    trained_scheme,
    word_scheme,
)
from core.tokenizers.real import real_scheme
from pages.tokenizers_parts.real import shipped
from pages.tokenizers_parts.settings import OWN, Setup, bpe, corpora, corpus_of, unigram, wordpiece
from ui import _

TEXTS = ("english", "chinese", "code", "emoji")
TRAINED = ("bpe", "bbpe", "wp", "uni")
LIMIT = 2000  # characters of a visitor's text that are compared


def learned(corpus: str, size: int) -> Setup:
    """The setup behind the trained schemes: as many merges as pieces beyond characters."""
    return Setup(corpus=corpus, merges=size, extra=size)


def names() -> dict[str, str]:
    """Every scheme, as visitors read it."""
    return {
        "word": _("words"),
        "char": _("characters"),
        "byte": _("bytes"),
        "bpe": "BPE",
        "bbpe": _("byte BPE"),
        "wp": "WordPiece",
        "uni": "Unigram",
        "lm": _("language model"),
        "enc": _("encoder"),
    }


def scheme(name: str, chosen: Setup) -> Scheme:
    """A scheme by its name; the trained ones as `chosen` says."""
    title = names()[name]
    if name == "word":
        return word_scheme(name=title)
    if name == "char":
        return character_scheme(title)
    if name == "byte":
        return byte_scheme(title)
    if name == "bpe":
        return trained_scheme(bpe(replace(chosen, unit="char")), name=title)
    if name == "bbpe":
        return trained_scheme(bpe(replace(chosen, unit="byte")), name=title)
    if name == "wp":
        return trained_scheme(wordpiece(chosen), name=title)
    if name == "uni":
        return trained_scheme(unigram(chosen), name=title)
    return real_scheme(shipped(name), title)


def texts() -> dict[str, str]:
    """The texts that can be measured, for a menu."""
    known = corpora()
    return {name: known[name] for name in (*TEXTS, "gettysburg", "daodejing", OWN)}


def text_of(name: str, own: str) -> str:
    """A text that ships, or the visitor's."""
    return own[:LIMIT] if name == OWN else corpus_of(name).text or ""


def corpus_choice() -> str:
    """What the trained schemes learned from."""
    options = {name: title for name, title in corpora().items() if name != OWN}
    return ui.choice(
        _("The trained ones learned from"),
        options,
        key="tok_side_corpus",
        value="gettysburg",
        menu=True,
    )


def size_slider() -> int:
    """How much they learned."""
    return int(ui.live_slider(_("Merges, or pieces kept"), 10, 200, 150, 10, key="tok_side_size"))
