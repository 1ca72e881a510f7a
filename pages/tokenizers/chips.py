"""Words of a corpus as chips: the symbols of each word, then its count."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import pairwise

import ui
from core.tokenizers.spelling import joining_places, spelled, widths
from core.tokenizers.trained.history import Pair
from core.tokenizers.wordpiece import PREFIX

WORDS = 14  # shown at once
Words = Mapping[str, Sequence[str]]


def pair_text(pair: Pair, unit: str) -> str:
    """Return a pair in visible characters."""
    return " + ".join(ui.plain(spelled(part, unit)) for part in pair)


def word_chips(
    words: Words,
    counts: Mapping[str, int],
    unit: str = "char",
    joining: Pair | None = None,
    fresh: str | None = None,
    initial: Words | None = None,
) -> list[ui.Token]:
    """Return the chips of words; color marks the pair to be merged or the merged symbol.

    With the `initial` symbols of each word, a chip is as wide as those that it was merged from.
    """
    chips: list[ui.Token] = []
    for group, (word, symbols) in enumerate(words.items()):
        places = joining_places(symbols, joining) if joining else ()
        parts = initial[word] if initial else ()
        scale = 1.5 if any(part.startswith(PREFIX) for part in parts) else 1.0
        spans = widths(symbols, parts, PREFIX if scale > 1 else "")
        for place, (symbol, span) in enumerate(zip(symbols, spans, strict=True)):
            color = "@accent" if place in places else "@kept" if symbol == fresh else ""
            text = spelled(symbol, unit)
            chips.append(ui.Token(text, color=color, group=group, span=scale * span))
        chips.append(ui.Token(f"×{counts[word]}", muted=True, group=group))
    return chips


def chip_pairs(words: Words) -> list[Pair | None]:
    """Return the pair of each chip of `word_chips`: with its right neighbor, else with its left."""
    found: list[Pair | None] = []
    for symbols in words.values():
        pairs: list[Pair | None] = list(pairwise(symbols))
        last = pairs[-1] if pairs else None
        found += [*pairs, last, last]  # the last symbol, and the word's count
    return found
