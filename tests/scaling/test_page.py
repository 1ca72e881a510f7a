"""The scaling page in process: every view, clicks, questions and downloads."""

from __future__ import annotations

import html
import re

import pytest
from streamlit.testing.v1 import AppTest

from core import scaling as core
from pages.scaling import emergence
from tests import pages


def opened(view: str, **state: object) -> AppTest:
    at = pages.open_page("scaling", state={"scaling_view": view, **state})
    pages.assert_whole(at)
    return at


def text_of(at: AppTest) -> str:
    return html.unescape(re.sub(r"<[^>]+>", " ", " ".join(pages.blocks(at)))).replace("−", "-")


def test_emergence_scores_the_same_answers_with_every_metric() -> None:
    at = opened("emergence")
    found = emergence.scored(0, 100, 10)
    assert f"{emergence.zeros(found)} of 13 models have no exact match" in text_of(at)
    exact = float(found.expected["exact"][6])
    assert pages.formulas(at)[0].endswith(f"= {exact:.3g}")
    pages.put(at, {"scal_metric": "token", "scal_log": "1"})
    pages.assert_whole(at)
    assert pages.spec(at, "scal_other_plot")["layout"]["yaxis"]["title"]["text"].startswith("share")
    pages.click(at, "scal_metric_plot", {"curve": 1, "point": 2, "x": 1e7, "y": 0.2})
    assert at.session_state["scal_model"] == 3


def test_a_longer_answer_extends_the_same_answers() -> None:
    short, long = emergence.scored(3, 50, 4), emergence.scored(3, 200, 9)
    assert (long.right[:, :50, :4] == short.right).all()


def test_chinchilla_has_three_recommendations_and_a_click_moves_the_budget() -> None:
    at = opened("chinchilla")
    shown = text_of(at)
    for ratio in ("92.6", "58.9", "18.4"):
        assert ratio in shown
    assert "printed, but recomputing gives 0.452" in shown
    assert shown.count("printed, recomputed here") == 1
    gpt3 = core.TRAINED[0]
    mark = {"curve": 5, "point": 0, "x": gpt3.parameters, "y": gpt3.tokens}
    pages.click(at, "scal_plane", mark)
    pages.assert_whole(at)
    flops = core.training_flops(gpt3.parameters, gpt3.tokens)
    assert 10 ** at.session_state["scal_budget"] == pytest.approx(flops)
    assert at.session_state["scal_trained"] == "GPT-3"


def test_repeated_data_states_the_worth_and_links_to_the_ngrams() -> None:
    at = opened("repeated", scal_epochs=16.0)
    assert "16.0 epochs over 100 B unique tokens count as 10.6 epochs" in text_of(at)
    at.button(key="scal_to_ngrams").click().run()
    assert at.session_state["ngrams_view"] == "repeated"


@pytest.mark.parametrize(("index", "right"), [(0, 2), (1, 1), (2, 2), (3, 1)])
def test_questions_have_the_answer_that_core_computes(index: int, right: int) -> None:
    card = pages.answer("scaling", index, right)
    assert card["right"], (card["verdict"], card["why"])
    assert re.search(r"\d", card["why"]), "the reason has the numbers"


def test_the_tables_are_cores() -> None:
    at = opened("chinchilla")
    header, rows = pages.download(at, "scaling", "optima.csv")
    assert header[0] == "FLOPs"
    row = next(row for row in rows if row[:2] == ["1e21", "besiroglu"])
    assert float(row[2]) == pytest.approx(core.compute_optimal(1e21).parameters, rel=1e-4)
