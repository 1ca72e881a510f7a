"""Play a lecture in a visitor's session: which stop is shown, and how the next one is entered."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import streamlit as st

from charts.i18n import N_, current_language, translated
from ui.controls import Control, IntSlider, Text
from ui.errors import Notice
from ui.lectures.parsing import MOST_STOPS, Lecture, LectureError, Words
from ui.lectures.reading import shelf
from ui.lectures.states import check, page_of, parameters
from ui.page import restore
from ui.session import PRESENT, presenting

#: The lecture that is shown, and its current stop, counted from 1; both are in the URL.
LECTURE = Text("lecture", "", longest=60)
STOP = IntSlider("stop", "", 1, MOST_STOPS, 1)
CONTROLS: tuple[Control[Any], ...] = (LECTURE, STOP)
#: The session's entry with the stop that was entered last: (lecture, stop); None to enter it again.
_ENTERED = "lecture·entered"
#: Whether the session found the lecture running, as after a reload.
_RESUMED = "lecture·resumed"


def words(texts: Words) -> str:
    """Return a text in the visitor's language, else in the lecture's first one."""
    return texts.get(current_language()) or next(iter(texts.values()), "")


def lecture_of(name: str) -> Lecture:
    """Return a lecture after checking all of its stops.

    Raises:
        Notice: There is no such lecture, its file is broken, or a stop names what does not exist.
    """
    found = shelf()
    lecture = found.lectures.get(name)
    error = found.problems.get(name) if lecture is None else _check_once(lecture)
    if lecture is None or error is not None:
        known = ", ".join(found.lectures) or "–"
        text = N_("There is no lecture “{name}”. The lectures are {known}.")
        error = error or LectureError(text, name=name, known=known)
        raise Notice(error.translated(translated))
    return lecture


@lru_cache(maxsize=256)
def _check_once(lecture: Lecture) -> LectureError | None:
    try:
        check(lecture)
    except LectureError as error:
        return error
    return None


def current() -> tuple[Lecture, int] | None:
    """Return the lecture that is being presented and its stop, counted from 1; None without one."""
    name = LECTURE.value
    lecture = shelf().lectures.get(name) if name and presenting() else None
    if lecture is None or st.session_state.get(_ENTERED) is None:
        return None
    return lecture, min(STOP.value, len(lecture.stops))


def was_resumed() -> bool:
    """Return whether the session found the lecture running; its clock then goes on."""
    return bool(st.session_state.get(_RESUMED))


def go(stop: int) -> None:
    """Go to a stop, or put the current one back into its state. Only for callbacks."""
    STOP.set(stop)
    st.session_state[_ENTERED] = None


def follow(topic: str) -> None:
    """Enter the stop that the URL or `go` asks for. Called before anything is drawn.

    A link without `present=1` starts the lecture. A link with it, as the address bar shows while a
    lecture runs, keeps the rest of its state, so that a reloaded page comes back as it was.

    Args:
        topic: The page that Streamlit is about to run.
    """
    if not LECTURE.value:
        return
    started = _ENTERED in st.session_state
    if started and not presenting():  # Esc ends the lecture.
        _end()
        return
    try:
        lecture = lecture_of(LECTURE.value)
    except Notice:
        _end()
        raise
    at = min(STOP.value, len(lecture.stops))
    if st.session_state.get(_ENTERED) == (lecture.name, at):
        return
    stop = lecture.stops[at - 1]
    resumed = not started and presenting() and topic == stop.topic
    st.session_state[_ENTERED] = (lecture.name, at)
    if not started:
        st.session_state[_RESUMED] = resumed
    STOP.set(at)
    PRESENT.set(True)
    if resumed:
        return
    restore(page_of(stop.topic), parameters(stop))
    if topic != stop.topic:
        st.switch_page(f"pages/{stop.topic}/page.py")


def notes_of() -> str:
    """Return the lecture whose notes this window shows (`?notes=1`); "" in the other windows."""
    return LECTURE.value if st.query_params.get("notes") == "1" else ""


def _end() -> None:
    LECTURE.reset()
    STOP.reset()
    st.session_state.pop(_ENTERED, None)
