"""The tokenizer page in process: what it shows against core, and hostile input."""

from __future__ import annotations

import html
import json
import re

import pytest

from core.tokenizers.bpe import train_bpe
from core.tokenizers.trained.corpora import load_corpus
from core.tokenizers.unigram import UnigramTraining, train_unigram
from core.tokenizers.wordpiece import train_wordpiece
from pages.tokenizers.setups import Setup, trained
from tests import pages

ALGORITHMS = ("bpe", "wordpiece", "unigram")
HUG = {"hug": 10, "pug": 5, "pun": 12, "bun": 4, "hugs": 5}
TINY = {
    "version": "1.0",
    "added_tokens": [],
    "normalizer": None,
    "pre_tokenizer": {"type": "Whitespace"},
    "post_processor": None,
    "decoder": None,
    "model": {
        "type": "BPE",
        "unk_token": "?",
        "vocab": {"?": 0, "a": 1, "b": 2, "ab": 3},
        "merges": [["a", "b"]],
    },
}


def opened(**state: object):
    return pages.open_page("tokenizers", state=state or None)


def text_of(at) -> str:
    return html.unescape(re.sub(r"<[^>]+>", " ", " ".join(pages.blocks(at))))


def words_of(at) -> str:
    return re.sub(r"\s+", " ", text_of(at))


def chips(at, key: str) -> list[str]:
    return [token["plain"] for token in pages.message(at, key)["tokens"]]


@pytest.mark.parametrize("view", ["train", "use"])
def test_every_algorithm_on_several_corpora(view: str) -> None:
    at = opened(tokenizers_view=view)
    for algorithm in ALGORITHMS:
        for corpus in ("hug", "gettysburg", "emoji", "chinese", "own"):
            pages.put(at, {"tok_algo": algorithm, "tok_corpus": corpus})
            pages.assert_whole(at)
            assert not pages.sentences(at)
            assert pages.keys(at, "tokens")


def test_each_merge_shows_its_table_its_corpus_and_its_length() -> None:
    training = train_bpe(HUG, 40)
    at = opened()
    for index in (0, 4, 2, 6):  # back as well as forward
        pages.put(at, {"tok_step": index})
        pages.assert_whole(at)
        step = training.steps[index]
        shown = text_of(at)
        assert f"{step.pair[0]} + {step.pair[1]} → {step.merged}" in shown
        assert f"{step.corpus_length_before} → {step.corpus_length}" in shown
        for key, words in (("tok_before", step.words_before), ("tok_after", step.words)):
            expected = [
                text
                for word, symbols in words.items()
                for text in (*symbols, f"×{training.word_counts[word]}")
            ]
            assert chips(at, key) == expected
        growth = pages.spec(at, "tok_growth")["data"]
        assert growth[1]["y"] == [step.vocab_size]
        assert growth[3]["y"] == [step.corpus_length]


def test_ties_are_marked_and_the_rule_is_stated() -> None:
    at = opened(tok_corpus="low", tok_step=0)
    # es and st both occur 9 times; e comes before s in "newest", so es occurs first.
    shown = text_of(at)
    assert "tie" in shown
    assert "occurs first in the corpus" in shown
    assert "e + s → es" in shown


def test_wordpiece_shows_score_count_and_the_choice_of_bpe() -> None:
    training = train_wordpiece(HUG, 40)
    step = training.steps[0]
    at = opened(tok_algo="wordpiece", tok_step=0)
    shown = text_of(at)
    assert "##g + ##s → ##gs" in shown
    assert "BPE's choice" in shown
    assert f"{step.score:.3g}"[:4] in shown
    assert any("\\frac" in latex for latex in pages.formulas(at))


def test_unigram_rounds_show_loss_lattice_and_pruned() -> None:
    training = train_unigram(HUG, 15)
    at = opened(tok_algo="unigram", tok_round=0, tok_word="hugs")
    pages.assert_whole(at)
    assert sorted(chips(at, "tok_pruned")) == sorted(training.steps[0].pruned)
    losses = pages.spec(at, "tok_losses")["data"]
    assert losses[1]["y"] == [training.steps[0].vocab_size]
    assert losses[5]["y"] == pytest.approx([training.steps[0].marginal_loss])
    assert pages.spec(at, "tok_lat")["data"][5]["text"][0] == "0"


def test_using_what_was_trained_merge_by_merge() -> None:
    at = opened(tokenizers_view="use", tok_use="hugs and bugs", tok_use_at=0)
    pages.assert_whole(at)
    assert chips(at, "tok_use_chips") == [*"hugs", *"and", *"bugs"]
    assert text_of(at).count("unknown") >= 1
    pages.put(at, {"tok_use_at": 99})
    assert chips(at, "tok_use_chips") == ["hugs", "a", "n", "d", "b", "ug", "s"]
    marked = [
        token["plain"]
        for token in pages.message(at, "tok_use_chips")["tokens"]
        if token["color"] == "@negative"
    ]
    assert marked == ["a", "d"]


