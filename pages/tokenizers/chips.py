"""Words of a corpus as chips: the symbols of each word, then its count."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import ui
from core.tokenizers.spelling import joining_places, spelled
from core.tokenizers.trained.history import Pair

WORDS = 14  # shown at once


def pair_text(pair: Pair, unit: str) -> str:
    """Return a pair in visible characters."""
    return " + ".join(ui.plain(spelled(part, unit)) for part in pair)


def word_chips(
    words: Mapping[str, Sequence[str]],
    counts: Mapping[str, int],
    unit: str = "char",
    joining: Pair | None = None,
    fresh: str | None = None,
) -> list[ui.Token]:
    """Return the chips of words; color marks the pair to be merged or the merged symbol."""
    chips: list[ui.Token] = []
    for word, symbols in words.items():
        places = joining_places(symbols, joining) if joining else ()
        for place, symbol in enumerate(symbols):
            color = "@accent" if place in places else "@kept" if symbol == fresh else ""
            chips.append(ui.Token(spelled(symbol, unit), color=color))
        chips.append(ui.Token(f"×{counts[word]}", muted=True))
    return chips
