"""Draw a lecture: the bar in presenter mode, the window with the notes, the list in the sidebar."""

from __future__ import annotations

import streamlit as st

from charts.i18n import _, current_language, ngettext, translated
from ui import assets
from ui.errors import guarded, show_trouble
from ui.html import escape
from ui.lectures.parsing import LONGEST, Stop
from ui.lectures.playing import current, go, lecture_of, was_resumed, words
from ui.lectures.reading import shelf
from ui.lectures.states import experiment_of, page_of
from ui.live import show
from ui.page import Page
from ui.values import number_of


def draw_bar() -> None:
    """Draw the current stop's sentence and the progress; nothing unless a lecture is presented."""
    found = current()
    if found is None:
        return
    lecture, at = found
    key = "lecture_bar"
    message = {
        "lecture": lecture.name,
        "at": at,
        "count": len(lecture.stops),
        "say": words(lecture.stops[at - 1].say),
        "resumed": was_resumed(),
        "words": {
            "progress": _("Stop {at} of {count}").format(at=at, count=len(lecture.stops)),
            "notes": _("Notes"),
            "open": _("Open the notes in a second window (N)"),
        },
    }

    def went() -> None:
        state = st.session_state.get(f"{key}·lecture")
        index = number_of(state.get("go")) if state is not None else None
        if index is not None and 1 <= index <= len(lecture.stops):
            go(index)

    show("lecture", "lecture", key, message, on_go_change=lambda: guarded(key, went))
    show_trouble(key)


def draw_notes(name: str) -> None:
    """Draw the second window: the notes of the current stop, the next stop, and the clocks."""
    lecture = lecture_of(name)
    st.html(f"<style>{assets.read('notes.css')}</style>")
    message = {
        "lecture": lecture.name,
        "title": words(lecture.title),
        "stops": [
            {
                "page": page_of(stop.topic, current_language()).title,
                "question": _question(stop),
                "say": words(stop.say),
                "notes": words(stop.notes),
            }
            for stop in lecture.stops
        ],
        "words": {
            "stop": _("Stop {at} of {count}"),
            "waiting": _("Start the lecture in another window of this browser."),
            "elapsed": _("Since the start"),
            "clock": _("Time"),
            "next": _("Next"),
            "end": _("This is the last stop."),
            "back": _("Previous stop (Page Up)"),
            "forward": _("Next stop (Page Down)"),
            "question": _("Question"),
        },
    }
    show("notes", "notes", "lecture_notes", message)


def _question(stop: Stop) -> str:
    """Return the question that a stop asks, in the visitor's language."""
    asked = experiment_of(stop)
    if asked is None:
        return ""
    index = list(page_of(stop.topic).experiments).index(asked)
    question = page_of(stop.topic, current_language()).experiments[index].question
    return question.ask if question else ""


def draw_list() -> None:
    """Draw the sidebar button that lists the lectures, each with a link that starts it."""
    with st.popover(_("Lectures"), icon=":material/co_present:"):
        found = shelf()
        rows = "".join(
            f'<li><a href="{assets.base()}/?lecture={name}&lang={current_language()}">'
            f"{escape(words(lecture.title))}</a> " + escape(_stops(len(lecture.stops))) + "</li>"
            for name, lecture in found.lectures.items()
        )
        problems = "".join(
            f'<p class="ll-problem">{escape(error.translated(translated))}</p>'
            for error in found.problems.values()
        )
        markup = f'<ul class="ll-lectures">{rows}</ul>{problems}'
        show("html", "html", "lecture_list", {"html": markup})


def _stops(n: int) -> str:
    return ngettext("({n} stop)", "({n} stops)", n).format(n=n)


def draw_collector(page: Page) -> None:
    """Draw the button that adds the page's state to a lecture, which the browser keeps."""
    message = {
        "topic": page.topic,
        "longest": LONGEST["say"],
        "words": {
            "add": _("Add this state to my lecture"),
            "added": _("Added as stop {n}"),
            "full": _("Your lecture has {n} stops, the maximum."),
            "failed": _("Not added: this browser stores nothing for this page."),
            "download": _("Download my lecture ({n})"),
            "clear": _("Clear"),
            "title": _("My lecture"),
            "file": "my_lecture.toml",
            "language": current_language(),
        },
    }
    show("collect", "collect", "lecture_collect", message)
