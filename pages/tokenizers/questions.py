"""The outcomes of the questions that the page asks."""

from __future__ import annotations

from pages.tokenizers.use import walk
from ui import _


def tokens_of_an_unknown_word() -> tuple[int, str]:
    """Return whether the text has no unknown token, some inside words, or only unknown ones."""
    run = walk()
    symbols = run.at(len(run.steps))
    unknown = sum(symbol.unknown for symbol in symbols)
    index = 0 if not unknown else 2 if unknown == len(symbols) else 1
    why = _(
        "{unknown} of the {all} tokens are unknown: {tokens}. A symbol that the training text does "
        "not contain has no entry in the vocabulary; the symbols around it merge as usual."
    )
    tokens = " ".join("[UNK]" if symbol.unknown else symbol.text for symbol in symbols)
    return index, why.format(unknown=unknown, all=len(symbols), tokens=tokens)
