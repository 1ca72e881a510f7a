"""Cut a text into words, characters and bytes, each token with its place in the text."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass

from core.plain_checks import choice
from core.tokenizers.alphabet import base_symbols, check_text, readable

SPACES = ("drop", "prefix")
ZERO_WIDTH_JOINER = "\u200d"
APOSTROPHES = "'’"


@dataclass(frozen=True, slots=True)
class Token:
    """A token as shown, and the characters text[start:stop] that it touches.

    `known` is false for a token that stands for something outside the vocabulary.
    """

    text: str
    start: int
    stop: int
    known: bool = True


def split_words(text: str, spaces: str = "drop") -> tuple[Token, ...]:
    """Cut a text into words: runs of letters, digits and marks; everything else on its own.

    An apostrophe between letters stays inside ("don't"); an emoji with its modifiers and joiners
    stays whole; a run of Chinese has no spaces and so is one word. One pass, no regular expression.

    Args:
        text: any string.
        spaces: "drop" leaves white space out; "prefix" glues a space to the word that follows it,
            as GPT-2 does, and keeps other white space as tokens, so that the tokens joined are
            the text.

    Returns:
        The words, left to right.

    Raises:
        ValueError: `text` is not text, or another value for `spaces`.

    Example:
        >>> [token.text for token in split_words("Don't go!", spaces="prefix")]
        ["Don't", ' go', '!']
    """
    check_text("text", text)
    choice("spaces", spaces, SPACES)
    bounds: list[tuple[int, int]] = []
    start = 0
    for index in range(1, len(text) + 1):
        if index == len(text) or not _sticks(text, start, index):
            bounds.append((start, index))
            start = index
    if spaces == "prefix":
        bounds = _give_spaces_away(text, bounds)
    return tuple(
        Token(text[start:stop], start, stop)
        for start, stop in bounds
        if start < stop and (spaces == "prefix" or not text[start].isspace())
    )


def count_words(text: str, spaces: str = "drop") -> dict[str, int]:
    """Count how often each word of a text occurs, in order of first occurrence.

    Args:
        text: any string; one without words gives an empty table.
        spaces: as in `split_words`.

    Example:
        >>> count_words("the cat, the dog")
        {'the': 2, 'cat': 1, ',': 1, 'dog': 1}
    """
    counts: dict[str, int] = {}
    for token in split_words(text, spaces):
        counts[token.text] = counts.get(token.text, 0) + 1
    return counts


def split_characters(text: str) -> tuple[Token, ...]:
    """Split a text into code points, one token each (an emoji family is several).

    Example:
        >>> len(split_characters("né"))
        2
    """
    return tuple(Token(char, i, i + 1) for i, char in enumerate(check_text("text", text)))


def split_bytes(text: str) -> tuple[Token, ...]:
    """Split a text into UTF-8 bytes, one token each: ASCII as itself, any other byte as `<0xC3>`.

    Example:
        >>> [token.text for token in split_bytes("né")]
        ['n', '<0xC3>', '<0xA9>']
    """
    return tuple(
        Token(readable(symbol, "byte"), index, index + 1)
        for index, char in enumerate(check_text("text", text))
        for symbol in base_symbols(char, "byte")
    )


def _sticks(text: str, start: int, index: int) -> bool:
    """Return whether text[index] belongs to the word that text[start:index] has begun."""
    before, char = text[index - 1], text[index]
    if before.isspace() or char.isspace():
        return before.isspace() and char.isspace()
    if char == ZERO_WIDTH_JOINER or before == ZERO_WIDTH_JOINER or _modifies(char):
        return True
    if _is_flag_half(char):
        return _is_flag_half(before) and (index - start) % 2 == 1
    if char in APOSTROPHES:
        return _is_wordly(before) and index + 1 < len(text) and _is_letter(text[index + 1])
    if before in APOSTROPHES and index - 1 > start:
        return _is_wordly(char)
    return _is_wordly(before) and _is_wordly(char)


def _is_wordly(char: str) -> bool:
    return char == "_" or unicodedata.category(char)[0] in "LNM"


def _is_letter(char: str) -> bool:
    return unicodedata.category(char)[0] == "L"


def _modifies(char: str) -> bool:
    """Return whether it is a combining mark, a variation selector, or an emoji's skin tone."""
    return unicodedata.category(char)[0] == "M" or "\U0001f3fb" <= char <= "\U0001f3ff"


def _is_flag_half(char: str) -> bool:
    return "\U0001f1e6" <= char <= "\U0001f1ff"


def _give_spaces_away(text: str, bounds: list[tuple[int, int]]) -> list[tuple[int, int]]:
    """Move the last space of each run of white space to the word that follows."""
    moved: list[tuple[int, int]] = []
    for start, stop in bounds:
        if moved and not text[start].isspace() and text[start - 1] == " ":
            moved[-1] = (moved[-1][0], moved[-1][1] - 1)
            start -= 1
        moved.append((start, stop))
    return moved