def test_a_click_on_a_chip_selects_its_pre_token() -> None:
    at = opened(tokenizers_view="use", tok_use="hugs bun", tok_use_at=0)
    assert "pre-token 1 ? hugs" in words_of(at)
    pages.click(at, "tok_use_chips", 5)
    pages.assert_whole(at)
    assert at.session_state["tok_use_pick"] == 1
    assert "pre-token 2 ? bun" in words_of(at)
    pages.put(at, {"tok_use": "hug"})
    pages.assert_whole(at)
    assert "pre-token 1 ? hug" in words_of(at), "a pre-token beyond the last is the last"


def test_a_long_text_is_cut_and_the_box_says_so() -> None:
    at = opened(tokenizers_view="use", tok_use="hug " * 1000, tok_use_at=99)
    pages.assert_whole(at)
    assert pages.message(at, "tok_use")["note"] == "At most 1,000 characters."
    assert "tokens ? 250 " in words_of(at), "a thousand characters are 250 words"


def test_a_long_text_to_compare_is_cut_and_the_box_says_so() -> None:
    at = opened(tokenizers_view="side", tok_schemes="char", tok_side="hug " * 1000)
    pages.assert_whole(at)
    assert pages.message(at, "tok_side")["note"] == "At most 2,000 characters."
    assert pages.message(at, "tok_side_char")["tokens"][0]["note"].startswith("2,000 tokens")


@pytest.mark.parametrize("algorithm", ALGORITHMS)
def test_an_empty_corpus_is_refused_in_a_sentence(algorithm: str) -> None:
    at = opened(tok_algo=algorithm, tok_corpus="own", tok_own="  ")
    pages.assert_whole(at)
    assert pages.sentences(at) == [
        "The training corpus is empty: type a word into “Your own text”."
    ]


def test_the_first_unigram_shows_what_pruning_costs() -> None:
    training = trained(Setup("unigram", "hug", extra=2))
    assert isinstance(training, UnigramTraining)
    steps = training.steps
    assert any(step.loss_after > step.loss for step in steps)
    assert steps[-1].corpus_length > steps[0].corpus_length
    assert all(0.1 <= len(step.pruned) / step.vocab_size <= 0.2 for step in steps[:-1])


def test_no_token_is_unknown_to_byte_bpe() -> None:
    at = opened(tokenizers_view="use", tok_unit="byte", tok_use="mañana 你", tok_use_at=99)
    pages.assert_whole(at)
    assert all(
        token["color"] != "@negative" for token in pages.message(at, "tok_use_chips")["tokens"]
    )


def test_wordpiece_lookups_are_stepped() -> None:
    at = opened(tokenizers_view="use", tok_algo="wordpiece", tok_use="bugz", tok_use_try=0)
    pages.assert_whole(at)
    assert "bugz" in text_of(at)
    pages.put(at, {"tok_use_try": 99})
    pages.assert_whole(at)
    assert "whole word is unknown" in text_of(at)


@pytest.mark.model
def test_the_language_models_tokenizer_is_stepped_as_the_library_does(language_model) -> None:
    text = "The tokenizer's 你好 👩🏽‍💻"
    at = opened(tokenizers_view="real", tok_real=text, tok_real_at=999)
    pages.assert_whole(at)
    ids = language_model.tokenizer.backend.encode(text, add_special_tokens=False).ids
    shown = pages.message(at, "tok_real_chips")["tokens"]
    assert [int(token["note"]) for token in shown] == ids
    pages.put(at, {"tok_real_at": 0})
    assert len(pages.message(at, "tok_real_chips")["tokens"]) == len(text.encode())


@pytest.mark.model
def test_the_encoders_tokenizer_looks_for_the_longest_match(encoder) -> None:
    at = opened(tokenizers_view="real", tok_real_of="enc", tok_real="unaffable 龘")
    pages.assert_whole(at)
    ids = encoder.tokenizer.encode("unaffable 龘", add_special_tokens=False).ids
    assert len(pages.message(at, "tok_real_chips")["tokens"]) == len(ids)


def upload(data: bytes):
    at = opened(tokenizers_view="real", tok_real_of="upload", tok_real="ab a c", tok_real_at=0)
    pages.assert_whole(at)
    at.file_uploader[0].set_value(("tokenizer.json", data, "application/json")).run()
    return at


def test_an_uploaded_tokenizer_is_stepped() -> None:
    at = upload(json.dumps(TINY).encode())
    pages.assert_whole(at)
    assert not pages.sentences(at)
    assert chips(at, "tok_real_chips") == ["a", "b", "a", "?"]
    pages.put(at, {"tok_real_at": 1})
    assert chips(at, "tok_real_chips") == ["ab", "a", "?"]


