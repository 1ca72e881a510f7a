"""The language-model page in process: its numbers against core, odd texts, and the round trip."""

from __future__ import annotations

import gzip
import html

import pytest
import streamlit as st
import torch
from scipy.stats import entropy as scipy_entropy
from streamlit.testing.v1 import AppTest
from torch import Tensor

from core.coding import arithmetic_trace, compare_compressors
from core.lm import LanguageModel
from core.text_scoring import chain_rule
from pages.language_model import round_trip, scored, texts
from tests import pages
from tests.pages import NASTY
from ui import models

TOPIC = "language_model"
VIEW = f"{TOPIC}_view"
VIEWS = ("chain", "pair", "packing")


def opened(**state: object) -> AppTest:
    return pages.open_page(TOPIC, state=state or None, timeout=180)


def facts(at: AppTest) -> str:
    return "\n".join(block for block in pages.blocks(at) if "ll-facts" in block)


def rows_of(model: LanguageModel, ids: list[int]) -> Tensor:
    """The prediction of each token, a pass for each prefix, nothing in front of it."""
    return torch.stack([model.next_logits(ids[:n] or [model.start_id]) for n in range(len(ids))])


def notes(at: AppTest) -> str:
    return "\n".join(html.unescape(block) for block in pages.blocks(at) if "ll-note" in block)


def chips(at: AppTest, key: str = "lm_chips") -> list[str]:
    return [token["plain"] for token in pages.message(at, key)["tokens"]]


def test_the_first_view_shows_the_numbers_of_core(language_model: LanguageModel) -> None:
    at = opened()
    pages.assert_whole(at)
    ids = language_model.encode(texts.FACT)
    chain = chain_rule(rows_of(language_model, ids), ids)
    bars = pages.spec(at, "lm_surprise")["data"][0]
    assert bars["y"] == pytest.approx(chain.surprisal.tolist(), abs=1e-3)
    assert f"{-chain.bits:.2f}".replace("-", "−") in facts(at)
    assert chips(at) == ["<|endoftext|>", "The", "·capital", "·of", "·France", "·is", "·Paris", "."]
    actual = pages.spec(at, "lm_next")["data"][1]
    assert actual["x"] == pytest.approx([float(chain.probs[5])], abs=1e-3)
    assert r"\log_2 p" in pages.formulas(at)[0]


def test_a_chip_or_a_bar_or_the_stepper_chooses_the_position() -> None:
    at = opened()
    pages.click(at, "lm_chips", 5)
    assert at.session_state["lm_at"] == 4
    assert pages.message(at, "lm_chips")["selected"] == 5
    pages.click(at, "lm_surprise", {"curve": 0, "point": 1, "x": 2, "y": 3.0, "data": None})
    assert at.session_state["lm_at"] == 1
    pages.click(at, "lm_chips", 0)  # the given token has no prediction
    assert at.session_state["lm_at"] == 0
    pages.send(at, "lm_at", 6)
    assert pages.message(at, "lm_chips")["selected"] == 7
    pages.put(at, {"lm_at": 10**6})
    assert pages.message(at, "lm_chips")["selected"] == 7
    pages.assert_whole(at)


def test_the_first_token_given(language_model: LanguageModel) -> None:
    at = opened(lm_first="given")
    pages.assert_whole(at)
    ids = language_model.encode(texts.FACT)
    bars = pages.spec(at, "lm_surprise")["data"][0]
    expected = chain_rule(language_model.logits(ids)[:-1], ids[1:]).surprisal
    assert bars["y"] == pytest.approx(expected.tolist(), abs=1e-3)
    assert chips(at)[0] == "The"
    pages.put(at, {"lm_text": "The"})
    pages.assert_whole(at)
    assert any("nothing to score" in text for text in pages.sentences(at))


