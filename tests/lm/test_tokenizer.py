"""Tokenizers built from GGUF metadata, against transformers and sentencepiece."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import pytest
import sentencepiece
from hypothesis import given, settings
from hypothesis import strategies as st
from tokenizers import Tokenizer
from tokenizers import pre_tokenizers as pre
from transformers import AutoTokenizer, PreTrainedTokenizerBase

from core.lm import LanguageModel, ModelError, ModelTokenizer, readable_bytes
from core.lm.loading import find_language_model
from core.lm.tokenizer import build_tokenizer
from core.tokenizers.alphabet import byte_alphabet
from tests.lm.helpers import MERGES, SPECIALS, byte_level_tokens

TEXTS = {
    "english": "The capital of France is Paris, isn't it?",
    "chinese": "女孩在商店里买了一双鞋子。大象站在外面。",
    "code": "def f(x):\n    return [i**2 for i in range(10)]\n\n\tif x != 3: pass",
    "emoji": "👩‍👩‍👧‍👦 family 🎉🇫🇷 ☕️",
    "one token": " the",
    "digits": "3.14159, 2024-01-01 and 1,000,000",
    "whitespace": " a \t b\n\n\n  c\u00a0d\r\n   \u3000e  ",
    "special tokens": "<|im_start|>user\nhi<|im_end|> <|not_special|>",
    "scripts": "Ünïcödé مرحبا שלום हिन्दी ไทย 한국어 日本語 ﷽",
    "nothing": "",
    "strange": "\x00\x01\u200b\ufeff\u2028 <script>alert('x')</script>",
}


def tokenizer_of(metadata: dict[str, Any]) -> ModelTokenizer:
    backend = build_tokenizer(metadata, "test.gguf")
    assert backend is not None
    byte_level = metadata["tokenizer.ggml.model"] == "gpt2"
    return ModelTokenizer(backend, byte_level, None, None, None)


def byte_level_metadata(**changes: Any) -> dict[str, Any]:
    tokens = byte_level_tokens()
    return {
        "tokenizer.ggml.model": "gpt2",
        "tokenizer.ggml.pre": "smollm",
        "tokenizer.ggml.tokens": tokens,
        "tokenizer.ggml.token_type": [3] * 3 + [1] * (len(tokens) - 3),
        "tokenizer.ggml.merges": list(MERGES),
    } | {f"tokenizer.ggml.{key}": value for key, value in changes.items()}


# --- by hand ---


def test_merges_by_hand() -> None:
    tokenizer = tokenizer_of(byte_level_metadata())
    ids = tokenizer.encode("hello w<|im_end|>")
    assert [tokenizer.token(i) for i in ids] == ["hell", "o", "Ġw", "<|im_end|>"]
    assert [tokenizer.token_bytes(i) for i in ids] == [b"hell", b"o", b" w", b"<|im_end|>"]
    assert ids[-1] == SPECIALS.index("<|im_end|>")
    assert tokenizer.special_ids() == {0, 1, 2}
    assert tokenizer.decode(ids) == "hello w<|im_end|>"


def test_digits_come_one_by_one_before_the_merges() -> None:
    tokens = [*byte_level_tokens(), "12", "Ġ1"]
    changes = {"tokens": tokens, "token_type": [1] * len(tokens), "merges": ["1 2", "Ġ 1"]}
    single = tokenizer_of(byte_level_metadata(**changes))
    assert [single.token(i) for i in single.encode(" 12")] == ["Ġ", "1", "2"]
    plain = tokenizer_of(byte_level_metadata(pre="gpt-2", **changes))
    assert [plain.token(i) for i in plain.encode(" 12")] == ["Ġ", "12"]


def test_one_chinese_character_of_two_tokens() -> None:
    tokenizer = tokenizer_of(byte_level_metadata())
    ids = tokenizer.encode("你")
    assert [tokenizer.token_text(i) for i in ids] == ["⟨E4⟩", "⟨BD⟩", "⟨A0⟩"]
    assert b"".join(tokenizer.token_bytes(i) for i in ids) == "你".encode()


@pytest.mark.parametrize(
    ("data", "text"),
    [
        (b"", ""),
        (b"abc", "abc"),
        (b"a\xe4\xbd", "a⟨E4 BD⟩"),
        (b"\xa0b", "⟨A0⟩b"),
        (b"\xff\xfe\x80", "⟨FF FE 80⟩"),
        (b"\xe4\xbd\xa0\xe4\xbd", "你⟨E4 BD⟩"),
        (b"\xc3\xa9\xa9x\xc3", "é⟨A9⟩x⟨C3⟩"),
    ],
)
def test_readable_bytes_by_hand(data: bytes, text: str) -> None:
    assert readable_bytes(data) == text


@given(st.text())
@settings(max_examples=50, deadline=None)
def test_readable_bytes_of_whole_text_is_the_text(text: str) -> None:
    assert readable_bytes(text.encode()) == text


def test_byte_alphabet_is_gpt2s() -> None:
    alphabet = byte_alphabet()
    assert len(alphabet) == 256
    assert set(alphabet) == set(pre.ByteLevel.alphabet())
    assert (alphabet[0x20], alphabet[0x0A], alphabet[0x41]) == ("Ġ", "Ċ", "A")


def test_begin_and_end_tokens() -> None:
    changes = {"bos_token_id": 1, "eos_token_id": 2, "add_bos_token": True}
    assert tokenizer_of(byte_level_metadata(**changes)).encode("h")[0] == 1
    both = tokenizer_of(byte_level_metadata(**changes, add_eos_token=True)).encode("h")
    assert (both[0], both[-1], len(both)) == (1, 2, 3)
    assert len(tokenizer_of(byte_level_metadata(bos_token_id=1)).encode("h")) == 1


def test_llama3_groups_three_digits_and_takes_whole_words_first() -> None:
    tokens = [*byte_level_tokens(), "1234", "234", "world"]
    changes = {"tokens": tokens, "token_type": [1] * len(tokens), "pre": "llama-bpe"}
    tokenizer = tokenizer_of(byte_level_metadata(**changes, merges=["1 2", "x y"][:0]))
    # No merge leads to them: only a whole piece of the cut text is looked up.
    assert [tokenizer.token(i) for i in tokenizer.encode("world")] == ["world"]
    assert [tokenizer.token(i) for i in tokenizer.encode("1234")] == ["1", "2", "3", "4"]


# --- the default model's against transformers on the same file ---


@pytest.fixture(scope="module")
def oracle() -> PreTrainedTokenizerBase:
    path = find_language_model()
    tokenizer = AutoTokenizer.from_pretrained(path.parent, gguf_file=path.name)
    assert tokenizer is not None
    return tokenizer


@pytest.fixture(scope="module")
def oracle_with_digits(oracle: PreTrainedTokenizerBase) -> Tokenizer:
    """The same with the digits cut off first, as the model was trained.

    The GGUF says so (`tokenizer.ggml.pre` = smollm), and llama.cpp does; transformers 5.23 does
    not read that name. It shows only where two or more spaces stand before a digit ("  1"), or at
    signs such as ² and ½.
    """
    backend = Tokenizer.from_str(oracle._tokenizer.to_str())
    digits = pre.Digits(individual_digits=True)
    backend.pre_tokenizer = pre.Sequence([digits, pre.ByteLevel(add_prefix_space=False)])
    return backend


@pytest.mark.model
@pytest.mark.parametrize("name", TEXTS)
def test_ids_equal_transformers(
    name: str, language_model: LanguageModel, oracle: PreTrainedTokenizerBase
) -> None:
    text = TEXTS[name]
    ids = language_model.encode(text)
    assert ids == oracle(text).input_ids
    assert language_model.decode(ids) == text
    assert b"".join(language_model.token_bytes(i) for i in ids) == text.encode()


@pytest.fixture(scope="module")
def missing_bytes(language_model: LanguageModel) -> frozenset[int]:
    return language_model.tokenizer.missing_bytes()


@pytest.mark.model
@given(text=st.text(alphabet=st.sampled_from(" \n\t0123½²aé你🎉.'<s")) | st.text())
@settings(max_examples=200, deadline=None)
def test_any_text_equals_the_oracle_and_comes_back(
    text: str,
    language_model: LanguageModel,
    oracle_with_digits: Tokenizer,
    missing_bytes: frozenset[int],
) -> None:
    ids = language_model.encode(text)
    assert ids == oracle_with_digits.encode(text).ids
    if missing_bytes.isdisjoint(text.encode()):
        assert language_model.decode(ids) == text


@pytest.mark.model
def test_spaces_before_a_digit_stay_together(language_model: LanguageModel) -> None:
    tokens = [language_model.tokenizer.token(i) for i in language_model.encode("x\n    12")]
    assert tokens == ["x", "ĊĠĠĠĠ", "1", "2"]


@pytest.mark.model
def test_missing_bytes(language_model: LanguageModel) -> None:
    missing = language_model.tokenizer.missing_bytes()
    assert len(missing) == 21
    assert {b for b in missing if b < 0x80} == {0x04, 0x06, 0x13, 0x14, 0x16, 0x1D}
    assert missing & set("\U00040000".encode()) == {0xF1}
    assert language_model.decode(language_model.encode("a\x04b")) == "ab"


@pytest.mark.model
def test_every_token_has_bytes_and_a_text(language_model: LanguageModel) -> None:
    tokenizer = language_model.tokenizer
    for i in range(0, tokenizer.size, 97):
        assert tokenizer.token_bytes(i)
        assert tokenizer.token_text(i)
    assert tokenizer.token_text(tokenizer.encode(" Paris")[0]) == " Paris"


@pytest.mark.model
def test_chat_text_equals_the_models_own_template(
    language_model: LanguageModel, oracle: PreTrainedTokenizerBase
) -> None:
    question = [{"role": "user", "content": "Hi"}]
    system = [{"role": "system", "content": "Be brief."}, *question]
    answered = [*question, {"role": "assistant", "content": "Hello"}, *question]
    for messages in (question, system, answered):
        for answer in (True, False):
            expected = oracle.apply_chat_template(
                messages, tokenize=False, add_generation_prompt=answer
            )
            assert language_model.tokenizer.chat_text(messages, answer=answer) == expected
    with pytest.raises(ModelError, match="role and content"):
        language_model.tokenizer.chat_text([{"content": "x"}])


def test_chat_text_needs_a_template() -> None:
    with pytest.raises(ModelError, match="no ChatML template"):
        tokenizer_of(byte_level_metadata()).chat_text([{"role": "user", "content": "Hi"}])


# --- SentencePiece ---


@pytest.fixture(scope="module")
def sentencepiece_model() -> sentencepiece.SentencePieceProcessor:
    lines = Path(__file__).read_text("utf-8").splitlines() * 2
    model = io.BytesIO()
    sentencepiece.SentencePieceTrainer.train(
        sentence_iterator=iter(line for line in lines if line.strip()),
        model_writer=model,
        model_type="bpe",
        vocab_size=500,
        byte_fallback=True,
        normalization_rule_name="identity",
        remove_extra_whitespaces=False,
        character_coverage=0.98,
        minloglevel=2,
    )
    return sentencepiece.SentencePieceProcessor(model_proto=model.getvalue())


def sentencepiece_metadata(model: sentencepiece.SentencePieceProcessor) -> dict[str, Any]:
    size = range(model.get_piece_size())
    kinds = [
        2 if model.is_unknown(i) else 3 if model.is_control(i) else 6 if model.is_byte(i) else 1
        for i in size
    ]
    return {
        "tokenizer.ggml.model": "llama",
        "tokenizer.ggml.tokens": [model.id_to_piece(i) for i in size],
        "tokenizer.ggml.scores": [model.get_score(i) for i in size],
        "tokenizer.ggml.token_type": kinds,
        "tokenizer.ggml.bos_token_id": 1,
        "tokenizer.ggml.eos_token_id": 2,
        "tokenizer.ggml.unknown_token_id": 0,
        "tokenizer.ggml.add_bos_token": False,
    }


@pytest.mark.parametrize("name", [name for name in TEXTS if name != "special tokens"])
def test_sentencepiece_ids_equal_the_library(
    name: str, sentencepiece_model: sentencepiece.SentencePieceProcessor
) -> None:
    text = TEXTS[name]
    tokenizer = tokenizer_of(sentencepiece_metadata(sentencepiece_model))
    ids = tokenizer.encode(text)
    assert ids == sentencepiece_model.encode(text)
    assert tokenizer.decode(ids) == text
    # SentencePiece puts a space before the text.
    assert b"".join(tokenizer.token_bytes(i) for i in ids) == (b" " * bool(text) + text.encode())


def test_sentencepiece_begins_with_bos_unless_told_otherwise(
    sentencepiece_model: sentencepiece.SentencePieceProcessor,
) -> None:
    metadata = sentencepiece_metadata(sentencepiece_model)
    del metadata["tokenizer.ggml.add_bos_token"]
    ids = tokenizer_of(metadata).encode("def")
    assert ids == [1, *sentencepiece_model.encode("def")]


# --- errors ---


def test_bad_text_and_ids() -> None:
    tokenizer = tokenizer_of(byte_level_metadata())
    with pytest.raises(ModelError, match="surrogate pair"):
        tokenizer.encode("a\ud83d")
    with pytest.raises(ModelError, match="must be a str"):
        tokenizer.encode(7)  # ty: ignore[invalid-argument-type]
    for i in (-1, 263, True, 1.0):
        with pytest.raises(ValueError, match="id must be"):
            tokenizer.token_text(i)  # ty: ignore[invalid-argument-type]
    with pytest.raises(ValueError, match="id must be"):
        tokenizer.decode([1, 999])


@pytest.mark.parametrize(
    ("metadata", "words"),
    [
        ({"tokenizer.ggml.model": "gpt2"}, "lists no tokens"),
        ({"tokenizer.ggml.model": "gpt2", "tokenizer.ggml.tokens": ["a"]}, "no merges"),
        ({"tokenizer.ggml.model": "llama", "tokenizer.ggml.tokens": ["a"]}, "without scores"),
    ],
)
def test_incomplete_metadata(metadata: dict[str, Any], words: str) -> None:
    with pytest.raises(ModelError, match=words):
        build_tokenizer(metadata, "test.gguf")
