"""The map in process: numbers against the model, clicks, links, and hostile sentences."""

from __future__ import annotations

import html
import re

import pytest
import torch
from streamlit.testing.v1 import AppTest

from charts.i18n import speaking
from core.lm import LanguageModel
from pages.home import controls, links, questions
from tests import pages
from ui import Notice, models
from ui.controls import assuming
from ui.page import values_in


def opened(**state: object) -> AppTest:
    return pages.open_page("home", state=state)


def text_of(at: AppTest) -> str:
    text = html.unescape(re.sub(r"<[^>]+>", " ", " ".join(pages.blocks(at))))
    return " ".join(text.split())


def test_the_thumbnails_are_the_models_numbers(language_model: LanguageModel) -> None:
    at = opened(home_layer=23, home_head=4)
    pages.assert_whole(at)
    ids = language_model.encode("The capital of France is")
    trace = language_model.trace(ids, layers=[23], keep=["attentions"])
    shown = pages.spec(at, "home_attention")["data"][0]["z"]
    row = [float(x) for x in shown.reshape(5, 5)[4]]
    assert row == pytest.approx(trace.attentions[0, 4, 4].sqrt().tolist(), abs=1e-3)
    probs = torch.softmax(language_model.next_logits(ids), 0)
    bars = list(pages.spec(at, "home_next")["data"][0]["x"])
    expected = probs.topk(5).values
    assert bars == pytest.approx([*expected.tolist(), 1 - float(expected.sum())], abs=1e-4)
    assert "“·Paris” is the most likely token, with 77.3 %" in text_of(at)


def test_temperature_flattens_and_zero_is_greedy(language_model: LanguageModel) -> None:
    ids = language_model.encode("The capital of France is")
    at = opened(home_T=2.0)
    first = pages.spec(at, "home_next")["data"][0]["x"][0]
    scaled = torch.softmax(language_model.next_logits(ids) / 2, 0)
    assert first == pytest.approx(float(scaled.max()), abs=1e-4)
    at = opened(home_T=0.0, home_seed=9_999, home_spot="logits")
    assert pages.spec(at, "home_next")["data"][0]["x"][0] == 1.0
    assert "At temperature 0" in text_of(at)
    chips = pages.message(at, "home_tokens")["tokens"]
    assert (chips[-1]["plain"], chips[-1]["color"]) == ("·Paris", "@kept")


def test_clicks_write_the_arithmetic() -> None:
    at = opened(home_layer=23, home_head=4)
    pages.click(at, "home_attention", {"curve": 0, "point": [4, 3], "x": 3.0, "y": 4.0})
    pages.assert_whole(at)
    assert "“·is” attends to “·France” with weight" in text_of(at)
    assert "= 0.903" in text_of(at)
    pages.click(at, "home_attention", {"curve": 0, "point": [0, 3], "x": 3.0, "y": 0.0})
    assert "Masked:" in text_of(at)
    pages.click(at, "home_gates", {"curve": 0, "point": [1, 2], "x": 2.0, "y": 1.0})
    shown = re.search(r"g = (\S+), and SiLU\(g\) = g/\(1 \+ e⁻ᵍ\) = (\S+) mult", text_of(at))
    assert shown
    gate, value = (float(n.replace("−", "-")) for n in shown.groups())
    assert value == pytest.approx(float(torch.nn.functional.silu(torch.tensor(gate))), abs=5e-3)
    pages.click(at, "home_next", {"curve": 0, "point": 5, "x": 0.1, "y": 5.0})
    assert "The other 49,147 tokens" in text_of(at)


SAID = (
    "24 characters, which are 24 bytes",
    "The = 504",
    "(49,152 × 576)",
    "Layer 23, head 4",
    "SiLU(g)",
    "The logit of “·Paris”",
    "and seed 2 draws it",
    "the line starts again with 6 tokens",
)


def test_a_click_on_a_station_explains_it() -> None:
    at = opened()
    for i, said in enumerate(SAID):
        pages.click(at, "home_stations", i)
        assert said in text_of(at)
    pages.assert_whole(at)
    assert len(SAID) == len(controls.STATIONS)


def test_a_spot_that_there_is_not_keeps_the_page() -> None:
    at = opened()
    for spot in ("ffn,999,999", "attention,99,0", "logits,99", "ffn,-1", "x,²"):
        pages.assert_whole(pages.put(at, {"home_spot": spot}))


def test_hostile_sentences(language_model: LanguageModel) -> None:
    at = opened()
    for name, text in pages.NASTY.items():
        pages.assert_whole(pages.put(at, {"home_text": text}))
        assert "<script>alert" not in " ".join(pages.blocks(at)), name
        tokens = len(language_model.encode(text))
        shown = pages.message(at, "home_tokens")["tokens"]
        assert len(shown) == max(1, min(tokens, controls.LONGEST)) + 1
        assert ("are dropped" in text_of(at)) == (tokens > controls.LONGEST)


def test_the_drawn_token_is_appended() -> None:
    at = opened()
    at.button(key="home_append").click().run()
    pages.assert_whole(at)
    assert pages.message(at, "home_text")["value"] == "The capital of France is Paris"
    assert len(pages.message(at, "home_tokens")["tokens"]) == 7


def test_every_link_names_controls_and_carries_the_sentence() -> None:
    known = {page.topic for page in pages.registered()}
    sentence = "A sentence that travels."
    with speaking("en"), assuming({"home_text": sentence, "home_layer": 3}):
        found = [*links.stations(), *links.training(), *links.information()]
        carried = 0
        for _label, topic, state in found:
            assert topic in known
            values = values_in(pages.describe(topic), state)
            carried += sentence in [v for v in values.values() if isinstance(v, str)]
        assert carried == len(links.stations()) + len(links.information())


def test_a_link_opens_the_page_with_the_sentence() -> None:
    at = opened(home_text="Once upon a time", home_layer=5, home_head=2)
    index = [topic for _l, topic, _s in _stations()].index("attention")
    at.button(key=f"home_line_{index}").click().run()
    assert at.session_state["att_real"] == "Once upon a time"
    assert (at.session_state["att_layer"], at.session_state["att_rhead"]) == (5, 2)


def _stations() -> list[links.Link]:
    with speaking("en"), assuming({}):
        return links.stations()


def test_without_the_model_the_line_and_the_links_stay(monkeypatch: pytest.MonkeyPatch) -> None:
    def missing() -> None:
        raise Notice("The weights are missing. Run make models.")

    monkeypatch.setattr(models, "language_model", missing)
    at = opened()
    pages.assert_whole(at)
    assert any("weights are missing" in said for said in pages.sentences(at))
    assert len(pages.message(at, "home_stations")["tokens"]) == len(controls.STATIONS)
    assert at.button(key="home_line_0")


@pytest.mark.usefixtures("language_model")
def test_the_questions_have_their_answers() -> None:
    with speaking("en"):
        for experiment, right in zip(questions.experiments(), (0, 2), strict=True):
            assert experiment.question
            with assuming(values_in(pages.describe("home"), experiment.state)):
                answer, why = experiment.question.outcome()
            assert answer == right, why
    assert "differ by at most 0, those" in why
