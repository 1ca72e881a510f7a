"""The shipped texts, and copied runs in them."""

from __future__ import annotations

import random

import pytest

from core import ngrams as core
from core.ngrams import END


def test_copied_runs() -> None:
    training = core.suffix_index([0, 1, 2, 3, 4, 1, 2, 9])
    found = core.copied_runs([7, 1, 2, 3, 9, 4, 1, 2], training, 3)
    assert found.matches == [0, 3, 2, 1, 1, 3, 2, 1]
    assert found.marked == [False, True, True, True, False, True, True, True]
    assert (found.longest, found.share) == ((1, 4), 6 / 8)
    draw = random.Random(1)
    train, text = draw.choices(range(3), k=200), draw.choices(range(3), k=40)
    runs = {tuple(train[i:j]) for i in range(200) for j in range(i + 1, min(200, i + 30) + 1)}
    for i, length in enumerate(core.copied_runs(text, core.suffix_index(train), 5).matches):
        assert tuple(text[i : i + length]) in runs
        assert i + length == 40 or tuple(text[i : i + length + 1]) not in runs
    assert core.copied_runs([], training, 1).longest == (0, 0)


def test_the_shipped_texts() -> None:
    names = core.load_corpus("names", "characters")
    assert len(names.train) + len(names.held_out) == 5163
    assert names.lines[0] == "Joseph" == "".join(names.held_out[0])
    assert names.characters == names.tokens, "one token per character, one per line end"
    own = core.load_corpus("own", "words", "A cat sat. A dog sat! Where?")
    assert own.train == [["A", "cat", "sat", "."], ["A", "dog", "sat", "!"]]
    assert own.held_out == [["Where", "?"]]
    assert own.vocabulary(2) == ["A", "sat"]
    for text in ("one line", "", "\n\n x \n"):
        with pytest.raises(ValueError, match="at least two lines or sentences"):
            core.load_corpus("own", "words", text)
    assert core.join_tokens(["Yes", ",", "I", "am", ".", END, "No"], "words") == "Yes, I am.\nNo"
