"""Chunks, retrieval and the cost of attention: hand examples, oracles, identities."""

from collections.abc import Callable, Sequence
from itertools import pairwise

import pytest
import torch
from hypothesis import example, given, settings
from hypothesis import strategies as st
from langchain_text_splitters import CharacterTextSplitter, RecursiveCharacterTextSplitter
from torch import Tensor

from core.attention import causal_mask
from core.lm import Encoder, LanguageModel
from core.long_text import (
    UNITS,
    Chunk,
    attention_pairs,
    broken,
    chunk_text,
    cuts_inside,
    holders,
    recursive_chunks,
    recursive_split,
    retrieve,
    span_of,
    tokens_in_cache,
    touched,
    units_of,
)

TEXTS = st.text(st.sampled_from("ab .\n!？。\u3000é"), max_size=80)
SIZES = st.integers(1, 25)
SEPARATORS = (["\n\n", "\n", " ", ""], ["."], ["b ", "a", ""], ["\n"])


class Vectors:
    """An encoder that returns the first rows of a matrix."""

    def __init__(self, rows: list[list[float]]) -> None:
        self.rows = torch.tensor(rows)

    def embed(self, texts: Sequence[str], /) -> Tensor:
        return self.rows[: len(texts)]


def test_chunks_by_hand() -> None:
    assert chunk_text("abcdefg", 4, 2) == [
        Chunk("abcd", 0, 4, 4, 0),
        Chunk("cdef", 2, 6, 4, 2),
        Chunk("efg", 4, 7, 3, 2),
    ]
    assert [c.text for c in chunk_text("One, two. Three! Four", 1, 0, "sentences")] == [
        "One, two. ",
        "Three! ",
        "Four",
    ]
    assert [c.text for c in chunk_text("a b  c\nd", 2, 1, "words")] == ["a b  ", "b  c\n", "c\nd"]
    assert [c.text for c in chunk_text("a\nb\n\nc\n \nd", 1, 0, "paragraphs")] == [
        "a\nb\n\n",
        "c\n \n",
        "d",
    ]
    assert [c.text for c in chunk_text("他来了。“走！”她说。", 1, 0, "sentences")] == [
        "他来了。",
        "“走！”",
        "她说。",
    ]
    assert chunk_text("", 3) == []


@settings(max_examples=150, deadline=None)
@given(TEXTS, SIZES, st.data(), st.sampled_from([u for u in UNITS if u != "tokens"]))
def test_chunks_tile_the_text(text: str, size: int, data: st.DataObject, unit: str) -> None:
    overlap = data.draw(st.integers(0, size - 1))
    chunks = chunk_text(text, size, overlap, unit)
    assert "".join(
        c.text[max(0, b.stop - c.start) :] if b else c.text
        for b, c in zip([None, *chunks], chunks, strict=False)
    ) == text  # fmt: skip
    for before, chunk in pairwise(chunks):
        assert chunk.overlap == overlap
        assert before.start < chunk.start <= before.stop < chunk.stop
    assert all(c.text == text[c.start : c.stop] and c.size <= size for c in chunks)
    assert all(c.size == size for c in chunks[:-1])


@settings(max_examples=250, deadline=None)
@given(TEXTS, SIZES, st.data())
@example("a\n\nb c", 1, None)
def test_the_recursive_splitter_is_langchains(
    text: str, size: int, data: st.DataObject | None
) -> None:
    overlap, separators = 0, SEPARATORS[0]
    if data is not None:
        overlap = data.draw(st.integers(0, size))
        separators = data.draw(st.sampled_from(SEPARATORS))
    oracle = RecursiveCharacterTextSplitter(
        chunk_size=size, chunk_overlap=overlap, separators=separators
    )
    split = recursive_split(text, size, overlap, separators)
    assert [c.text for c in split.chunks] == oracle.split_text(text)
    assert all(c.text == text[c.start : c.stop] and c.size == len(c.text) for c in split.chunks)
    assert all(c.overlap <= overlap for c in split.chunks)
    assert "".join(text[p.start : p.stop] for p in split.pieces) == text


@settings(max_examples=50, deadline=None)
@given(TEXTS, SIZES)
def test_characters_are_langchains_empty_separator(text: str, size: int) -> None:
    oracle = CharacterTextSplitter(
        separator="", chunk_size=size, chunk_overlap=size // 2, strip_whitespace=False
    )
    overlap = size // 2
    if overlap < size:
        assert [c.text for c in chunk_text(text, size, overlap)] == oracle.split_text(text)


def test_the_overlap_is_what_whole_pieces_allow() -> None:
    text = "aaaa bbbbbbbb cccc"
    with_room, without = recursive_chunks(text, 14, 9), recursive_chunks(text, 14, 8)
    assert [c.overlap for c in with_room] == [0, 8]
    assert [c.overlap for c in without] == [0, 0]  # " bbbbbbbb" has 9 characters


