"""Symbols as a page shows them: what they spell, and which of them a merge joins."""

from __future__ import annotations

import re
from collections.abc import Sequence

from core.plain_checks import choice
from core.tokenizers.alphabet import UNITS, UTF8, symbol_bytes
from core.tokenizers.trained.history import Pair

LOOSE = re.compile(r" ?(<0x[0-9A-F]{2}>)+")


def spelled(symbol: str, unit: str = "char") -> str | bytes:
    """Return the text of a symbol, or its bytes if it holds only a part of a character.

    Example:
        >>> spelled("Ġä½ł", "byte"), spelled("ä½", "byte"), spelled("ä½")
        (' 你', b'\xe4\xbd', 'ä½')
    """
    choice("unit", unit, UNITS)
    if unit == "char":
        return symbol
    try:
        data = symbol_bytes(symbol)
    except ValueError:  # an added or unknown token among byte letters
        return symbol
    try:
        return data.decode(*UTF8)
    except UnicodeDecodeError:
        return data


def loose(text: str) -> str | bytes:
    """Return a token's text, or its bytes if it holds only parts of characters (after a space).

    Example:
        >>> loose("<0xE4><0xBD>"), loose(" <0xE4>"), loose(" a")
        (b'\xe4\xbd', b' \xe4', ' a')
    """
    if not LOOSE.fullmatch(text):
        return text
    return bytes.fromhex(text.replace(" ", "20").replace("<0x", "").replace(">", ""))


def joining_places(symbols: Sequence[str], pair: Pair) -> frozenset[int]:
    """Return the places of the symbols that a merge of `pair` joins, from left to right.

    Example:
        >>> sorted(joining_places("aaab", ("a", "a")))
        [0, 1]
    """
    places: set[int] = set()
    index = 0
    while index + 1 < len(symbols):
        if (symbols[index], symbols[index + 1]) == pair:
            places |= {index, index + 1}
            index += 2
        else:
            index += 1
    return frozenset(places)


def widths(symbols: Sequence[str], initial: Sequence[str], prefix: str = "") -> tuple[int, ...]:
    """Return how many initial symbols each symbol was merged from; zeros if they do not match.

    `prefix` is what marks a symbol inside a word, such as WordPiece's "##"; a merge drops it.

    Example:
        >>> widths(("hug", "s"), ("h", "u", "g", "s"))
        (3, 1)
        >>> widths(("hu", "##g"), ("h", "##u", "##g"), "##")
        (2, 1)
    """
    found: list[int] = []
    place = 0
    for symbol in symbols:
        text, parts = symbol.removeprefix(prefix), ""
        stop = place
        while len(parts) < len(text) and stop < len(initial):
            parts += initial[stop].removeprefix(prefix)
            stop += 1
        if parts != text:
            return (0,) * len(symbols)
        found.append(stop - place)
        place = stop
    return tuple(found) if place == len(initial) else (0,) * len(symbols)
