"""Predict, then reveal: the question of an experiment, its answers, and the verdict.

The visitor commits to an answer; then the page moves to the state that shows the result. Only the
session and the URL record the answer. In presenter mode the question fills the screen.
"""

from __future__ import annotations

from typing import Any

import streamlit as st

from charts.i18n import _, current_language
from ui.controls import assuming
from ui.errors import guarded, sentence_of, show_trouble
from ui.live import show
from ui.page import Experiment, Page, Question, View, choose, values_in
from ui.values import number_of

LETTERS = "ABCD"


def ask_next(page: Page) -> None:
    """Ask the page's first question, or the one after the current question. Only for callbacks."""
    asking = [experiment for experiment in page.experiments if experiment.question]
    current = _current(page)
    following = asking.index(current) + 1 if current in asking else 0
    choose(page, asking[following % len(asking)])


def draw_question(page: Page, view: View) -> None:
    """Draw the current question, or its verdict; hidden if there is none in this view."""
    key = f"{page.topic}_question"
    experiment = _current(page)
    message: dict[str, Any] = {"hidden": True}
    if experiment is not None and experiment.question is not None:
        answered = page.answer.value
        place = experiment.state if answered else experiment.question.start or experiment.state
        if place.view in ("", view.name):
            message = _message(page, experiment, experiment.question, answered)

    def received() -> None:
        sent = st.session_state.get(f"{key}·question")
        picked = sent.get("answer") if sent is not None else None
        if experiment is None or experiment.question is None:
            return
        index = number_of(picked)
        if picked == "close":
            page.shown_note.reset()
            page.answer.reset()
        elif picked == "reveal":
            choose(page, experiment, "shown")
        elif index is not None and index < len(experiment.question.answers):
            choose(page, experiment, str(index))

    # The component always exists, so that a question does not change the structure of the view.
    show("question", "question", key, message, on_answer_change=lambda: guarded(key, received))
    show_trouble(key)


def _current(page: Page) -> Experiment | None:
    """Return the experiment chosen last, if it has a question."""
    name = page.shown_note.value
    if not name.startswith("e"):
        return None
    experiment = page.experiments[int(name[1:])]
    return experiment if experiment.question else None


def _message(
    page: Page, experiment: Experiment, question: Question, answered: str
) -> dict[str, Any]:
    answers = [f"{LETTERS[i]}. {text}" for i, text in enumerate(question.answers)]
    name = f"{page.topic}:{page.shown_note.value}"  # in rooms
    message: dict[str, Any] = {"asked": name, "title": experiment.label, "ask": question.ask}
    message["close"] = _("Close the question")
    if not answered:
        return message | {
            "lead": _("What do you predict?"),
            "answers": answers,
            "reveal": _("Reveal without an answer"),
        }
    right, why = _outcome(page, experiment, question)
    verdict = ""
    if right is not None:
        verdict = _("The answer is {answer}").format(answer=answers[right])
        if answered in "0123":
            verdict = (_("Right.") if answered == str(right) else _("Not quite.")) + " " + verdict
    correct = right is not None and answered == str(right)
    message |= {"verdict": verdict, "right": correct, "why": why, "look": experiment.look}
    return message | {"options": answers, "rightAt": right}


def _outcome(page: Page, experiment: Experiment, question: Question) -> tuple[int | None, str]:
    """Return the right answer's index and the reason, computed once per session and language."""
    which = (page.shown_note.value, current_language())
    name = f"{page.topic}·outcome"
    stored = st.session_state.get(name)
    if stored is None or stored[0] != which:
        try:
            with assuming(values_in(page, experiment.state)):
                result: tuple[int | None, str] = question.outcome()
        except Exception as error:
            return None, sentence_of(error)
        st.session_state[name] = stored = which, result
    return stored[1]
