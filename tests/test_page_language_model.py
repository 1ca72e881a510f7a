"""The language-model page, in-process: every view, control, scenario and odd text."""

from __future__ import annotations

import csv
import io

import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest

from core.lm import LanguageModel
from core.text_scoring import chain_rule
from pages.language_model_parts import coding, scored, texts
from tests.pages import (
    NASTY,
    NONSENSE,
    assert_whole,
    blocks,
    click,
    formulas,
    keys,
    message,
    open_page,
    put,
    script,
    send,
    sentences,
    spec,
)

TOPIC = "language_model"
VIEW = f"{TOPIC}_view"
VIEWS = ("chain", "pair", "packing")


def page(**state: object) -> AppTest:
    return open_page(TOPIC, state=state or None, timeout=180)


def facts(at: AppTest) -> str:
    return "\n".join(block for block in blocks(at) if "ll-facts" in block)


def chips(at: AppTest, key: str = "lm_chips") -> list[str]:
    return [token["plain"] for token in message(at, key)["tokens"]]


def test_the_first_sight(language_model: LanguageModel):
    at = page()
    assert_whole(at)
    ids = language_model.encode(texts.FACT)
    logits = language_model.logits([language_model.start_id, *ids])[:-1]
    chain = chain_rule(logits, ids)
    bars = spec(at, "lm_surprise")["data"][0]
    assert bars["y"] == pytest.approx(chain.surprisal.tolist(), abs=1e-3)
    assert f"{-chain.bits:.2f}".replace("-", "−") in facts(at)
    assert chips(at) == ["<|endoftext|>", "The", "·capital", "·of", "·France", "·is", "·Paris", "."]
    came = spec(at, "lm_next")["data"][1]
    assert came["x"] == pytest.approx([float(chain.probs[5])], abs=1e-3)
    assert r"\log_2 p" in formulas(at)[0]


def test_a_chip_or_a_bar_or_the_stepper_chooses_the_place():
    at = page()
    click(at, "lm_chips", 5)
    assert at.session_state["lm_at"] == 4
    assert message(at, "lm_chips")["selected"] == 5
    click(at, "lm_surprise", {"curve": 0, "point": 1, "x": 2, "y": 3.0, "data": None})
    assert at.session_state["lm_at"] == 1
    click(at, "lm_chips", 0)  # what is given has no prediction; the first token is looked at
    assert at.session_state["lm_at"] == 0
    send(at, "lm_at", 6)
    assert message(at, "lm_chips")["selected"] == 7
    assert_whole(at)


def test_the_first_token_taken_as_given(language_model: LanguageModel):
    at = page(lm_first="given")
    assert_whole(at)
    ids = language_model.encode(texts.FACT)
    bars = spec(at, "lm_surprise")["data"][0]
    expected = chain_rule(language_model.logits(ids)[:-1], ids[1:]).surprisal
    assert bars["y"] == pytest.approx(expected.tolist(), abs=1e-3)
    assert chips(at)[0] == "The"
    put(at, {"lm_text": "The"})
    assert_whole(at)
    assert "leaves nothing to score" in "\n".join(blocks(at))


@pytest.mark.parametrize("name", [name for name in NASTY if name != "long"])
def test_odd_texts_in_every_view(name):
    text = NASTY[name]
    at = page(lm_text=text, lm_a=text, lm_b="ok", lm_at=3)
    for view in VIEWS:
        put(at, {VIEW: view, "lm_first": "separator"})
        assert_whole(at)
        assert at.session_state["lm_b"] == "ok"
    put(at, {VIEW: "chain", "lm_first": "given"})
    assert_whole(at)
    assert message(at, "lm_text")["value"] == text


def test_a_text_far_too_long_is_cut_with_a_sentence():
    at = page(lm_text=NASTY["long"])
    assert_whole(at)
    assert len(chips(at)) == 513
    assert any("the first 512 are used" in text for text in sentences(at))
    put(at, {VIEW: "packing"})
    assert_whole(at)
    assert any("the first 200 are used" in text for text in sentences(at))


def test_parts_of_characters_are_bytes():
    at = page(lm_text=texts.CHINESE)
    assert_whole(at)
    assert any(chip.startswith("⟨E") for chip in chips(at))
    assert f"{len(texts.CHINESE)} characters" in facts(at)
    put(at, {"lm_text": "שלום\u202e👨‍👩‍👧"})
    assert_whole(at)


def test_an_empty_text_asks_for_one():
    at = page(lm_text="")
    assert "Type a sentence" in "\n".join(blocks(at))
    assert "lm_surprise" not in keys(at)


def test_two_texts():
    at = page(**{VIEW: "pair"})
    assert_whole(at)
    heading = next(item.value for item in at.markdown if item.value.startswith("####"))
    assert "The first text is" in heading
    first, second = spec(at, "lm_race")["data"][-2:]
    assert first["x"][0] == 5  # "The capital of France is"
    assert second["y"][-1] - first["y"][-1] > 5
    put(at, {"lm_a": texts.LONDON, "lm_b": texts.FACT})
    heading = next(item.value for item in at.markdown if item.value.startswith("####"))
    assert "The second text is" in heading
    put(at, {"lm_a": texts.FACT})
    heading = next(item.value for item in at.markdown if item.value.startswith("####"))
    assert "equally likely" in heading
    put(at, {"lm_a": ""})
    assert_whole(at)
    assert "lm_race" not in keys(at)