@pytest.mark.parametrize("name", [name for name in NASTY if name != "long"])
def test_odd_texts_in_every_view(name: str) -> None:
    text = NASTY[name]
    at = opened(lm_text=text, lm_a=text, lm_b="ok", lm_at=3)
    for view in VIEWS:
        pages.put(at, {VIEW: view, "lm_first": "separator"})
        pages.assert_whole(at)
        assert at.session_state["lm_b"] == "ok"
    pages.put(at, {VIEW: "chain", "lm_first": "given"})
    pages.assert_whole(at)
    assert pages.message(at, "lm_text")["value"] == text


def test_a_text_that_is_too_long_is_cut_with_a_sentence() -> None:
    at = opened(lm_text=NASTY["long"])
    pages.assert_whole(at)
    assert len(chips(at)) == 513
    assert any("the first 512 are used" in text for text in pages.sentences(at))
    pages.put(at, {VIEW: "packing"})
    pages.assert_whole(at)
    assert any("the first 200 are used" in text for text in pages.sentences(at))


def test_parts_of_characters_are_bytes() -> None:
    at = opened(lm_text=texts.CHINESE)
    pages.assert_whole(at)
    assert any(chip.startswith("⟨E") for chip in chips(at))
    assert f"{len(texts.CHINESE)} characters" in facts(at)
    pages.put(at, {"lm_text": "שלום\u202e👨‍👩‍👧"})
    pages.assert_whole(at)


def test_an_empty_text_asks_for_one() -> None:
    at = opened(lm_text="")
    assert any("Type a text" in text for text in pages.sentences(at))
    assert "lm_surprise" not in pages.keys(at)
    pages.put(at, {VIEW: "packing"})
    assert any("Type a text" in text for text in pages.sentences(at))
    assert at.button(key="lm_code").disabled


def heading(at: AppTest) -> str:
    return next(item.value for item in at.markdown if item.value.startswith("####"))


def test_two_texts() -> None:
    at = opened(**{VIEW: "pair"})
    pages.assert_whole(at)
    assert "The first text is" in heading(at)
    first, second = pages.spec(at, "lm_race")["data"][-2:]
    assert first["x"][0] == 5  # "The capital of France is"
    assert second["y"][-1] - first["y"][-1] > 5
    pages.put(at, {"lm_a": texts.LONDON, "lm_b": texts.FACT})
    assert "The second text is" in heading(at)
    pages.put(at, {"lm_a": texts.FACT})
    assert "equally likely" in heading(at)
    pages.put(at, {"lm_a": ""})
    pages.assert_whole(at)
    assert "lm_race" not in pages.keys(at)


def finish(at: AppTest) -> round_trip.RoundTrip:
    """Start the round trip of the page's text and wait for its end."""
    at.button(key="lm_code").click().run()
    trip = at.session_state["lm_coding"]
    for _second in range(120):
        if trip.finished.wait(1):
            break
        trip.look()  # as a page does that shows it
    at.run()
    pages.assert_whole(at)
    return trip


def test_compression_and_decompression() -> None:
    at = opened(**{VIEW: "packing", "lm_text": "Once upon a time 你好"})
    pages.assert_whole(at)
    assert "not encoded yet" in pages.spec(at, "lm_sizes")["data"][0]["text"]
    trip = finish(at)
    assert tuple(trip.decoded) == trip.ids
    assert trip.steps == 2 * len(trip.ids)
    assert trip.data is not None
    bits = float(pages.spec(at, "lm_sizes")["layout"]["shapes"][0]["x0"]) * 8
    assert len(trip.data) * 8 == pytest.approx(bits, abs=17)
    assert pages.spec(at, "lm_sizes")["data"][0]["x"][-1] == len(trip.data)
    assert "the same text" in facts(at)
    assert "".join(chips(at, "lm_back")).startswith("Once·upon·a·time")
    _header, rows = pages.download(at, TOPIC, "language-model-sizes.csv")
    assert rows[-1][:2] == ["arithmetic code of the model", str(len(trip.data))]
    pages.put(at, {"lm_text": "Another text"})
    pages.assert_whole(at)
    assert "lm_back" not in pages.keys(at)
    assert "not encoded yet" in pages.spec(at, "lm_sizes")["data"][0]["text"]


