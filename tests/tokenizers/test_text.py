from __future__ import annotations

import itertools
import math
import unicodedata
from collections import Counter

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from transformers.convert_slow_tokenizer import bytes_to_unicode

from core.tokenizers.alphabet import (
    byte_alphabet,
    byte_letter,
    character_spans,
    letter_byte,
    readable,
    symbol_bytes,
    well_formed,
)
from core.tokenizers.bpe import train_bpe
from core.tokenizers.compare import (
    byte_scheme,
    character_scheme,
    compare,
    compare_texts,
    cutter,
    trained_scheme,
    word_scheme,
)
from core.tokenizers.lengths import length_curve
from core.tokenizers.text import count_words, split_bytes, split_characters, split_words
from core.tokenizers.trained.corpora import corpus_names, data_folder, load_corpus
from core.tokenizers.unigram import train_unigram
from core.tokenizers.wordpiece import train_wordpiece
from core.tokenizers.zipf import fit_line, zipf

STRANGE = (
    "Don't  go!! \t'quoted' 👨‍👩‍👧 👍🏽 🇫🇷🇩🇪x 你好，世界 e\u0301 \x00\ud800\udc00 \udfff مرحبا "
    "<script>alert(1)</script> \u202eabc\u202c \ufeff 1️⃣ a_b x\r\n\n"
)


def shipped(name: str) -> str:
    text = load_corpus(name).text
    assert text is not None
    return text


ANY = st.text(st.characters(codec=None), max_size=29)


def test_the_byte_letters_are_gpt2s():
    assert dict(enumerate(byte_alphabet())) == bytes_to_unicode()
    for value in range(256):
        assert letter_byte(byte_letter(value)) == value
    for letter in ("你", " ", "\x7f", "\u0144", "\xad"):
        with pytest.raises(ValueError, match="256 letters"):
            letter_byte(letter)


def test_bytes_are_readable():
    letters = "".join(map(byte_letter, " 你é!".encode()))
    assert readable(letters, "byte") == " 你é!"
    assert readable(letters[1:3], "byte") == "<0xE4><0xBD>"
    assert readable("Ċ", "byte") == "\n"
    assert readable("Ġ") == "Ġ"
    assert symbol_bytes("Ġa") == b" a"


@given(ANY)
def test_spans_of_bytes_cover_every_character(text):
    tokens = [byte_letter(value) for value in text.encode("utf-8", "surrogatepass")]
    spans = character_spans(text, tokens, "byte")
    assert sorted({start for start, _ in spans}) == list(range(len(text)))
    assert all(stop == start + 1 for start, stop in spans)
    assert "".join(t.text for t in split_characters(text)) == text
    assert len(split_bytes(text)) == len(tokens)
    assert [t.start for t in split_bytes(text)] == [start for start, _ in spans]
    well_formed(text).encode("utf-8")


def test_spans_and_surrogates_by_hand():
    assert character_spans("héllo", ["hÃ", "©llo"], "byte") == ((0, 2), (1, 5))
    with pytest.raises(ValueError, match="runs past its end"):
        character_spans("ab", ["abc"])
    assert well_formed("a\ud83d\ude00b\ud800") == "a😀b\ufffd"


def test_words_by_hand():
    words = [token.text for token in split_words(STRANGE)]
    assert words[:17] == [
        "Don't", "go", "!", "!", "'", "quoted", "'", "👨‍👩‍👧", "👍🏽", "🇫🇷", "🇩🇪", "x",
        "你好", "，", "世界", "e\u0301", "\x00",
    ]  # fmt: skip
    assert "a_b" in words
    assert "1️⃣" in words
    assert words[words.index("script") - 1 :][:3] == ["<", "script", ">"]
    glued = [token.text for token in split_words("a  b\n c", "prefix")]
    assert glued == ["a", " ", " b", "\n", " c"]
    assert [token.text for token in split_words(" a", "prefix")] == [" a"]
    assert split_words("") == split_words(" \n") == ()
    assert count_words("b a b") == {"b": 2, "a": 1}
    assert list(count_words("b a b")) == ["b", "a"]


@given(st.one_of(ANY, st.text("a'’ \t\n.é\u0301\u200d👍🏽🇫🇷_1", max_size=23)))
def test_words_with_spaces_joined_are_the_text(text):
    glued = split_words(text, "prefix")
    assert "".join(token.text for token in glued) == text
    assert all(token.text for token in glued)
    dropped = split_words(text)
    assert "".join(token.text for token in dropped) == "".join(
        char for char in text if not char.isspace()
    )
    for token in (*glued, *dropped):
        assert text[token.start : token.stop] == token.text
    assert sum(count_words(text).values()) == len(dropped)


