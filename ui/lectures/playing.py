"""Play a lecture in a visitor's session: which stop is shown, and how the next one is entered."""

from __future__ import annotations

from functools import lru_cache

import streamlit as st

from charts.i18n import N_, current_language, translated
from ui.controls import Control, IntSlider, Text
from ui.errors import Notice
from ui.lectures.parsing import MOST_STOPS, Lecture, LectureError, Words
from ui.lectures.reading import shelf
from ui.lectures.states import check, page_of, parameters
from ui.page import acts_again, restore
from ui.session import PRESENT, presenting

#: The lecture that is shown, and its current stop, counted from 1; both are in the URL.
LECTURE = Text("lecture", "", longest=60)
STOP = IntSlider("stop", "", 1, MOST_STOPS, 1)
CONTROLS: tuple[Control, ...] = (LECTURE, STOP)
#: The session's entry with the stop whose state was last entered: (lecture, stop), or None.
_ENTERED = "lecture·entered"


def lecture_of(name: str) -> Lecture:
    """Return a lecture whose stops exist.

    Raises:
        Notice: There is no such lecture, or one of its stops names what does not exist.
    """
    found = shelf()
    lecture = found.lectures.get(name)
    try:
        if lecture is None:
            for problem in found.problems:
                if problem.fields.get("file") == f"{name}.toml" or str(
                    problem.fields.get("place", "")
                ).startswith(f"{name}.toml,"):
                    raise problem
            known = ", ".join(found.lectures) or "–"
            text = N_("There is no lecture “{name}”. The lectures are {known}.")
            raise LectureError(text, name=name, known=known)
        _check_once(lecture)
    except LectureError as error:
        raise Notice(error.translated(translated)) from error
    return lecture


@lru_cache(maxsize=1)
def playing() -> None: ...


def words(texts: Words) -> str:
    """Return a text in the visitor's language, else in the lecture's first one."""
    return texts.get(current_language()) or next(iter(texts.values()), "")
