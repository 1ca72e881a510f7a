"""A text's merges in one order, a visitor's text as a corpus, the course's example recomputed."""

from __future__ import annotations

import itertools
import math
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tokenizers import Tokenizer, models, pre_tokenizers

from core.tokenizers.bpe import encode_bpe, train_bpe
from core.tokenizers.compare import trained_scheme
from core.tokenizers.real import load_tokenizer
from core.tokenizers.real.pieces import PieceSteps
from core.tokenizers.spelling import joining_places, loose, spelled
from core.tokenizers.trained.lesson import course_example, lesson_words
from core.tokenizers.unigram import train_unigram
from core.tokenizers.walk import (
    WalkPiece,
    walk,
    walk_trace,
    walk_training,
)
from core.tokenizers.wordpiece import train_wordpiece

HUG = {"hug": 10, "pug": 5, "pun": 12, "bun": 4, "hugs": 5}
WORDS = st.dictionaries(
    st.text("abc", min_size=1, max_size=7), st.integers(1, 5), min_size=1, max_size=5
)


def test_by_hand() -> None:
    run = walk_training(train_bpe(HUG, 7), "hugs bun")
    # The list: ug, un, hug, pun, pug, hugs, bun.
    assert [(step.rank, step.merged, step.pieces, step.places) for step in run.steps] == [
        (0, "ug", (0,), 1),
        (1, "un", (1,), 1),
        (2, "hug", (0,), 1),
        (5, "hugs", (0,), 1),
        (6, "bun", (1,), 1),
    ]
    states = ["".join(f"[{symbol.text}]" for symbol in run.at(step)) for step in range(6)]
    assert states == [
        "[h][u][g][s][b][u][n]",
        "[h][ug][s][b][u][n]",
        "[h][ug][s][b][un]",
        "[hug][s][b][un]",
        "[hugs][b][un]",
        "[hugs][bun]",
    ]


def test_marks_what_was_made_and_what_comes() -> None:
    run = walk_training(train_bpe(HUG, 7), "hugs bun")
    assert [symbol.text for symbol in run.at(1) if symbol.fresh] == ["ug"]
    assert [symbol.text for symbol in run.at(1) if symbol.joining] == ["u", "n"]
    assert [symbol.text for symbol in run.at(0) if symbol.joining] == ["u", "g"]
    assert not any(symbol.fresh for symbol in run.at(0))
    assert not any(symbol.joining for symbol in run.at(5))
    # "hug" stands in both pieces, but only the second step made the second one.
    same = walk_training(train_bpe(HUG, 7), "bun hug hug")
    assert [symbol.piece for symbol in same.at(1) if symbol.fresh] == [1, 2]


def test_a_symbol_that_was_there_before_is_not_fresh() -> None:
    whole = WalkPiece("ug", 0, 2, PieceSteps(("ug",), (0,), (False,), ("ug",), whole=True))
    merged = walk_training(train_bpe(HUG, 1), "ug").pieces[0]
    run = walk([whole, merged])
    assert [(s.text, s.piece, s.fresh) for s in run.at(1)] == [("ug", 0, False), ("ug", 1, True)]


@settings(max_examples=60, deadline=None)
@given(WORDS, st.lists(st.text("abcd", min_size=1, max_size=11), min_size=1, max_size=5))
def test_reading_down_the_list_of_merges_gives_the_same_states(counts, words) -> None:
    training = train_bpe(counts, 11)
    run = walk_training(training, " ".join(words))
    symbols = [list(word) for word in words]
    for number, step in enumerate(run.steps, 1):
        ranks = {pair: rank for rank, pair in reversed(list(enumerate(training.merges)))}
        found = [ranks[p] for word in symbols for p in itertools.pairwise(word) if p in ranks]
        assert step.rank == min(found), "the lowest rank that applies anywhere goes next"
        for word in symbols:
            index = 0
            while index + 1 < len(word):
                if (word[index], word[index + 1]) == step.pair:
                    word[index : index + 2] = [step.merged]
                index += 1
        assert [s.text for s in run.at(number)] == [text for word in symbols for text in word]
    assert symbols == [list(encode_bpe(word, training.merges).tokens) for word in words]


@settings(max_examples=40, deadline=None)
@given(WORDS, st.text("abcd é你", max_size=23), st.sampled_from(["char", "byte"]))
def test_last_state_is_the_schemes_tokens(counts, text, unit) -> None:
    for training in (
        train_bpe(counts, 7, unit),
        train_wordpiece(counts, 7),
        train_unigram(counts, len(set("".join(counts))) + 2),
    ):
        run = walk_training(training, text)
        tokens = list(trained_scheme(training).tokenize(text))
        last = run.at(len(run.steps))
        assert [not symbol.unknown for symbol in last] == [token.known for token in tokens]
        known = [
            (symbol.text, token.text)
            for symbol, token in zip(last, tokens, strict=True)
            if token.known and unit == "char"
        ]
        assert all(mine == theirs for mine, theirs in known)
        ids = [index for piece in run.pieces for index in piece.steps.ids]
        assert [index >= 0 for index in ids] == [token.known for token in tokens]


def test_unknown_letters_are_marked_while_they_are_merged_around() -> None:
    run = walk_training(train_bpe(HUG, 7), "mug")
    assert [(s.text, s.unknown) for s in run.at(0)] == [("m", True), ("u", False), ("g", False)]
    assert [(s.text, s.unknown) for s in run.at(1)] == [("m", True), ("ug", False)]
    assert run.pieces[0].steps.ids[0] == -1


