"""The page "Long text" in process: every view, clicks, hostile input, the questions' answers."""

from __future__ import annotations

import html
import re
from itertools import pairwise

import pytest
from streamlit.testing.v1 import AppTest

from charts.i18n import speaking
from core.lm import Encoder
from core.long_text import attention_pairs, chunk_text, recursive_chunks, span_of
from pages.long_text import controls, questions
from tests import pages
from ui.controls import assuming
from ui.page import values_in


def opened(view: str, **state: object) -> AppTest:
    at = pages.open_page("long_text", state={"long_text_view": view, **state})
    pages.assert_whole(at)
    return at


def text_of(at: AppTest) -> str:
    return html.unescape(re.sub(r"<[^>]+>", " ", " ".join(pages.blocks(at)))).replace("−", "-")


@pytest.mark.parametrize("method", ["characters", "recursive", "tokens"])
def test_the_chips_are_the_text(method: str) -> None:
    at = opened("chunks", long_method=method)
    chips = pages.message(at, "long_chunks_text")["tokens"]
    shown = "".join(text for chip in chips for text, _kind in chip["parts"])
    assert shown.replace("·", " ").replace("⏎", "\n") == controls.EXAMPLE
    starts = [chip["note"] for chip in chips if chip["note"]]
    assert starts == [str(i + 1) for i in range(len(starts))]


def test_the_sentence_names_what_the_cuts_break() -> None:
    at = opened("chunks", long_method="sentences", long_overlap=0)
    assert "0 ends of chunks lie inside a word, and 0 of the 9 sentences" in text_of(at)
    at = opened("chunks", long_overlap=0)
    whole = [c.text for c in chunk_text(controls.EXAMPLE, 120)]
    inside = sum(a[-1].isalnum() and b[0].isalnum() for a, b in pairwise(whole))
    assert f"{len(whole)} chunks. {inside} ends of chunks lie inside a word" in text_of(at)
    assert inside


def test_a_click_on_a_chip_chooses_its_chunk() -> None:
    at = opened("chunks", long_method="recursive")
    chips = pages.message(at, "long_chunks_text")["tokens"]
    pages.click(at, "long_chunks_text", len(chips) - 1)
    pages.assert_whole(at)
    chunks = recursive_chunks(controls.EXAMPLE, 120, 30)
    assert at.session_state["long_chunk"] == len(chunks)
    last = chunks[-1]
    expected = f"Chunk {len(chunks)}: characters {last.start + 1} to {last.stop}, {last.size}"
    assert expected in text_of(at)
    pages.click(at, "long_chunks_sizes", {"curve": 0, "point": 1, "x": 2, "y": 1})
    assert at.session_state["long_chunk"] == 2


def test_retrieval_shows_the_encoders_cosines(encoder: Encoder) -> None:
    at = opened("retrieval", long_method="sentences", long_size_sentences=1, long_overlap=0)
    chunks = chunk_text(controls.EXAMPLE, 1, 0, "sentences")
    rows = encoder.embed([controls.question.default, *(c.text for c in chunks)])
    expected = (rows[1:] @ rows[0]).tolist()
    kept, left, whole, _part = pages.spec(at, "long_retrieval_scores")["data"]
    found = [k if k is not None else n for k, n in zip(kept["y"], left["y"], strict=True)]
    assert found == pytest.approx(expected, abs=1e-4)
    best = sorted(range(len(expected)), key=lambda i: -expected[i])[:2]
    assert [i for i, k in enumerate(kept["y"]) if k is not None] == sorted(best)
    span = span_of(controls.EXAMPLE, controls.answer.default)
    assert [chunks[i - 1].start <= span[0] for i in whole["x"]] == [True] if span else False


def test_an_answer_cut_in_two_is_said_to_be() -> None:
    at = opened("retrieval", long_size_characters=60, long_overlap=0)
    assert "no chunk holds it whole" in text_of(at)
    at = opened("retrieval", long_answer="nowhere")
    assert "does not contain the answer" in text_of(at)


def test_the_cost_is_cores() -> None:
    at = opened("cost", long_length=1000.0, long_window=64.0)
    shown = text_of(at)
    for pairs in (
        attention_pairs(1000),
        attention_pairs(1000, window=64),
        attention_pairs(1000, chunk=64),
    ):
        assert f"{pairs:,}" in shown
    assert "all three compute the same" in text_of(opened("cost", long_length=300.0))


def test_sinks_says_when_nothing_was_dropped() -> None:
    assert "not full yet" in text_of(opened("sinks", long_position=128))
    at = opened("sinks")
    assert "5158.07" in text_of(at)
    pages.click(at, "long_sinks", {"curve": 1, "point": 3, "x": 128, "y": 1.0})
    assert at.session_state["long_position"] == 128


@pytest.mark.parametrize("view", ["chunks", "retrieval"])
@pytest.mark.parametrize("text", list(pages.NASTY.values()), ids=list(pages.NASTY))
def test_any_text_gives_a_page(view: str, text: str) -> None:
    at = opened(view, long_source=text, long_size_characters=20, long_overlap=90)
    assert (not text.strip()) <= (bool(pages.sentences(at)) or bool(text))


@pytest.mark.parametrize(("index", "right"), [(0, 2), (1, 1), (2, 1), (3, 2)])
def test_the_questions_have_computed_answers(index: int, right: int) -> None:
    page = pages.describe("long_text")
    experiment = page.experiments[index]
    assert experiment.question is not None
    with speaking("en"), assuming(values_in(page, experiment.state)):
        answer, why = experiment.question.outcome()
    assert answer == right
    assert re.search(r"\d", why)
    assert len(questions.experiments()) == 4
