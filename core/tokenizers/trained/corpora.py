"""The small texts that ship in `data/tokenizers`, each with its source and license."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

from core.errors import InputError
from core.plain_checks import choice
from core.tokenizers.text import count_words
from core.tokenizers.trained.merging import check_word_counts


@dataclass(frozen=True, slots=True)
class Corpus:
    """A named text, or a list of words with counts (`text` None), with where it comes from."""

    name: str
    title: str
    text: str | None
    word_counts: dict[str, int]
    source: str
    license: str


def data_folder() -> Path:
    """Return the folder of the bundled texts."""
    return Path(__file__).resolve().parents[3] / "data" / "tokenizers"


def corpus_names(folder: Path | None = None) -> tuple[str, ...]:
    """Return the names that `load_corpus` takes, in menu order."""
    return tuple(_index(folder or data_folder()))


def load_corpus(name: str, spaces: str = "drop", folder: Path | None = None) -> Corpus:
    """Read one of the texts.

    Args:
        name: one of `corpus_names()`.
        spaces: how white space is treated when a text's words are counted; see `split_words`.
        folder: another folder with an `index.json`; None takes the project's own.

    Returns:
        The text, its word counts, its source and its license.

    Raises:
        ValueError: no such name, or the file is missing or broken.

    Example:
        >>> load_corpus("hug").word_counts
        {'hug': 10, 'pug': 5, 'pun': 12, 'bun': 4, 'hugs': 5}
    """
    folder = folder or data_folder()
    index = _index(folder)
    choice("name", name, tuple(index))
    entry = index[name]
    content = _read(folder / entry["file"])
    text = None if entry["file"].endswith(".json") else content
    try:
        counts = count_words(content, spaces) if text is not None else json.loads(content)
    except ValueError as error:
        raise InputError(
            "{file} is not JSON ({error}). Restore the file.",
            file=entry["file"],
            error=error,
        ) from error
    return Corpus(
        name, entry["title"], text, check_word_counts(counts), entry["source"], entry["license"]
    )


def _index(folder: Path) -> dict[str, dict[str, str]]:
    return json.loads(_read(folder / "index.json"))


def _read(path: Path) -> str:
    try:
        return path.read_text("utf-8")
    except OSError as error:
        raise InputError(
            "{path} cannot be read. Restore the project's data folder.",
            path=path,
        ) from error