def test_token_chunks_are_the_models(language_model: LanguageModel) -> None:
    model = language_model
    text = "The naïve 🙂 cat sat on the mat, 12345 times 𓀀. \n\n Then it left."
    ids = model.encode(text)
    pieces = [model.token_bytes(i) for i in ids]
    chunks = chunk_text(text, 5, 2, "tokens", lambda _text: pieces)
    assert "".join(c.text[len(text[c.start : b.stop]) :] if b else c.text
                   for b, c in zip([None, *chunks], chunks, strict=False)) == text  # fmt: skip
    assert [c.size for c in chunks] == [len(model.encode(c.text)) for c in chunks]
    assert chunk_text(text, 5, 2, "tokens", model.encode) == chunks
    assert (
        max(c.size for c in chunk_text(text, 1, 0, "tokens", model.encode)) > 1
    )  # a rare character


def test_what_the_cuts_break_by_hand() -> None:
    text = "One cat. Two dogs ran."
    sentences, words = units_of(text, "sentences"), units_of(text, "words")
    assert sentences == [(0, 8), (9, 22)]
    chunks = chunk_text(text, 10, 2)  # [0, 10), [8, 18), [16, 22)
    assert broken(sentences, chunks) == [(9, 22)]
    assert cuts_inside(words, chunks) == 2  # at 10, "T|wo", and 16, "dog|s"; 18 is between words
    assert cuts_inside(sentences, chunks) == 3
    assert holders(chunks, (0, 8)) == (0,)
    assert touched(chunks, (9, 22)) == (0, 1, 2)
    assert span_of(text, " two DOGS ") == (9, 17)
    assert span_of(text, "cow") is None
    assert span_of(text, " ") is None


@settings(max_examples=60, deadline=None)
@given(TEXTS, SIZES)
def test_broken_units_are_those_without_a_holder(text: str, size: int) -> None:
    words = units_of(text, "words")
    for chunks in (chunk_text(text, size, size // 3), recursive_chunks(text, size, size // 2)):
        assert broken(words, chunks) == [w for w in words if not holders(chunks, w)]
        ends = {e for c in chunks for e in (c.start, c.stop)}
        assert cuts_inside(words, chunks) == sum(a < e < b for e in ends for a, b in words)


def test_retrieval_against_cosines_by_hand() -> None:
    chunks = chunk_text("abc", 1)
    encoder = Vectors([[1.0, 0], [0, 2], [3, 0], [1, 1]])
    hits = retrieve("q", chunks, encoder, 2)
    assert [(h.chunk.text, h.score) for h in hits] == [("b", 1.0), ("c", pytest.approx(0.5**0.5))]
    assert len(retrieve("q", chunks, encoder, 99)) == 3
    assert retrieve("q", [], encoder, 1) == []


def test_retrieval_finds_the_sentence(encoder: Encoder) -> None:
    chunks = chunk_text(
        "Cats sleep all day. Paris is in France. Bread needs yeast.", 1, 0, "sentences"
    )
    hits = retrieve("Where is Paris?", chunks, encoder, 3)
    assert hits[0].chunk is chunks[1]
    pair = encoder.embed(["Where is Paris?", chunks[1].text])
    assert hits[0].score == pytest.approx(float(pair[0] @ pair[1]), abs=1e-4)
    assert [h.score for h in hits] == sorted((h.score for h in hits), reverse=True)


@pytest.mark.parametrize("n", [0, 1, 2, 7, 12])
def test_pairs_are_those_of_the_masks(n: int) -> None:
    i, j = torch.arange(n)[:, None], torch.arange(n)
    causal = causal_mask(n).view(n, n) if n else (j <= i)
    assert attention_pairs(n) == int(causal.sum())
    for width in (1, 3, 7, 20):
        assert attention_pairs(n, window=width) == int((causal & (i - j < width)).sum())
        assert attention_pairs(n, chunk=width) == int((causal & (i // width == j // width)).sum())
        assert tokens_in_cache(n, width) == tokens_in_cache(n, chunk=width) == min(n, width)
    assert tokens_in_cache(n) == n


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: chunk_text("a", 0), "size must be at least 1"),
        (lambda: chunk_text("a", 2, 2), "overlap must be from 0 to 1"),
        (lambda: chunk_text("a", 2, 0, "pages"), "unit must be one of"),
        (lambda: chunk_text("a", 2, 0, "tokens"), "encode must be"),
        (lambda: chunk_text("ab", 2, 0, "tokens", lambda text: ["a"]), "together are the text"),
        (lambda: chunk_text(b"a", 2), "text must be a text"),  # ty: ignore[invalid-argument-type]
        (lambda: recursive_chunks("a", 2, 3), "overlap must be from 0 to 2"),
        (lambda: recursive_chunks("a", 2, 0, ()), "separators must be"),
        (lambda: retrieve(" ", [], Vectors([]), 1), "query must not be blank"),
        (lambda: retrieve("q", [], Vectors([]), 0), "k must be at least 1"),
        (lambda: attention_pairs(-1), "length must be at least 0"),
        (lambda: attention_pairs(3, window=0), "window must be at least 1"),
        (lambda: attention_pairs(3, 2, 2), "exclude each other"),
    ],
)  # fmt: skip
def test_bad_arguments_are_named(call: Callable[[], object], words: str) -> None:
    with pytest.raises(ValueError, match=words):
        call()
