"""Predict, then reveal: asking, answering, the verdict, links, and what a browser could send."""

from __future__ import annotations

from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from tests.pages import assert_whole, message, send, trigger
from tests.pages import script as run_script


def page() -> None:
    from types import SimpleNamespace

    import streamlit as st

    import ui

    controls = SimpleNamespace(
        T=ui.IntSlider("T", "T", 0, 9, 1), high=ui.IntSlider("high", "High", 0, lambda: 9, 3)
    )

    def outcome() -> tuple[int, str]:
        st.session_state["computed"] = st.session_state.get("computed", 0) + 1
        if controls.high.value == 9:
            raise RuntimeError("lost")
        return int(controls.T.value > 4), f"T is {controls.T.value}, high is {controls.high.value}."

    def ask(label: str, **state: int) -> ui.Experiment:
        question = ui.Question("T becomes …", ["small", "large"], outcome, ui.state("a", T=2))
        return ui.Experiment(label, f"Look at {label}.", ui.state("b", **state), question)

    def draw() -> None:
        ui.note(f"T={controls.T.value}")

    views = [ui.View(name, name, draw, (controls.T, controls.high)) for name in ("a", "b")]
    experiments = [
        ask("first", T=8),
        ui.Experiment("plain", "No question.", ui.state("a", T=5)),
        ask("second", T=3),
        ask("third", high=9),
    ]
    scenarios = [ui.Scenario("example", ui.state("a", T=7), "Note.")]
    ui.render(
        ui.Page("quiz", "Quiz", "A page.", views, controls, scenarios, experiments=experiments)
    )


def open_page(**query: str) -> AppTest:
    at = run_script(page, query=query)
    assert_whole(at)
    return at


def card(at: AppTest) -> dict[str, Any]:
    assert_whole(at)
    return message(at, "quiz_question")


def asked(index: int = 0) -> AppTest:
    at = open_page()
    return at.button(key=f"quiz_experiment_{index}").click().run()


def answer(at: AppTest, value: Any) -> dict[str, Any]:
    return card(trigger(at, "quiz_question", "answer", value))


def test_a_question_shows_its_start_and_not_its_answer() -> None:
    at = asked()
    shown = card(at)
    assert shown["answers"] == ["A. small", "B. large"]
    assert (at.session_state["T"], at.session_state["quiz_view"]) == (2, "a")
    assert "Look at first." not in str(shown), "the answer is not given away"
    assert not any("Look at first." in item.value for item in at.markdown)
    assert "computed" not in at.session_state, "nothing is computed before the visitor commits"


@pytest.mark.parametrize(
    ("index", "picked", "right", "verdict"),
    [
        (0, 1, True, "Right. The answer is B. large"),
        (0, 0, False, "Not quite. The answer is B. large"),
        (2, 0, True, "Right. The answer is A. small"),
        (0, "reveal", False, "The answer is B. large"),
    ],
)
def test_an_answer_opens_the_state_and_gets_its_verdict(
    index: int, picked: Any, right: bool, verdict: str
) -> None:
    at = asked(index)
    shown = answer(at, picked)
    assert (shown["right"], shown["verdict"]) == (right, verdict)
    assert at.session_state["quiz_view"] == "b"
    assert at.session_state["T"] == (3 if index else 8)
    assert shown["why"] == f"T is {3 if index else 8}, high is 3."
    assert shown["look"].startswith("Look at")


def test_the_verdict_stays_that_of_the_experiment_when_the_visitor_moves_on() -> None:
    at = asked()
    answer(at, 1)
    send(at, "T", 0)
    shown = card(at)
    assert (shown["right"], shown["why"]) == (True, "T is 8, high is 3.")
    assert at.session_state["T"] == 0
    assert at.session_state["computed"] == 1, "it is computed once"


def test_a_link_holds_the_question_and_the_answer() -> None:
    at = asked()
    answer(at, 0)
    parameters = message(at, "quiz_address")["parameters"]
    assert parameters == {"T": "8", "quiz_view": "b", "quiz_note": "e0", "quiz_answer": "0"}
    again = card(open_page(**parameters))
    assert again["verdict"] == "Not quite. The answer is B. large"
    moved = card(open_page(**parameters | {"T": "1"}))
    assert moved["why"] == "T is 8, high is 3.", (
        "computed for the experiment's state, not the link's"
    )


@pytest.mark.parametrize("value", [-1, 2, 99, True, None, "1", [], {}, 1.0, "close now"])
def test_anything_else_from_a_browser_changes_nothing(value: Any) -> None:
    at = asked()
    assert answer(at, value)["answers"] == ["A. small", "B. large"]


def test_closing_keeps_the_controls() -> None:
    at = asked()
    assert answer(at, "close")["hidden"]
    assert at.session_state["T"] == 2


def test_an_answer_beyond_the_last_is_no_prediction() -> None:
    shown = card(open_page(quiz_view="b", quiz_note="e0", quiz_answer="3"))
    assert shown["verdict"] == "Not quite. The answer is B. large"


def test_the_button_asks_the_questions_in_turn() -> None:
    at = open_page()
    titles = []
    for _turn in range(4):
        trigger(at, "quiz_examples", "ask", True)
        titles.append(card(at)["title"])
    assert titles == ["first", "second", "third", "first"]


def test_an_outcome_that_fails_says_so_and_leaves_the_page() -> None:
    at = asked(3)
    shown = answer(at, 0)
    assert shown["verdict"] == ""
    assert "Something went wrong" in shown["why"]
    assert at.session_state["high"] == 9


def test_an_example_ends_the_question() -> None:
    at = asked()
    trigger(at, "quiz_examples", "pick", 0)
    assert card(at)["hidden"]
    assert message(at, "quiz_address")["parameters"].get("quiz_answer") is None