def test_a_clicked_size_writes_its_arithmetic() -> None:
    at = opened(**{VIEW: "packing", "lm_text": texts.STORY})
    bits = scored.score(texts.STORY).chain.bits
    assert f"this model, −log₂ p: {bits / 8:.3g} bytes × 8 = {bits:.3g} bits" in notes(at)
    pages.click(at, "lm_sizes", {"curve": 0, "point": 1, "x": 248, "y": 1, "data": None})
    size = len(gzip.compress(texts.STORY.encode(), 9, mtime=0))
    said = f"gzip: {size} bytes × 8 = {8 * size:,} bits; divided by 385 characters: "
    assert said + f"{8 * size / 385:.3g} bits per character" in notes(at)


def test_compression_can_be_stopped() -> None:
    at = opened(**{VIEW: "packing", "lm_text": texts.SPEECH})
    at.button(key="lm_code").click().run()
    trip = at.session_state["lm_coding"]
    assert pages.message(at, "lm_tick")["running"]
    at.button(key="lm_stop").click().run()
    assert trip.finished.wait(30)
    assert trip.steps < 2 * len(trip.ids)
    at.run()
    pages.assert_whole(at)
    assert not pages.message(at, "lm_tick")["running"]
    assert at.button(key="lm_code")


def test_the_code_is_that_of_the_step_by_step_model(language_model: LanguageModel) -> None:
    ids = language_model.encode("Four score and seven")
    trace = arithmetic_trace(ids, language_model.next_probs())
    chain = chain_rule(rows_of(language_model, ids), ids)
    assert trace.ideal_bits == pytest.approx(chain.bits, abs=1e-3)
    assert scored.score("Four score and seven").chain.bits == pytest.approx(chain.bits, abs=1e-3)


def test_the_notes_of_the_examples_agree_with_the_numbers() -> None:
    """The model is fixed, so what the page says about its numbers can be checked."""

    def bits(text: str) -> list[float]:
        return scored.score(text).chain.surprisal.tolist()

    assert bits(texts.FACT)[5] < 0.5
    assert bits(texts.IS)[7] - bits(texts.ARE)[7] == pytest.approx(5.7, abs=0.05)
    totals = [sum(bits(text)) for text in (texts.SHUFFLED, texts.ORDERED)]
    assert totals == pytest.approx([188, 92], abs=0.5)
    sizes = compare_compressors(texts.STORY.encode())
    assert (sizes["gzip"], sizes["raw"]) == (248, 385)
    assert sum(bits(texts.STORY)) / 8 == pytest.approx(62.5, abs=0.5)
    copies = bits(texts.REPEATED)
    assert [sum(copies[i : i + 9]) for i in (0, 9, 18)] == pytest.approx([105, 26, 8], abs=0.5)
    paris, london = bits(texts.FACT), bits(texts.LONDON)
    assert 2 ** (london[5] - paris[5]) == pytest.approx(62, abs=0.5)
    assert 2 ** (sum(london) - sum(paris)) == pytest.approx(71, abs=0.5)
    assert abs(london[5] - paris[5]) > 0.9 * abs(sum(london) - sum(paris))
    assert (len(texts.CHINESE), len(bits(texts.CHINESE))) == (16, 31)
    family = "👨‍👩‍👧"
    assert (len(family), len(bits(family))) == (5, 13)


def test_presenting() -> None:
    at = pages.open_page(TOPIC, query={"present": "1"}, timeout=180)
    for view in VIEWS:
        pages.put(at, {VIEW: view})
        pages.assert_whole(at)