def test_letters_and_digits_never_part():
    letters = [chr(code) for code in range(0x250)]
    text = "".join(char for char in letters if unicodedata.category(char)[0] in "LN")
    assert len(split_words(text)) == 1


@pytest.fixture(scope="module")
def trainings():
    words = load_corpus("english").word_counts
    return [
        train_bpe(words, 40),
        train_bpe(words, 40, "byte"),
        train_wordpiece(words, 40),
        train_unigram(words, 60),
    ]


def test_a_comparison_by_hand():
    schemes = [
        word_scheme({"né"}),
        character_scheme(),
        byte_scheme(),
        trained_scheme(train_bpe({"né": 3}, 1)),
        trained_scheme(train_wordpiece({"né": 3, "ne": 1}, 1)),
        trained_scheme(train_unigram({"né": 3}, 2)),
    ]
    result = compare("né nö", schemes)
    assert (result.characters, result.bytes) == (5, 7)
    rows = {row.name: row for row in result.rows}
    assert list(rows) == ["word", "character", "byte", "BPE", "WordPiece", "Unigram"]
    assert [row.count for row in result.rows] == [2, 5, 7, 3, 2, 4]
    assert [row.unknown for row in result.rows] == [1, 0, 0, 1, 1, 1]
    assert rows["word"].tokens_per_character == 2 / 5
    assert [(t.text, t.start, t.stop, t.known) for t in rows["BPE"].tokens] == [
        ("né", 0, 2, True), ("n", 3, 4, True), ("[UNK]", 4, 5, False)
    ]  # fmt: skip
    assert [(t.start, t.stop) for t in rows["WordPiece"].tokens] == [(0, 2), (3, 5)]
    assert [row.vocab_size for row in result.rows] == [1, None, 256, 3, 4, 2]
    empty = compare("", schemes)
    assert all(row.count == 0 and row.tokens_per_character is None for row in empty.rows)
    assert compare_texts({"a": "x"}, schemes)["a"].characters == 1


def test_one_chinese_character_is_several_byte_tokens(trainings):
    chinese = shipped("chinese")
    rows = compare(chinese, [character_scheme(), byte_scheme(), trained_scheme(trainings[1])]).rows
    assert rows[0].count == len(chinese)
    assert 2.9 * len(chinese) < rows[1].count <= 3 * len(chinese)
    assert rows[2].unknown == 0


@settings(deadline=None)
@given(ANY)
def test_no_text_breaks_a_scheme(trainings, text):
    for training in trainings:
        for spaces in ("drop", "prefix"):
            tokens = trained_scheme(training, spaces).tokenize(text)
            for before, after in itertools.pairwise(tokens):
                assert before.start <= after.start
            covered = {i for token in tokens for i in range(token.start, token.stop)}
            wanted = {i for i, c in enumerate(text) if spaces == "prefix" or not c.isspace()}
            assert covered == wanted


def test_strange_text_under_every_scheme(trainings):
    schemes = [word_scheme(), character_scheme(), byte_scheme(), *map(trained_scheme, trainings)]
    for row in compare(STRANGE, schemes).rows:
        assert row.count > 0
        assert row.count == len(row.tokens)


def test_length_curves(trainings):
    text = shipped("english")
    words = load_corpus("english").word_counts
    for training in trainings:
        curve = length_curve(text, training)
        sizes = [point.vocab_size for point in curve]
        assert sizes == sorted(sizes)
        assert sizes[-1] == max(size for size, _ in training.curve)
        assert curve[-1].tokens < curve[0].tokens
        assert all(point.unknown == 0 for point in curve)
        if training is not trainings[2]:  # WordPiece encodes otherwise than it trains
            assert [(p.vocab_size, p.tokens) for p in curve][-1] in training.curve
        assert len(length_curve(text, training, points=3)) == 3
    assert length_curve("", trainings[0], points=2)[0].tokens == 0
    assert length_curve("Ω", trainings[0], points=2)[0].unknown == 1
    assert sum(words.values()) < length_curve(text, trainings[0])[-1].tokens


