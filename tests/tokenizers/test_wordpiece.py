from __future__ import annotations

import itertools
from collections import Counter
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tokenizers import Tokenizer, models, pre_tokenizers
from transformers import BertTokenizer

from core.tokenizers.wordpiece import (
    decode_wordpiece,
    encode_wordpiece,
    train_wordpiece,
    word_symbols,
)

HUG = {"hug": 10, "pug": 5, "pun": 12, "bun": 4, "hugs": 5}
CORPORA = st.dictionaries(
    st.text("abc", min_size=1, max_size=7), st.integers(1, 5), min_size=1, max_size=7
)
VOCABS = st.sets(st.text("abc", min_size=1, max_size=3), max_size=11).flatmap(
    lambda heads: st.sets(st.text("abc", min_size=1, max_size=3), max_size=11).map(
        lambda tails: heads | {"##" + tail for tail in tails}
    )
)


def naive_wordpiece(word_counts: dict[str, int], merges: int) -> list[tuple[str, str]]:
    words = {word: [word[0], *("##" + c for c in word[1:])] for word in word_counts}
    learned = []
    for _ in range(merges):
        pairs: Counter[tuple[str, str]] = Counter()
        symbols: Counter[str] = Counter()
        for word, parts in words.items():
            for part in parts:
                symbols[part] += word_counts[word]
            for pair in itertools.pairwise(parts):
                pairs[pair] += word_counts[word]
        if not pairs:
            break
        left, right = max(pairs, key=lambda p: Fraction(pairs[p], symbols[p[0]] * symbols[p[1]]))
        learned.append((left, right))
        for parts in words.values():
            index = 0
            while index < len(parts) - 1:
                if (parts[index], parts[index + 1]) == (left, right):
                    parts[index : index + 2] = [left + right[2:]]
                index += 1
    return learned


def test_the_courses_first_merges_and_scores():
    training = train_wordpiece(HUG, 2)
    assert training.alphabet == ("##g", "##n", "##s", "##u", "b", "h", "p")
    first, second = training.steps
    assert first.pair == ("##g", "##s")
    assert first.merged == "##gs"
    assert first.score == 1 / 20
    assert (first.count, first.left_count, first.right_count) == (5, 20, 5)
    assert first.most_frequent == ("##u", "##g")  # BPE would take this one, 20 times
    assert first.pair_counts["##u", "##g"] == 20
    assert first.scores["##u", "##g"] == first.scores["h", "##u"] == 1 / 36
    assert first.symbol_counts["##u"] == 36
    assert second.pair == ("h", "##u")  # every pair with ##u ties at 1/36; the first met wins
    assert second.ties[0] == second.pair
    assert len(second.ties) == 6
    assert second.words == {
        "hug": ("hu", "##g"), "pug": ("p", "##u", "##g"), "pun": ("p", "##u", "##n"),
        "bun": ("b", "##u", "##n"), "hugs": ("hu", "##gs"),
    }  # fmt: skip


def test_the_courses_third_merge_is_not_a_tie():
    # The course says that (hu, ##g) and (hu, ##gs) tie at 1/15 and merges hug. But ##g occurs
    # 15 times then (hug 10, pug 5): 10 / (15·15) = 2/45. So (hu, ##gs), 5 / (15·5), wins alone.
    step = train_wordpiece(HUG, 3).steps[2]
    assert step.symbol_counts["##g"] == 15
    assert step.scores["hu", "##g"] == pytest.approx(2 / 45)
    assert step.scores["hu", "##gs"] == pytest.approx(1 / 15)
    assert step.scores["p", "##u"] == pytest.approx(1 / 21)  # as the course says
    assert step.ties == (("hu", "##gs"),)
    assert step.merged == "hugs"


def test_the_courses_sentences():
    words: dict[str, int] = {}
    for sentence in (
        "This is the Hugging Face Course.",
        "This chapter is about tokenization.",
        "This section shows several tokenizer algorithms.",
        "Hopefully, you will be able to understand how they are trained and generate tokens.",
    ):
        for piece, _ in pre_tokenizers.BertPreTokenizer().pre_tokenize_str(sentence):
            words[piece] = words.get(piece, 0) + 1
    training = train_wordpiece(words, 25)
    assert len(training.alphabet) == 40
    assert [step.merged for step in training.steps] == [
        "ab", "##fu", "Fa", "Fac", "##ct", "##ful", "##full", "##fully", "Th", "ch", "##hm",
        "cha", "chap", "chapt", "##thm", "Hu", "Hug", "Hugg", "sh", "th", "is", "##thms", "##za",
        "##zat", "##ut",
    ]  # fmt: skip
    assert training.steps[0].score == pytest.approx(0.2)
    vocab = set(training.vocab)
    assert encode_wordpiece("Hugging", vocab).tokens == ("Hugg", "##i", "##n", "##g")
    assert encode_wordpiece("HOgging", vocab).tokens == ("[UNK]",)