def test_pitfalls_are_demonstrated() -> None:
    at = opened()
    for i, shown in ((0, "29.60 bits in total"), (1, "0.0 from token"), (2, "Most likely after")):
        pages.put(at, {f"{TOPIC}_pitfall_{i}": True})
        pages.assert_whole(at)
        assert shown in "\n".join(pages.blocks(at))


def test_four_conventions_of_the_first_token(language_model: LanguageModel) -> None:
    ids = language_model.encode(texts.FACT)
    at = opened(**{f"{TOPIC}_pitfall_2": True})
    table = next(block for block in pages.blocks(at) if "convention" in block)
    own = rows_of(language_model, ids)
    expected = [chain_rule(own, ids).bits, chain_rule(own[1:], ids[1:]).bits]
    for start in (language_model.start_id, language_model.tokenizer.bos_id):
        assert start is not None
        expected.append(chain_rule(language_model.logits([start, *ids[:-1]]), ids).bits)
    assert len({round(bits) for bits in expected}) == 4
    for bits in expected:
        assert f">{bits:.2f}<" in table
    assert "stays before the whole text" in table
    kept = chain_rule(language_model.logits([language_model.start_id, *ids[:-1]]), ids)
    own = chain_rule(own, ids)
    second = [f"{float(chain.surprisal[1]):.3g} bits" for chain in (own, kept)]
    assert "“·capital”, costs {} when it is predicted from the first one".format(*second) in notes(
        at
    )
    assert f"alone, and {second[1]} when <|endoftext|> stays" in notes(at)


def test_each_step_is_said_with_its_numbers(language_model: LanguageModel) -> None:
    ids = language_model.encode(texts.FACT)
    p = language_model.next_logits(ids[:5]).double().softmax(-1)
    entropy = scipy_entropy(p.numpy(), base=2)
    at = opened(lm_at=5)
    said = notes(at)
    assert "Token 6 of 7: after “The·capital·of·France·is”, the model gives “·Paris”" in said
    assert f"−log₂ {float(p[ids[5]]):.4f} = 0.372 bits; the entropy" in said
    assert f"the expected surprisal, is {entropy:.3g} bits" in said
    pages.put(at, {"lm_at": 0})
    assert "after “<|endoftext|>”, the model gives “The”" in notes(at)
    pages.put(at, {"lm_first": "given"})
    assert "after “The”, the model gives “·capital”" in notes(at)


def test_a_clicked_bar_writes_its_part_of_the_entropy(language_model: LanguageModel) -> None:
    ids = language_model.encode(texts.FACT)
    p = language_model.next_logits(ids[:5]).double().softmax(-1)
    best = p.sort(descending=True).values[:8]
    terms = -(best * best.log2())
    at = opened(lm_at=5)
    pages.click(at, "lm_next", {"curve": 0, "point": 0, "x": 0.06, "y": 1, "data": None})
    assert at.session_state["lm_row"] == 1
    assert f"= {float(terms[1]):.3g} of 2.14 bits" in notes(at)
    pages.click(at, "lm_next", {"curve": 2, "point": 0, "x": 0.1, "y": 8, "data": None})
    rest = scipy_entropy(p.numpy(), base=2) - float(terms.sum())
    assert f"49,144 others, together {100 * float(1 - best.sum()):.3g} %" in notes(at)
    assert f"add up to {rest:.3g} of 2.14 bits" in notes(at)


def test_a_clicked_token_compares_two_texts(language_model: LanguageModel) -> None:
    rows = [rows_of(language_model, language_model.encode(t)) for t in (texts.FACT, texts.LONDON)]
    chains = [
        chain_rule(row, language_model.encode(text))
        for row, text in zip(rows, (texts.FACT, texts.LONDON), strict=True)
    ]
    at = opened(**{VIEW: "pair"})
    here = float(chains[1].surprisal[5] - chains[0].surprisal[5])
    assert "Token 6: “·Paris” in the first text" in notes(at), "the first difference"
    assert f"Second minus first: {here:.3g} bits at this token" in notes(at)
    pages.click(at, "lm_chips_b", 6)
    so_far = chains[1].bits - chains[0].bits
    assert f"{so_far:.3g} bits up to it" in notes(at)
    assert "Token 7: “.” in the first text" in notes(at)
    pages.put(at, {"lm_b": "The capital"})
    assert "the second text has ended" in notes(at)
    pages.put(at, {"lm_place": 400})
    pages.assert_whole(at)
    assert "Token 7: “.” in the first text" in notes(at), "the last token of the longer text"


