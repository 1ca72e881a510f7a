"""Text of token chips, with spaces, control characters and invisible characters made visible."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

#: Characters shown as a symbol; other invisible characters are shown by abbreviation or code point.
_SIGNS = {"\n": "⏎", "\r": "␍", "\t": "⇥", "\0": "NUL", "\x1b": "ESC", "\x7f": "DEL"}
_NAMES = {
    "\u00a0": "NBSP",
    "\u00ad": "SHY",
    "\u200b": "ZWSP",
    "\u200c": "ZWNJ",
    "\u200d": "ZWJ",
    "\u200e": "LRM",
    "\u200f": "RLM",
    "\u2028": "LSEP",
    "\u2029": "PSEP",
    "\u202a": "LRE",
    "\u202b": "RLE",
    "\u202c": "PDF",
    "\u202d": "LRO",
    "\u202e": "RLO",
    "\u2060": "WJ",
    "\u2066": "LRI",
    "\u2067": "RLI",
    "\u2068": "FSI",
    "\u2069": "PDI",
    "\ufeff": "BOM",
    "\ufe0f": "VS16",
}
#: Characters that are letters, marks or symbols by Unicode category but are drawn blank.
_INKLESS = frozenset("\u034f\u115f\u1160\u17b4\u17b5\u2800\u3164\uffa0") | {
    chr(code) for code in range(0xFE00, 0xFE0F)
}
_SHAPELESS = {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp", "Zs"}


@dataclass(frozen=True, slots=True)
class Token:
    """A token as a chip.

    Attributes:
        text: The token's text, unchanged; `bytes` (part of a character) are shown as <E5 A5>.
        title: The tooltip.
        note: A small number or word under the text.
        shade: Position on the color scale, 0 … 1, or None for the plain background.
        color: A color token such as "@p"; `shade` takes precedence.
        scale: The color scale of `shade`.
        muted: Whether the chip is drawn faintly (a removed token, padding).
    """

    text: str | bytes
    title: str = ""
    note: str = ""
    shade: float | None = None
    color: str = ""
    scale: str = "@sequential"
    muted: bool = False


@dataclass(frozen=True, slots=True)
class Detail:
    """What a popover at the selected chip says: lines of text, the first in bold, and buttons.

    Attributes:
        lines: The text.
        choices: Labels of the buttons under it.
        on_choose: Called with the index of the button that was clicked.
    """

    lines: Sequence[str]
    choices: Sequence[str] = ()
    on_choose: Callable[[int], None] | None = None


def visible(text: str | bytes) -> list[tuple[str, str]]:
    """Split text into (displayed text, kind); kind is "", "space", "control" or "byte".

    >>> visible(" a\\u200d")
    [('·', 'space'), ('a', ''), ('ZWJ', 'control')]
    """
    if isinstance(text, bytes):
        return [(" ".join(f"{byte:02X}" for byte in text), "byte")]
    parts: list[tuple[str, str]] = []
    for shown, kind in _characters(text):
        if parts and parts[-1][1] == kind and kind in ("", "space"):
            parts[-1] = (parts[-1][0] + shown, kind)
        else:
            parts.append((shown, kind))
    return parts or [("∅", "control")]


def _characters(text: str) -> Iterator[tuple[str, str]]:
    for i, character in enumerate(text):
        if character == " ":
            yield "·", "space"
        elif character in _SIGNS:
            yield _SIGNS[character], "control"
        elif character in ("\u200d", "\ufe0f") and _joins(text, i):
            yield character, ""  # It joins several emoji into one, so it must stay.
        elif character in _INKLESS or 0xE0100 <= ord(character) <= 0xE01EF:
            yield f"U+{ord(character):04X}", "control"
        elif character in _NAMES:
            yield _NAMES[character], "control"
        elif unicodedata.category(character) in _SHAPELESS:
            yield f"U+{ord(character):04X}", "control"
        else:
            yield character, ""


def _joins(text: str, i: int) -> bool:
    """Return whether the joiner or variation selector at `i` has an effect.

    A variation selector has one after a symbol or the digit of a keycap; a joiner, between two
    symbols.
    """
    if i == 0:
        return False
    before = text[i - 1]
    if text[i] == "\ufe0f":
        return unicodedata.category(before) in ("So", "Sm", "Sk", "Po") or before in "#*0123456789"
    after = text[i + 1 : i + 2]
    linked = unicodedata.category(before) in ("So", "Sk", "Mn", "Po") or before == "\ufe0f"
    return linked and bool(after) and unicodedata.category(after) in ("So", "Sm", "Po")


def readable(data: bytes) -> str | bytes:
    """Return a token's bytes as text, or unchanged if they are not valid UTF-8 on their own."""
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError:
        return data


def plain(text: str | bytes) -> str:
    """Return the token as one string of visible characters, for labels, axes and CSV."""
    return "".join(
        f"⟨{shown}⟩" if kind in ("control", "byte") and len(shown) > 1 else shown
        for shown, kind in visible(text)
    )


def chip(token: Token) -> dict[str, Any]:
    """Return a token in the form that `ui/frontend/tokens.js` expects."""
    parts = visible(token.text)
    return {
        "parts": parts,
        "plain": plain(token.text),
        "title": token.title,
        "note": token.note,
        "shade": token.shade,
        "color": token.color,
        "scale": token.scale,
        "muted": token.muted,
        "breaks": isinstance(token.text, str) and token.text.endswith("\n"),
    }