@given(CORPORA, st.integers(0, 11))
def test_training_equals_counting_everything_anew(word_counts, merges):
    copy = dict(word_counts)
    training = train_wordpiece(word_counts, merges)
    assert list(training.merges) == naive_wordpiece(word_counts, merges)
    assert training.exhausted == (len(training.steps) < merges)
    for step in training.steps:
        assert step.ties[0] == step.pair
        assert step.scores[step.pair] == step.score == max(step.scores.values())
        total = sum(len(step.words[word]) * count for word, count in word_counts.items())
        assert total == step.corpus_length == step.corpus_length_before - step.places
    for word, symbols in training.history.words_at(0).items():
        assert symbols == word_symbols(word)
    assert word_counts == copy


def test_the_attempts_of_an_encoding():
    vocab = {"h", "##u", "##g", "##s", "hug"}
    encoding = encode_wordpiece("hugs", vocab)
    assert encoding.tokens == ("hug", "##s")
    assert encoding.spans == encoding.matches == ((0, 3), (3, 4))
    tried = [(attempt.piece, attempt.found) for attempt in encoding.attempts]
    assert tried == [("hugs", False), ("hug", True), ("##s", True)]
    failed = encode_wordpiece("hub", vocab)
    assert failed.tokens == ("[UNK]",)
    assert failed.failed_at == 2
    assert failed.matches == ((0, 1), (1, 2))
    assert [attempt.piece for attempt in failed.attempts] == [
        "hub", "hu", "h", "##ub", "##u", "##b"
    ]  # fmt: skip
    assert failed.attempts[-1].found is False
    assert encode_wordpiece("", vocab).tokens == ()


def test_a_very_long_word_is_unknown_untried():
    encoding = encode_wordpiece("a" * 101, {"a", "##a"})
    assert (encoding.tokens, encoding.too_long, encoding.attempts) == (("[UNK]",), True, ())
    assert len(encode_wordpiece("a" * 100, {"a", "##a"}).tokens) == 100


@given(st.text("abc", max_size=11), VOCABS)
def test_encoding_agrees_with_the_tokenizers_library(word, vocab):
    ids = {token: index for index, token in enumerate(["[UNK]", *sorted(vocab)])}
    library = Tokenizer(models.WordPiece(vocab=ids, unk_token="[UNK]"))
    encoding = encode_wordpiece(word, vocab)
    assert list(encoding.tokens) == library.encode(word).tokens
    # Every place was searched from the longest beginning down to what matched, and no further.
    for attempt, following in itertools.pairwise(encoding.attempts):
        expected = attempt.stop if attempt.found else attempt.start
        assert following.start == expected
        assert following.stop == (len(word) if attempt.found else attempt.stop - 1)


def test_encoding_agrees_with_berts_own_tokenizer(tmp_path):
    words = [
        "un",
        "##aff",
        "##able",
        "aff",
        "able",
        "em",
        "##bed",
        "##ding",
        "##s",
        "hug",
        "##ging",
    ]
    path = tmp_path / "vocab.txt"
    path.write_text("\n".join(["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", *words]), "utf-8")
    bert = BertTokenizer(str(path))
    for word in ("unaffable", "embeddings", "hugging", "affable", "able", "unknown", "embedded"):
        assert bert.tokenize(word) == list(encode_wordpiece(word, words).tokens)


def test_decoding_glues_and_spaces():
    assert decode_wordpiece(["hug", "##s", "pun", "##"]) == "hugs pun ##"
    assert decode_wordpiece(["##s"]) == "##s"
    assert decode_wordpiece([]) == ""


@pytest.mark.parametrize(
    ("call", "part"),
    [
        (lambda: train_wordpiece({}, 3), "at least one word"),
        (lambda: train_wordpiece(HUG, True), "num_merges must be a whole number; got True"),
        (lambda: encode_wordpiece(None, {"a"}), "word must be text; got None"),  # ty: ignore[invalid-argument-type]
        (lambda: encode_wordpiece("a", "abc"), "vocab must be a collection"),
        (lambda: encode_wordpiece("a", 3), "vocab must be a collection"),  # ty: ignore[invalid-argument-type]
        (lambda: encode_wordpiece("a", {"a"}, max_chars=0), "max_chars"),
    ],
)
def test_a_refusal_is_a_sentence(call, part):
    with pytest.raises(ValueError) as caught:  # noqa: PT011
        call()
    assert part in str(caught.value)
