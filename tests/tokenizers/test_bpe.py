from __future__ import annotations

import itertools
import json
import random
import tracemalloc
from collections import Counter

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tokenizers import Tokenizer, models, pre_tokenizers, trainers

from core.tokenizers.alphabet import base_symbols, joined
from core.tokenizers.bpe import decode_bpe, encode_bpe, train_bpe
from core.tokenizers.trained.history import CorpusHistory
from core.tokenizers.trained.ranked import merge_by_rank

HUG = {"hug": 10, "pug": 5, "pun": 12, "bun": 4, "hugs": 5}
TEXT = st.text(st.characters(codec=None), max_size=23)
CORPORA = st.dictionaries(
    st.text("abc", min_size=1, max_size=7), st.integers(1, 5), min_size=1, max_size=7
)


def merge_word(symbols: list[str], pair: tuple[str, str]) -> list[str]:
    result: list[str] = []
    index = 0
    while index < len(symbols):
        joined_here = tuple(symbols[index : index + 2]) == pair
        result.append("".join(pair) if joined_here else symbols[index])
        index += 2 if joined_here else 1
    return result


def naive_bpe(word_counts: dict[str, int], merges: int) -> list[tuple[tuple[str, str], int]]:
    words = {word: list(word) for word in word_counts}
    learned = []
    for _ in range(merges):
        counts: Counter[tuple[str, str]] = Counter()
        for word, symbols in words.items():
            for pair in itertools.pairwise(symbols):
                counts[pair] += word_counts[word]
        if not counts:
            break
        pair = max(counts, key=counts.__getitem__)  # the first of several: insertion order
        learned.append((pair, counts[pair]))
        words = {word: merge_word(symbols, pair) for word, symbols in words.items()}
    return learned


def test_the_courses_corpus_gives_its_merges():
    training = train_bpe(HUG, 3)
    assert training.merges == (("u", "g"), ("u", "n"), ("h", "ug"))
    assert [step.count for step in training.steps] == [20, 16, 15]
    assert training.alphabet == ("b", "g", "h", "n", "p", "s", "u")
    assert training.vocab == ("b", "g", "h", "n", "p", "s", "u", "ug", "un", "hug")
    first = training.steps[0]
    assert first.pair_counts == {
        ("h", "u"): 15, ("u", "g"): 20, ("p", "u"): 17, ("u", "n"): 16, ("b", "u"): 4, ("g", "s"): 5
    }  # fmt: skip
    assert list(first.pair_counts)[:2] == [("h", "u"), ("u", "g")]  # the order of meeting
    assert first.words_before["hugs"] == ("h", "u", "g", "s")
    assert first.words["hugs"] == ("h", "ug", "s")
    # 30 + 15 + 36 + 12 + 20 letters; each merge shortens by its places.
    assert training.initial_length == first.corpus_length_before == 113
    assert training.curve == ((7, 113), (8, 93), (9, 77), (10, 62))
    assert training.steps[2].words == {
        "hug": ("hug",), "pug": ("p", "ug"), "pun": ("p", "un"), "bun": ("b", "un"),
        "hugs": ("hug", "s"),
    }  # fmt: skip


def test_the_courses_encodings_and_its_unknown_letters():
    training = train_bpe(HUG, 3)
    for word, tokens in {
        "bug": ("b", "ug"),
        "mug": ("[UNK]", "ug"),
        "thug": ("[UNK]", "hug"),
        "unhug": ("un", "hug"),
    }.items():
        assert encode_bpe(word, training.merges, vocab=training.vocab).tokens == tokens
    encoding = encode_bpe("unhug", training.merges)
    assert [step.symbols for step in encoding.steps] == [
        ("u", "n", "h", "ug"), ("un", "h", "ug"), ("un", "hug")
    ]  # fmt: skip
    assert [step.rank for step in encoding.steps] == [0, 1, 2]
    assert encoding.steps[0].symbols_before == encoding.initial == tuple("unhug")
    assert encoding.spans == ((0, 2), (2, 5))
    assert encode_bpe("mug", training.merges, vocab=training.vocab).unknown == (True, False)


def test_the_courses_sentences_with_spaces_as_letters():
    text = (
        "This is the Hugging Face Course. This chapter is about tokenization. "
        "This section shows several tokenizer algorithms. Hopefully, you will be able to "
        "understand how they are trained and generate tokens."
    )
    words = Counter(
        piece
        for sentence in text.replace(". ", ".|").split("|")
        for piece, _ in pre_tokenizers.ByteLevel(add_prefix_space=False).pre_tokenize_str(sentence)
    )
    merges = train_bpe(words, 19).merges
    assert [" ".join(pair) for pair in merges] == [
        "Ġ t", "i s", "e r", "Ġ a", "Ġt o", "e n", "T h", "Th is", "o u", "s e", "Ġto k",
        "Ġtok en", "n d", "Ġ is", "Ġt h", "Ġth e", "i n", "Ġa b", "Ġtoken i",
    ]  # fmt: skip
    tokens = [t for word in ("This", "Ġis", "Ġnot") for t in encode_bpe(word, merges).tokens]
    assert tokens == ["This", "Ġis", "Ġ", "n", "o", "t"]


