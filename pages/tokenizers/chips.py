"""Words of a corpus as chips: the symbols of each word, then its count."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

import ui
from core.tokenizers.history import Pair
from core.tokenizers.spelling import joining_places, spelled

WORDS = 14  # shown at once


def pair_text(pair: Pair, unit: str) -> str:
    """Return a pair in visible characters."""
    return " + ".join(ui.plain(spelled(part, unit)) for part in pair)


def words_strip(
    words: Mapping[str, Sequence[str]],
    shown: Sequence[str],
    counts: Mapping[str, int],
    *,
    key: str,
    label: str,
    unit: str = "char",
    joining: Pair | None = None,
    fresh: str | None = None,
) -> None:
    """Draw some words of a corpus; color marks the pair to be merged or the merged symbol."""

    def chips() -> Iterator[ui.Token]:
        for word in shown:
            symbols = words[word]
            places = joining_places(symbols, joining) if joining else ()
            for place, symbol in enumerate(symbols):
                color = "@accent" if place in places else "@kept" if symbol == fresh else ""
                yield ui.Token(spelled(symbol, unit), color=color)
            yield ui.Token(f"×{counts[word]}", muted=True)

    ui.tokens(list(chips()), key=key, label=label)
