"""Added tokens ("<|im_start|>", "[SEP]"): matched as they are written, before anything else.

The rules are the `tokenizers` library's: leftmost match, the longest of several; those not
"normalized" are looked for in the text as given, the others in the normalized text.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class AddedToken:
    """A token that is never cut. `pattern` is what to look for (normalized where that applies)."""

    content: str
    id: int
    pattern: str
    normalized: bool
    single_word: bool
    lstrip: bool
    rstrip: bool
    special: bool


@dataclass(frozen=True, slots=True)
class AddedMatch:
    """An added token found at text[start:stop], stripped white space included."""

    token: AddedToken
    start: int
    stop: int


def find_added(text: str, tokens: Iterable[AddedToken]) -> list[AddedMatch]:
    """Find added tokens in a text, left to right.

    A `single_word` token counts only with no word character on either side; `lstrip` and `rstrip`
    tokens include the adjacent white space.
    """
    by_first: dict[str, dict[str, AddedToken]] = {}
    for token in tokens:
        if token.pattern:
            by_first.setdefault(token.pattern[0], {})[token.pattern] = token
    lengths = {
        first: sorted({len(pattern) for pattern in group}, reverse=True)
        for first, group in by_first.items()
    }
    matches: list[AddedMatch] = []
    index = taken = 0
    while index < len(text):
        group = by_first.get(text[index], {})
        found = next(
            (
                group[text[index : index + length]]
                for length in lengths.get(text[index], ())
                if text[index : index + length] in group
            ),
            None,
        )
        if found is None:
            index += 1
            continue
        start, stop = index, index + len(found.pattern)
        index = stop
        if found.single_word and (
            (start > 0 and is_word_character(text[start - 1]))
            or (stop < len(text) and is_word_character(text[stop]))
        ):
            continue
        if found.lstrip:
            while start > taken and is_white_space(text[start - 1]):
                start -= 1
        if found.rstrip:
            while stop < len(text) and is_white_space(text[stop]):
                stop += 1
        matches.append(AddedMatch(found, max(start, taken), stop))
        taken = stop
    return matches


def is_word_character(char: str) -> bool:
    r"""Return whether a Unicode `\w` matches the character (UTS 18, annex C)."""
    category = unicodedata.category(char)
    return (
        category[0] in "LM"
        or category in ("Nd", "Nl", "Pc")
        or char in "\u200c\u200d"
        or "\u24b6" <= char <= "\u24e9"  # circled letters, alphabetic though symbols
        or "\U0001f130" <= char <= "\U0001f149"
        or "\U0001f150" <= char <= "\U0001f169"
        or "\U0001f170" <= char <= "\U0001f189"
    )


def is_white_space(char: str) -> bool:
    r"""Return whether a Unicode `\s` matches the character (Python's matches four more)."""
    return char.isspace() and not "\x1c" <= char <= "\x1f"