@pytest.mark.parametrize("unit", ["char", "byte"])
def test_minbpes_example(unit):
    training = train_bpe({"aaabdaaabac": 1}, 3, unit)
    assert training.merges[0] == ("a", "a")
    assert training.steps[0].count == 4  # overlapping occurrences count
    assert training.steps[0].places == 2  # but merge only once
    # After aa, three pairs occur twice; (aa, a) is met first. Wikipedia takes (a, b), also a tie.
    assert training.steps[1].ties == (("aa", "a"), ("a", "b"))
    assert training.merges == (("a", "a"), ("aa", "a"), ("aaa", "b"))
    assert training.steps[-1].words == {"aaabdaaabac": ("aaab", "d", "aaab", "a", "c")}
    assert training.steps[-1].corpus_length == 5
    assert len(training.vocab) - len(training.alphabet) == 3


def test_a_tie_goes_to_the_pair_met_first_in_the_words_as_merged_so_far():
    training = train_bpe({"ab": 3, "cd": 3, "ef": 2}, 11)
    assert training.steps[0].ties == (("a", "b"), ("c", "d"))
    assert training.merges == (("a", "b"), ("c", "d"), ("e", "f"))
    assert training.exhausted
    assert train_bpe({"cd": 3, "ab": 3}, 1).merges == (("c", "d"),)
    assert not train_bpe({"ab": 3}, 1).exhausted
    assert train_bpe({"ab": 3, "ef": 2}, 5, min_count=3).merges == (("a", "b"),)


@given(CORPORA, st.integers(0, 11))
def test_training_equals_counting_everything_anew(word_counts, merges):
    copy = dict(word_counts)
    training = train_bpe(word_counts, merges)
    assert [(step.pair, step.count) for step in training.steps] == naive_bpe(word_counts, merges)
    for step in training.steps:
        assert step.ties[0] == step.pair
        assert step.pair_counts[step.pair] == step.count == max(step.pair_counts.values())
        lengths = [len(step.words[word]) * count for word, count in word_counts.items()]
        assert sum(lengths) == step.corpus_length == step.corpus_length_before - step.places
        assert all("".join(symbols) == word for word, symbols in step.words.items())
    for before, after in itertools.pairwise(training.steps):
        assert before.words == after.words_before
    assert len(set(training.vocab)) == len(training.vocab) == training.curve[-1][0]
    assert word_counts == copy
    # Encoding a word of the corpus ends where training left it.
    for word, symbols in training.history.words_at(len(training.steps)).items():
        assert encode_bpe(word, training.merges).tokens == symbols


def test_training_agrees_with_the_tokenizers_library_until_the_first_tie():
    generator = random.Random(7)
    compared = 0
    for _ in range(11):
        words = {
            "".join(generator.choices("abcdefg", k=generator.randint(2, 7))): generator.randint(
                1, 97
            )
            for _ in range(23)
        }
        library = Tokenizer(models.BPE())
        library.pre_tokenizer = pre_tokenizers.WhitespaceSplit()
        library.train_from_iterator(
            [" ".join([word] * count) for word, count in words.items()],
            trainers.BpeTrainer(vocab_size=7 + 13, show_progress=False),
        )
        theirs = [tuple(pair) for pair in _merges_of(library)]
        training = train_bpe(words, 13)
        unique = itertools.takewhile(lambda step: len(step.ties) == 1, training.steps)
        ours = [step.pair for step in unique]
        assert ours == theirs[: len(ours)]
        compared += len(ours)
    assert compared > 60


def _merges_of(library: Tokenizer) -> list[list[str]]:
    return json.loads(library.to_str())["model"]["merges"]


@given(st.text("abcd", max_size=23), CORPORA, st.sampled_from([3, 11]))
def test_encoding_agrees_with_the_tokenizers_library(word, word_counts, merges):
    training = train_bpe({**word_counts, "abcd": 1}, merges)
    vocab = {token: index for index, token in enumerate(training.vocab)}
    library = Tokenizer(models.BPE(vocab=vocab, merges=list(training.merges)))
    assert list(encode_bpe(word, training.merges).tokens) == library.encode(word).tokens


SYMBOLS = st.sampled_from(["a", "b", "c", "ab", "bc", "abc"])


@given(
    st.text("abc", max_size=13),
    st.lists(st.tuples(SYMBOLS, SYMBOLS), max_size=11, unique=True),
)
def test_even_merges_in_an_impossible_order_agree_with_the_library(word, merges):
    tokens = dict.fromkeys([*"abc", "ab", "bc", "abc", *map("".join, merges)])
    vocab = {token: index for index, token in enumerate(tokens)}
    library = Tokenizer(models.BPE(vocab=vocab, merges=merges))
    encoding = encode_bpe(word, merges)
    assert list(encoding.tokens) == library.encode(word).tokens
    states = [encoding.initial, *(step.symbols for step in encoding.steps)]
    assert states[-1] == encoding.tokens
    for before, after, step in zip(states, states[1:], encoding.steps, strict=False):
        assert len(before) - len(after) == step.places > 0


