"""The texts that n-grams are counted on: two that ship, or any other; a part is held out."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from core.checks import choice, integer
from core.errors import InputError
from core.ngrams.counts import END
from core.tokenizers.text import split_words

SOURCES = ("bible", "names", "own")
UNITS = ("words", "characters")
DATA = Path(__file__).resolve().parents[2] / "data"
BIBLE, NAMES = DATA / "moe" / "english.txt", DATA / "ngrams" / "names.txt"
MOST_TOKENS = 150_000  # of the training text; the rest is left out


@dataclass(frozen=True, slots=True)
class Corpus:
    """A text in sentences (lines), split into a training and a held-out part.

    Attributes:
        unit: "words" (with punctuation marks) or "characters".
        train: training sentences as lists of tokens.
        held_out: the same for the held-out sentences.
        lines: the held-out sentences as text.
    """

    unit: str
    train: list[list[str]]
    held_out: list[list[str]]
    lines: list[str]

    @property
    def characters(self) -> int:
        """Return the characters of the held-out text, one line break per sentence included."""
        return sum(len(line) + 1 for line in self.lines)

    @property
    def tokens(self) -> int:
        """Return the predicted tokens of the held-out text, the ends included."""
        return sum(len(sentence) + 1 for sentence in self.held_out)

    def vocabulary(self, least: int) -> list[str]:
        """Return the training tokens that occur at least `least` times."""
        integer("least", least, 1)
        counts = Counter(token for sentence in self.train for token in sentence)
        return [token for token, count in counts.items() if count >= least]


def load_corpus(source: str, unit: str = "words", text: str = "") -> Corpus:
    """Return a text split into sentences and tokens, with every tenth part held out.

    "bible": 109 chapters of the King James Version, a verse per sentence; every tenth chapter is
    held out. "names": given names, one per sentence; every tenth is held out. "own": the lines of
    `text`, or its sentences if it has one line; every tenth is held out, or the last of fewer.

    Raises:
        ValueError: another source or unit; fewer than two sentences in `text`.
    """
    choice("source", source, SOURCES)
    choice("unit", unit, UNITS)
    if source == "bible":
        chapters = [_lines(block) for block in _read(BIBLE).split("\n%%\n")]
        train = [line for i, block in enumerate(chapters) if i % 10 != 9 for line in block]
        held_out = [line for i, block in enumerate(chapters) if i % 10 == 9 for line in block]
    else:
        lines = _lines(_read(NAMES) if source == "names" else text)
        if len(lines) == 1:
            lines = _lines(re.sub(r"(?<=[.!?。！？])\s*", "\n", lines[0]))
        if len(lines) < 2:
            raise InputError(
                "text must hold at least two lines or sentences; got {got}. One is held out.",
                got=len(lines),
            )
        last = 9 if len(lines) >= 10 else len(lines) - 1
        held_out = [line for i, line in enumerate(lines) if i % 10 == last]
        train = [line for i, line in enumerate(lines) if i % 10 != last]
    kept = _first([split_tokens(line, unit) for line in train])
    return Corpus(unit, kept, [split_tokens(line, unit) for line in held_out], held_out)


def split_tokens(text: str, unit: str) -> list[str]:
    """Return a text's words and punctuation marks, or its characters."""
    if choice("unit", unit, UNITS) == "characters":
        return list(text)
    return [token.text for token in split_words(text)]


def join_tokens(tokens: Sequence[str], unit: str) -> str:
    """Return tokens as readable text: no space before a punctuation mark, "</s>" as a line break.

    Example:
        >>> join_tokens(["Jack", ",", "</s>", "the", "cat"], "words")
        'Jack,\\nthe cat'
    """
    if choice("unit", unit, UNITS) == "characters":
        return "".join("\n" if token == END else token for token in tokens)
    text = " ".join("\n" if token == END else token for token in tokens)
    return re.sub(r" ?\n ?", "\n", re.sub(r" (?=[,.;:!?)])", "", text))


def _read(path: Path) -> str:
    return path.read_text(encoding="utf-8")


def _lines(text: str) -> list[str]:
    return [line for line in (line.strip() for line in text.splitlines()) if line]


def _first(sentences: list[list[str]]) -> list[list[str]]:
    """Return the sentences up to the limit of tokens; a single longer one is cut."""
    kept, left = [], MOST_TOKENS
    for sentence in sentences:
        if left <= 0:
            break
        kept.append(sentence[:left])
        left -= len(sentence)
    return kept