def test_a_typed_special_token_is_scored_like_any_other(language_model: LanguageModel) -> None:
    at = opened(lm_text="<|im_start|>user")
    bars = pages.spec(at, "lm_surprise")["data"][0]
    ids = language_model.encode("<|im_start|>user")
    assert ids[0] == language_model.tokenizer.bos_id
    expected = chain_rule(rows_of(language_model, ids), ids).surprisal
    assert bars["y"] == pytest.approx(expected.tolist(), abs=1e-3)


@pytest.mark.parametrize("given", [False, True])
def test_a_tokenizer_that_adds_a_bos(
    language_model: LanguageModel, monkeypatch: pytest.MonkeyPatch, given: bool
) -> None:
    """Such a tokenizer's own BOS precedes every text, and every token is predicted from it too."""
    ids = language_model.encode("A cat sat")
    encode = type(language_model.tokenizer).encode
    monkeypatch.setattr(
        type(language_model.tokenizer), "encode", lambda self, text: [1, *encode(self, text)]
    )
    st.cache_data.clear()
    found = scored.score("A cat sat", "given" if given else "separator")
    logits = language_model.logits([1, *ids[:-1]])
    expected = chain_rule(logits[given:], ids[given:])
    assert found.chain.ids == tuple(ids[given:])
    assert found.chain.bits == pytest.approx(expected.bits, abs=1e-3)
    trip = round_trip.RoundTrip(ids, scored.encode("A cat sat").before)
    assert trip.finished.wait(60)
    assert tuple(trip.decoded) == trip.ids
    st.cache_data.clear()


def test_downloads_hold_what_is_shown() -> None:
    at = opened(lm_text='=1+1, "x"\n-2')

    def download(name: str) -> tuple[list[str], list[list[str]]]:
        return pages.download(at, TOPIC, f"language-model-{name}.csv")

    header, tokens = download("tokens")
    assert header[:3] == ["position", "id", "token"]
    assert tokens[0][2].startswith("'=")  # no formula for a spreadsheet to run
    assert len(download("predictions")[1]) == scored.TOP_TOKENS * len(tokens)
    assert {row[0] for row in download("two-texts")[1]} == {"first text", "second text"}
    sizes = download("sizes")[1]
    assert [row[0] for row in sizes] == ["UTF-8", "gzip", "bz2", "xz", "−log₂ p of the model"]
    assert int(sizes[0][1]) == len(b'=1+1, "x"\n-2')


def test_an_abandoned_round_trip_stops(
    monkeypatch: pytest.MonkeyPatch, language_model: LanguageModel
) -> None:
    monkeypatch.setattr(round_trip, "ABANDONED_S", -1.0)
    trip = round_trip.RoundTrip(language_model.encode("abc"))
    assert trip.finished.wait(30)
    assert trip.data is None


def test_an_error_of_the_coder_is_raised_in_the_view() -> None:
    trip = round_trip.RoundTrip([10**9])
    assert trip.finished.wait(30)
    with pytest.raises(ValueError, match="ids"):
        trip.look()


def test_encoded_texts_are_cut_with_a_notice() -> None:
    st.cache_data.clear()
    found = scored.encode(NASTY["long"], 7)
    assert len(found.ids) == 7
    assert found.notice
    assert (
        "".join(str(models.token(i)) for i in found.ids) == "many words many words many words many"
    )