@given(TEXT, st.lists(TEXT.filter(bool), min_size=1, max_size=5))
def test_bytes_are_lossless_on_any_string(text, words):
    training = train_bpe(dict.fromkeys(words, 2), 7, "byte")
    encoding = encode_bpe(text, training.merges, "byte", vocab=training.vocab)
    assert not any(encoding.unknown)
    assert decode_bpe(encoding.tokens, "byte") == text
    assert joined(base_symbols(text, "byte"), "byte") == text
    assert decode_bpe(encode_bpe(text, []).tokens) == text


def test_a_byte_vocabulary_starts_with_all_256_bytes():
    training = train_bpe({"né": 2, "nô": 1}, 1, "byte")
    assert len(training.alphabet) == 256
    assert training.merges == (("n", "Ã"),)
    assert training.word_counts == {"né": 2, "nô": 1}
    encoding = encode_bpe("né", training.merges, "byte")
    assert encoding.tokens == ("nÃ", "©")
    assert encoding.spans == ((0, 2), (1, 2))
    assert decode_bpe(["nÃ"], "byte") == "n\ufffd"


def test_two_merges_can_make_the_same_token_and_the_vocabulary_counts_it_once():
    # ab and bc are learned first, then abc in both ways.
    training = train_bpe({"ab": 9, "xbc": 8, "bc": 8, "abc": 5, "abcx": 4, "abx": 20}, 17)
    merged = [step.merged for step in training.steps]
    assert len(training.vocab) == len(training.alphabet) + len(set(merged))


def test_long_words_stay_cheap_and_steps_share_their_memory():
    generator = random.Random(5)
    word = "".join(generator.choices("abcdefgh", k=3_001))
    tracemalloc.start()
    training = train_bpe({word: 1}, 97)
    encoding = encode_bpe(word * 5, training.merges)
    size, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert len(encoding.steps) == 97
    assert size < 12_000_000  # a copy of the symbols for each step would take 50 MB and more
    assert isinstance(training.history, CorpusHistory)
    assert training.steps[0].history is training.steps[-1].history
    assert encoding.steps[0].history is encoding.steps[-1].history


def test_ranked_merges_of_one_rank_in_a_row_are_one_step():
    run = merge_by_rank("abcabab", {("a", "b"): 4, ("ab", "ab"): 9})
    assert [(step.rank, step.places) for step in run.steps] == [(4, 3), (9, 1)]
    assert run.symbols == ("ab", "c", "abab")
    assert merge_by_rank("", {}).symbols == ()
    assert merge_by_rank("aaaaa", {("a", "a"): 0}).symbols == ("aa", "aa", "a")


@pytest.mark.parametrize(
    ("call", "part"),
    [
        (lambda: train_bpe({}, 3), "at least one word"),
        (lambda: train_bpe({"": 3}, 3), "got ''"),
        (
            lambda: train_bpe({"a": 0}, 3),
            "word_counts['a'] must be from 1 to 9007199254740992; got 0",
        ),
        (lambda: train_bpe({"a": True}, 3), "got True"),
        (lambda: train_bpe({"a": 1.5}, 3), "got 1.5"),  # ty: ignore[invalid-argument-type]
        (lambda: train_bpe(["a"], 3), "must map words to counts"),  # ty: ignore[invalid-argument-type]
        (lambda: train_bpe({3: 1}, 3), "got 3"),  # ty: ignore[invalid-argument-type]
        (lambda: train_bpe(HUG, -1), "num_merges must be at least 0; got -1"),
        (lambda: train_bpe(HUG, 3, "word"), "unit must be one of 'char', 'byte'; got 'word'"),
        (lambda: train_bpe(HUG, 3, min_count=0), "min_count"),
        (lambda: encode_bpe(7, []), "word must be text; got 7"),  # ty: ignore[invalid-argument-type]
        (lambda: encode_bpe("a", [("a",)]), "pairs like ('u', 'g')"),  # ty: ignore[invalid-argument-type]
        (lambda: encode_bpe("a", ["ab"]), "got 'ab'"),  # ty: ignore[invalid-argument-type]
        (lambda: encode_bpe("a", [("a", "")]), "neither part empty"),
        (lambda: encode_bpe("a", 5), "merges must be a list of pairs; got 5"),  # ty: ignore[invalid-argument-type]
        (lambda: encode_bpe("a", [], "bit"), "unit"),
        (lambda: decode_bpe(["你"], "byte"), "GPT-2's 256 letters; got '你'"),
        (lambda: decode_bpe([""], "nibble"), "unit"),
    ],
)
def test_a_refusal_is_a_sentence(call, part):
    with pytest.raises(ValueError) as caught:  # noqa: PT011
        call()
    assert part in str(caught.value)


@settings(max_examples=20)
@given(st.text(max_size=40))
def test_any_text_encodes_without_a_merge_list(text):
    assert "".join(encode_bpe(text, [("a", "b")]).tokens) == text