@settings(deadline=None, max_examples=40)
@given(
    st.dictionaries(st.text("abc", min_size=1, max_size=7), st.integers(1, 9), min_size=1),
    st.lists(st.text("abcé", min_size=1, max_size=9), max_size=4),
)
def test_length_curves_equal_cutting_every_word_at_every_size(words, others):
    text = " ".join([*words, *others, *others])
    counts = count_words(text)
    for training in (
        train_bpe(words, 12),
        train_bpe(words, 12, "byte"),
        train_wordpiece(words, 12),
        train_unigram(words, len({char for word in words for char in word}) + 1),
    ):
        stages = len(training.steps) + hasattr(training, "merges")
        curve = length_curve(text, training, points=30)
        cutters = [cutter(training, stage) for stage in range(stages)]
        expected = [
            (
                size,
                sum(len(cut(word)) * n for word, n in counts.items()),
                sum(sum(not t.known for t in cut(word)) * n for word, n in counts.items()),
            )
            for cut, _, size in cutters
        ]
        found = [(point.vocab_size, point.tokens, point.unknown) for point in curve]
        assert found == sorted(expected, key=lambda point: point[0])


def test_zipf_by_hand_and_against_numpy():
    tokens = shipped("gettysburg").lower().split()
    result = zipf(tokens)
    counts = Counter(tokens)
    assert result.counts == tuple(sorted(counts.values(), reverse=True))
    assert result.total == len(tokens)
    assert result.types == len(counts) == len(result.tokens)
    assert result.hapax == sum(count == 1 for count in counts.values())
    assert result.hapax_share == result.hapax / result.types
    x = np.log(np.arange(1, result.types + 1))
    y = np.log(result.counts)
    slope, intercept = np.polyfit(x, y, 1)
    assert result.slope == pytest.approx(slope)
    assert result.intercept == pytest.approx(intercept)
    assert result.r_squared == pytest.approx(np.corrcoef(x, y)[0, 1] ** 2)
    assert result.fitted(7) == pytest.approx(math.exp(intercept + slope * math.log(7)))
    exact = zipf({f"w{rank}": 2520 // rank for rank in (1, 2, 3, 5, 7)})
    assert exact.tokens == ("w1", "w2", "w3", "w5", "w7")
    ideal = zipf({"a": 12, "b": 6, "c": 4, "d": 3})
    assert (ideal.slope, ideal.r_squared) == (pytest.approx(-1), pytest.approx(1))


def test_zipf_of_next_to_nothing():
    for tokens in ([], {}, ["a"], ["a", "a"]):
        result = zipf(tokens)
        assert result.slope is result.intercept is result.r_squared is None
        assert result.fitted(2) is None
    flat = zipf(["a", "b", "c"])
    assert (flat.slope, flat.r_squared, flat.hapax_share) == (0, None, 1)
    assert zipf([]).hapax_share == 0
    assert fit_line([2.0, 2.0], [1.0, 3.0]) == (None, None, None)
    with pytest.raises(ValueError, match="tokens must be texts; got 3"):
        zipf([3])  # ty: ignore[invalid-argument-type]
    with pytest.raises(ValueError, match="got 0"):
        zipf({"a": 0})


def test_the_texts_that_ship():
    readme = (data_folder() / "README.md").read_text("utf-8")
    for name in corpus_names():
        corpus = load_corpus(name)
        assert corpus.word_counts
        assert corpus.source
        assert corpus.license
        assert all(len(word) < 60 for word in corpus.word_counts)
    files = {path.name for path in data_folder().iterdir()} - {"README.md", "index.json"}
    assert all(f"`{file}`" in readme for file in files)
    assert len(files) == len(corpus_names())
    assert load_corpus("gettysburg").word_counts["nation"] == 5
    assert load_corpus("hug").text is None
    assert " the" in load_corpus("english", "prefix").word_counts


def test_a_refusal_is_a_sentence(tmp_path):
    with pytest.raises(ValueError, match="name must be one of 'hug', 'low'"):
        load_corpus("../../etc/passwd")
    with pytest.raises(ValueError, match="cannot be read"):
        corpus_names(tmp_path)
    with pytest.raises(ValueError, match="text must be text; got 3"):
        split_words(3)  # ty: ignore[invalid-argument-type]
    with pytest.raises(ValueError, match="spaces must be one of"):
        split_words("a", "keep")
    with pytest.raises(ValueError, match="training must come from"):
        trained_scheme("BPE")  # ty: ignore[invalid-argument-type]
    with pytest.raises(ValueError, match="training must come from"):
        length_curve("a", None)  # ty: ignore[invalid-argument-type]
    with pytest.raises(ValueError, match="points must be at least 2"):
        length_curve("a", train_bpe({"ab": 1}, 1), points=1)
    with pytest.raises(ValueError, match="text must be text"):
        compare(None, [])  # ty: ignore[invalid-argument-type]
