"""What the model remembers: prompts by hand, scores against torch, and the view in process."""

from __future__ import annotations

import html
from collections.abc import Sequence
from itertools import pairwise

import pytest
import torch
import torch.nn.functional as F
from streamlit.testing.v1 import AppTest

from charts import long_text as charts
from core.lm import LanguageModel
from core.long_text import chunk_text
from core.long_text.memory import (
    METHODS,
    Quiz,
    Recall,
    answer_log_prob,
    first_tokens,
    insert_fact,
    recall,
    retrieved_text,
    summarize,
)
from pages.long_text import controls, memory
from tests import pages
from tests.charts_helper import assert_valid

QUIZ = Quiz(controls.asked.default, controls.right.default, controls.wrong.default)


def test_the_fact_stands_between_sentences() -> None:
    text = "One is short. Two is here. Three."
    assert insert_fact(text, "Fact.", 0) == "Fact. One is short. Two is here. Three."
    assert insert_fact(text, "Fact.", 0.5) == "One is short. Fact. Two is here. Three."
    assert insert_fact(text, " Fact. ", 1) == "One is short. Two is here. Three. Fact."
    assert insert_fact("", "Fact.", 0.5) == "Fact."
    with pytest.raises(ValueError, match="share"):
        insert_fact(text, "Fact.", 1.5)


def test_the_score_is_the_cross_entropy_of_the_answer(language_model: LanguageModel) -> None:
    prompt, answer = "The capital of France is", " Paris, of course"
    before, ids = language_model.encode(prompt), language_model.encode(answer)
    logits = language_model.logits([*before, *ids])[len(before) - 1 : -1]
    expected = -float(F.cross_entropy(logits, torch.tensor(ids), reduction="sum"))
    assert answer_log_prob(language_model, prompt, answer) == pytest.approx(expected, abs=1e-3)
    with pytest.raises(ValueError, match="must not be empty"):
        answer_log_prob(language_model, prompt, "")


def test_the_fact_in_the_prompt_decides(language_model: LanguageModel) -> None:
    without = recall(language_model, "nothing", "", QUIZ)
    right = recall(language_model, "whole", controls.fact.default, QUIZ)
    other = recall(language_model, "whole", controls.wrong.default, QUIZ)
    assert right.margin > 5 > abs(without.margin)
    assert other.margin < -5
    assert (without.tokens, right.tokens) == (0, len(language_model.encode(controls.fact.default)))


def test_the_first_tokens_are_a_part_of_the_text(language_model: LanguageModel) -> None:
    text = "Gulls wait on the sea wall. 海鸥"
    ids = language_model.encode(text)
    assert first_tokens(language_model, text, len(ids)) == text
    for room in range(1, len(ids)):
        part = first_tokens(language_model, text, room)
        assert text.startswith(part)
        assert len(language_model.encode(part)) <= room


class Counting:
    """An encoder whose cosines are known: texts with more "x" are nearer to the question."""

    def embed(self, texts: Sequence[str]) -> torch.Tensor:
        angles = torch.tensor([0.0, *(1.5 - 0.3 * text.count("x") for text in texts[1:])])
        return torch.stack([angles.cos(), angles.sin()], dim=1)


def test_retrieved_chunks_fit_and_keep_the_order_of_the_text(
    language_model: LanguageModel,
) -> None:
    chunks = chunk_text("A x. B. C x x. D.", 1, 0, "sentences")
    wanted = "A x.\nC x x."
    room = len(language_model.encode(wanted))
    assert retrieved_text(language_model, Counting(), "?", chunks, room) == wanted
    assert retrieved_text(language_model, Counting(), "?", chunks, room - 1) == "C x x."
    assert retrieved_text(language_model, Counting(), "?", chunks, 1) == "C"


def test_a_summary_grows_and_ends(language_model: LanguageModel) -> None:
    parts = list(summarize(language_model, "Gulls wait on the sea wall. The fog lifts.", 3))
    assert 1 <= len(parts) <= 3
    assert all(b.startswith(a) for a, b in pairwise(parts))
    assert parts[0].strip()


def test_the_bars_are_the_margins() -> None:
    found = [Recall("nothing", "", 0, -20.0, -18.5), Recall("cut", "a", 1, -3.0, -13.0)]
    spec = charts.recalls(found, "cut")
    assert_valid(spec)
    (bars,) = spec["data"]
    assert bars["x"] == [-1.5, None, 10.0, None, None]
    assert bars["marker"]["color"][0] == "@negative"
    assert bars["marker"]["color"][2] == "@positive"
    assert_valid(charts.recalls([], "cut"))


def text_of(at: AppTest) -> str:
    return html.unescape(" ".join(pages.blocks(at)))


def test_the_view_measures_step_by_step() -> None:
    at = pages.open_page("long_text", state={"long_text_view": "memory", "long_shown": "nothing"})
    pages.assert_whole(at)
    assert "Press Start" in text_of(at)
    at.button(key="long_memory_step").click().run()
    run = at.session_state["long_memory·run"][1]
    run.wait(60)
    at.run()
    pages.assert_whole(at)
    assert [frame.method for frame in run.frames] == ["nothing"]
    assert f"{run.frames[0].margin:.3g}"[1:4] in text_of(at)
    pages.click(at, "long_memory_bars", {"curve": 0, "point": 2, "x": 1.0, "y": "cut off"})
    assert at.session_state["long_shown"] == "cut"


@pytest.mark.parametrize("text", list(pages.NASTY.values()), ids=list(pages.NASTY))
def test_any_text_gives_a_page(text: str) -> None:
    names = ("long_haystack", "long_fact", "long_asked", "long_right", "long_wrong")
    for name in names[:2]:
        state = {"long_text_view": "memory", name: text}
        at = pages.open_page("long_text", state=state)
        pages.assert_whole(at)
        assert text.strip() or pages.sentences(at)


def test_too_many_chunks_are_refused() -> None:
    state = {"long_text_view": "memory", "long_haystack": "a. " * 300, "long_sentences": 1}
    at = pages.open_page("long_text", state=state)
    assert f"at most {memory.MOST_CHUNKS} are summarized" in " ".join(pages.sentences(at))
    assert len(METHODS) == 5
