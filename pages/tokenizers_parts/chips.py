"""Corpora as chips: each word's symbols in a row, then how often the word occurs."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

import ui
from core.tokenizers.spelling import joining_places, spelled
from core.tokenizers.trained.history import Pair

WORDS = 14  # words in sight at once; of a longer corpus those that change


def told(pair: Pair, unit: str) -> str:
    """A pair in visible characters."""
    return " + ".join(ui.plain(spelled(part, unit)) for part in pair)


def in_sight(
    before: Mapping[str, Sequence[str]], after: Mapping[str, Sequence[str]]
) -> tuple[list[str], int]:
    """The words to show, and how many of all change: every word where there are few."""
    changed = [word for word in before if before[word] != after[word]]
    shown = list(before) if len(before) <= WORDS else changed[:WORDS]
    return shown, len(changed)


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
    """Some words of a corpus; the symbols about to be merged, or just merged, in color."""

    def chips() -> Iterator[ui.Token]:
        for word in shown:
            symbols = words[word]
            places = joining_places(symbols, joining) if joining else ()
            for place, symbol in enumerate(symbols):
                color = "@accent" if place in places else "@kept" if symbol == fresh else ""
                yield ui.Token(spelled(symbol, unit), color=color)
            yield ui.Token(f"×{counts[word]}", muted=True)

    ui.tokens(list(chips()), key=key, label=label)