def test_compression_there_and_back():
    at = page(**{VIEW: "packing", "lm_text": "Once upon a time 你好"})
    assert_whole(at)
    assert "not coded yet" in spec(at, "lm_sizes")["data"][0]["text"]
    at.button(key="lm_code").click().run()
    trip = at.session_state["lm_coding"]
    assert trip.finished.wait(120)
    at.run()
    assert_whole(at)
    assert trip.lossless
    assert trip.steps == 2 * len(trip.ids)
    bits = float(spec(at, "lm_sizes")["layout"]["shapes"][0]["x0"]) * 8
    assert len(trip.data) * 8 == pytest.approx(bits, abs=17)
    assert spec(at, "lm_sizes")["data"][0]["x"][-1] == len(trip.data)
    assert "the same text" in facts(at)
    assert "".join(chips(at, "lm_back")).startswith("Once·upon·a·time")
    put(at, {"lm_text": "Another text"})
    assert_whole(at)
    assert "lm_coding" not in at.session_state
    assert "lm_back" not in keys(at)


def test_compression_can_be_stopped():
    at = page(**{VIEW: "packing", "lm_text": texts.SPEECH})
    at.button(key="lm_code").click().run()
    trip = at.session_state["lm_coding"]
    assert message(at, "lm_tick" if "lm_tick" in keys(at) else "lm_text") is not None
    at.button(key="lm_stop").click().run()
    assert trip.finished.wait(30)
    assert trip.steps < 2 * len(trip.ids)
    assert_whole(at)
    assert at.button(key="lm_code")


def test_the_code_is_that_of_the_step_by_step_model(language_model: LanguageModel):
    from core.coding import arithmetic_trace

    ids = language_model.encode("Four score and seven")
    trace = arithmetic_trace(ids, language_model.next_probs())
    chain = chain_rule(language_model.logits([language_model.start_id, *ids])[:-1], ids)
    assert trace.ideal_bits == pytest.approx(chain.bits, abs=1e-2)


@pytest.mark.parametrize("bad", NONSENSE[::3])
def test_nonsense_in_the_url(bad):
    query = dict.fromkeys((VIEW, "lm_at", "lm_first", "lm_text", "lm_a", "lm_b"), bad)
    at = open_page(TOPIC, query=query, timeout=180)
    assert_whole(at)
    put(at, {VIEW: "pair"})
    assert_whole(at)


def test_scenarios_and_experiments():
    at = page()
    buttons = [
        item.key
        for item in at.button
        if item.key and item.key.startswith((f"{TOPIC}_scenario", f"{TOPIC}_experiment"))
    ]
    assert len(buttons) == 10
    for key in buttons:
        at.button(key=key).click().run()
        assert_whole(at)
        assert not sentences(at), (key, sentences(at))


def test_a_repeated_sentence_gets_cheap():
    at = page(lm_text=texts.TWICE)
    surprisal = list(spec(at, "lm_surprise")["data"][0]["y"])
    third = len(surprisal) // 3
    assert sum(surprisal[-third:]) < 0.2 * sum(surprisal[:third])


def test_presenting():
    at = open_page(TOPIC, query={"present": "1"}, timeout=180)
    for view in VIEWS:
        put(at, {VIEW: view})
        assert_whole(at)


def test_pitfalls_show_themselves():
    def draw() -> None:
        from pages.language_model_parts import pitfalls

        pitfalls.per_unit()
        pitfalls.underflow()
        pitfalls.first_token()

    at = script(draw)
    assert_whole(at)
    shown = "\n".join(blocks(at))
    assert "0.0 from token" in shown
    assert "&lt;|endoftext|&gt;" in shown


def test_downloads_hold_what_is_shown():
    def draw() -> None:
        import streamlit

        from pages.language_model_parts import chain, packing, pair

        streamlit.session_state["lm_text"] = '=1+1, "x"\n-2'
        for make in (chain.table, chain.predictions, pair.table, packing.table):
            streamlit.code(make())

    at = script(draw)
    assert not at.exception
    tables = [list(csv.reader(io.StringIO(item.value.lstrip("\ufeff")))) for item in at.code]
    tokens, predictions, pair, sizes = tables
    assert tokens[0][:3] == ["place", "id", "token"]
    assert tokens[1][2].startswith("'=")  # no formula for a spreadsheet to run
    assert len(predictions) == 1 + scored.KEPT * (len(tokens) - 1)
    assert {row[0] for row in pair[1:]} == {"first", "second"}
    assert [row[0] for row in sizes[1:]] == ["raw", "gzip", "bz2", "xz", "model_ideal"]
    assert int(sizes[1][1]) == len(b'=1+1, "x"\n-2')


def test_a_trip_that_nobody_watches_ends(monkeypatch, language_model: LanguageModel):
    monkeypatch.setattr(coding, "_ABANDONED_S", -1.0)
    trip = coding.Coding(language_model.encode("abc"), language_model.start_id)
    assert trip.finished.wait(30)
    assert trip.data is None
    assert not trip.running


def test_what_goes_wrong_inside_is_raised_where_it_is_seen():
    trip = coding.Coding([10**9], 0)
    assert trip.finished.wait(30)
    with pytest.raises(ValueError, match="ids"):
        trip.look()


def test_encoded_texts_are_cached_by_language():
    st.cache_data.clear()
    cut = scored.encoded(NASTY["long"], "en", 7)
    assert len(cut.ids) == 7
    assert cut.notice
    assert b"".join(cut.pieces) == b"many words many words many words many"