def test_a_real_tokenizer_ends_at_its_tokens() -> None:
    merges = [("Ġ", "h"), ("u", "g"), ("Ġh", "ug"), ("ä", "½")]
    letters = ["Ġ", "h", "u", "g", "s", "b", "ä", "½", "ł"]
    vocab = {token: i for i, token in enumerate([*letters, *(a + b for a, b in merges)])}
    library = Tokenizer(models.BPE(vocab=vocab, merges=merges))
    library.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=True)
    tokenizer = load_tokenizer(library)
    trace = tokenizer.step("hugs bug 你")
    run = walk_trace(tokenizer, trace)
    assert trace.agrees
    assert tuple(symbol.text for symbol in run.at(len(run.steps))) == trace.tokens
    assert [step.merged for step in run.steps] == ["Ġh", "ug", "Ġhug", "ä½"]
    assert run.steps[1].places == 2
    assert [run.spelled(token) for token in trace.tokens[-2:]] == [b"\xe4\xbd", b"\xa0"]


def test_an_unknown_token_of_a_real_bpe_is_marked() -> None:
    library = Tokenizer(
        models.BPE(vocab={"a": 0, "b": 1, "ab": 2, "?": 3}, merges=[("a", "b")], unk_token="?")
    )
    tokenizer = load_tokenizer(library)
    run = walk_trace(tokenizer, tokenizer.step("abx"))
    assert [(symbol.text, symbol.unknown) for symbol in run.at(0)] == [
        ("a", False), ("b", False), ("?", True)
    ]  # fmt: skip
    assert [symbol.unknown for symbol in run.at(1)] == [False, True]


def test_steps_out_of_range_and_wrong_arguments_are_refused() -> None:
    run = walk_training(train_bpe(HUG, 3), "hug")
    steps: list[Any] = [-1, 3, True, 1.5]
    for step in steps:
        with pytest.raises(ValueError, match="step"):
            run.at(step)
    with pytest.raises(ValueError, match="unit"):
        walk([], unit="word")
    wrong: Any = "bpe"
    with pytest.raises(ValueError, match="training"):
        walk_training(wrong, "hug")
    number: Any = 5
    with pytest.raises(ValueError, match="text"):
        walk_training(train_bpe(HUG, 3), number)
    with pytest.raises(ValueError, match="spaces"):
        walk_training(train_bpe(HUG, 3), "hug", "keep")


def test_no_text_is_no_walk() -> None:
    run = walk_training(train_bpe(HUG, 3), "")
    assert (run.pieces, run.steps, run.at(0)) == ((), (), ())
    assert run.per_character(0, "") is None


def test_symbols_per_character() -> None:
    run = walk_training(train_bpe(HUG, 7), "hugs")
    assert [run.per_character(step, "hugs") for step in (0, 1, 3)] == [1.0, 0.75, 0.25]


def test_places_of_a_pair_do_not_overlap() -> None:
    assert sorted(joining_places("aaaa", ("a", "a"))) == [0, 1, 2, 3]
    assert sorted(joining_places("aaa", ("a", "a"))) == [0, 1]
    assert sorted(joining_places("baab", ("a", "b"))) == [2, 3]
    assert joining_places("", ("a", "b")) == frozenset()


def test_spelling_of_bytes() -> None:
    assert spelled("Ġa", "byte") == " a"
    assert spelled("ä½ł", "byte") == "你"
    assert spelled("½", "byte") == b"\xbd"
    assert spelled("[UNK]你", "byte") == "[UNK]你"
    assert loose("<0x0A>") == b"\n"
    assert loose("a<0x0A>") == "a<0x0A>"
    assert loose(" <0xE4><0xBD>") == b" \xe4\xbd"
    with pytest.raises(ValueError, match="unit"):
        spelled("a", "bytes")


def test_a_visitors_text_within_limits() -> None:
    found = lesson_words("ab ab abcdefgh" + "x" * 5, max_chars=14, max_word=3)
    assert found.word_counts == {"ab": 2, "abc": 1, "def": 1, "gh": 1}
    assert (found.left_out, found.divided) == (5, 1)
    assert lesson_words("a b", "prefix").word_counts == {"a": 1, " b": 1}
    assert lesson_words("").word_counts == {}
    refused: list[dict[str, Any]] = [{"max_chars": 0}, {"max_word": 0}, {"spaces": "x"}]
    for wrong in refused:
        with pytest.raises(ValueError, match=next(iter(wrong))):
            lesson_words("a", **wrong)
    nothing: Any = None
    with pytest.raises(ValueError, match="text"):
        lesson_words(nothing)


def test_the_courses_slips() -> None:
    before = dict(HUG)
    example = course_example(HUG)
    assert before == HUG
    assert (example.counts["p"], example.mistaken_count, example.total) == (17, 5, 210)
    assert example.mistaken == pytest.approx(5 / 210 * 36 / 210 * 20 / 210)
    letters = next(cut for cut in example.cuts if len(cut.tokens) == 3)
    assert math.exp(letters.log_prob) == pytest.approx(17 / 210 * 36 / 210 * 20 / 210)
    assert example.losses["hug"] == pytest.approx(-math.log(15 / 210))
    assert example.losses_from_one["hug"] == pytest.approx(1 - math.log(15 / 210))
    assert example.loss == pytest.approx(sum(HUG[w] * example.losses[w] for w in HUG))
    assert example.loss_from_one == pytest.approx(example.loss + 36)
    with pytest.raises(ValueError, match="cut"):
        course_example(HUG, "zzz")