def test_a_broken_file_replaces_the_one_before() -> None:
    at = upload(json.dumps(TINY).encode())
    assert at.session_state["tok_upload"][1].vocab_size == 4
    at.file_uploader[0].set_value(("other.json", b"{", "application/json")).run()
    pages.assert_whole(at)
    (sentence,) = pages.sentences(at)
    assert "truncated or malformed" in sentence
    before = at.session_state["tok_upload"]
    at.run()
    assert at.session_state["tok_upload"] is before, "a file is loaded once"
    assert pages.sentences(at) == [sentence]


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"{",
        b"[]",
        b"\xff\xfe\x00",
        b'{"model": {"type": "Neural"}}',
        b'{"a": ' * 5000,
        json.dumps(TINY | {"pre_tokenizer": {"type": "Split", "pattern": {"Regex": "(a+)+b"},
                   "behavior": "Isolated", "invert": False}}).encode(),
    ],
)  # fmt: skip
def test_a_broken_or_hostile_file_is_refused_in_a_sentence(data: bytes) -> None:
    at = upload(data)
    pages.assert_whole(at)
    assert pages.sentences(at)


@pytest.mark.model
@pytest.mark.parametrize("what", ["chips", "ratio", "size", "zipf"])
def test_every_comparison_opens(what: str) -> None:
    at = opened(tokenizers_view="side", tok_what=what)
    pages.assert_whole(at)
    assert not pages.sentences(at)


@pytest.mark.parametrize("algorithm", ALGORITHMS)
def test_any_text_to_learn_from_and_to_cut(algorithm: str) -> None:
    at = opened(tok_algo=algorithm, tok_corpus="own")
    for text in pages.NASTY.values():
        pages.put(at, {"tok_own": text, "tok_word": text})
        pages.assert_whole(at)
        if not text.strip():
            assert pages.sentences(at), "nothing to learn from is said in a sentence"
    pages.put(at, {"tokenizers_view": "use", "tok_corpus": "hug"})
    for text in pages.NASTY.values():
        pages.put(at, {"tok_use": text})
        pages.assert_whole(at)


@pytest.mark.model
@pytest.mark.parametrize(
    "state",
    [
        {"tokenizers_view": "real"},
        {"tokenizers_view": "real", "tok_real_of": "enc"},
        {"tokenizers_view": "side"},
        {"tokenizers_view": "side", "tok_what": "size", "tok_size_text": "own"},
        {"tokenizers_view": "side", "tok_what": "zipf", "tok_zipf_text": "own"},
    ],
)
def test_any_text_through_the_real_ones(state: dict[str, str]) -> None:
    at = opened(**state)
    for text in pages.NASTY.values():
        pages.put(at, {"tok_real": text, "tok_side": text})
        pages.assert_whole(at)


@pytest.mark.model
def test_every_pitfall_runs() -> None:
    at = opened()
    for i in range(6):
        pages.put(at, {f"tokenizers_pitfall_{i}": True})
        pages.assert_whole(at)
    shown = text_of(at)
    assert "5/210" in shown
    assert "17/210" in shown
    assert "169.8" in shown
    assert "205.8" in shown


def table(at, filename: str) -> tuple[list[str], list[list[str]]]:
    return pages.download(at, "tokenizers", filename)


def test_downloads_hold_what_core_computed() -> None:
    training = train_bpe(load_corpus("hug").word_counts, 40)
    at = opened(tok_step=1)
    header, rows = table(at, "merges.csv")
    assert header[:5] == ["merge", "left", "right", "merged", "count"]
    assert [row[3] for row in rows] == [step.merged for step in training.steps]
    rows = table(at, "step.csv")[1]
    step = training.steps[1]
    assert [(*row[1:3], int(row[3])) for row in rows] == [
        (*pair, n) for pair, n in step.pair_counts.items()
    ]
    assert [tuple(row[1:3]) for row in rows if row[5] == "1"] == [step.pair]
    rows = table(at, "tokens.csv")[1]
    assert [row[0] for row in rows] == ["hugs", "a", "n", "d", "b", "ug", "s"]
    assert [row[3] for row in rows] == ["0", "1", "0", "1", "0", "0", "0"]


def test_downloads_of_wordpiece_and_unigram() -> None:
    at = opened(tok_algo="wordpiece")
    first = train_wordpiece(HUG, 40).steps[0]
    header, rows = table(at, "merges.csv")
    assert float(rows[0][header.index("score")]) == pytest.approx(first.score)
    assert len(table(at, "step.csv")[1]) == len(first.pair_counts)
    at = opened(tok_algo="unigram", tok_round=999)
    training = trained(Setup("unigram", "hug", extra=2))
    assert isinstance(training, UnigramTraining)
    assert [row[0] for row in table(at, "merges.csv")[1]] == list(training.vocab)
    assert {row[0] for row in table(at, "step.csv")[1]} == {str(len(training.steps))}


@pytest.mark.model
def test_the_download_of_pretrained_tokens_follows_the_view(language_model) -> None:
    at = opened(tok_real="unbelievable 你好")
    ids = language_model.tokenizer.backend.encode("unbelievable 你好", add_special_tokens=False).ids
    rows = table(at, "pretrained.csv")[1]
    assert [int(row[1]) for row in rows] == ids
    pages.put(at, {"tok_real_of": "upload"})
    assert table(at, "pretrained.csv")[0] == ["error"], "nothing was uploaded"
