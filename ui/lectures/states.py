"""The state of a page at a stop, as URL parameters, and whether the page takes it."""

from __future__ import annotations

from functools import lru_cache
from importlib import import_module
from typing import Any

from charts.i18n import N_, speaking
from ui.controls import Control, assuming, url_text
from ui.lectures.parsing import Lecture, LectureError, Stop
from ui.page import Experiment, Page, Scenario, State, values_in


@lru_cache(maxsize=64)
def page_of(topic: str, language: str = "en") -> Page:
    """Return a page's declaration; lectures name examples and questions by their English labels."""
    with speaking(language):
        return import_module(f"pages.{topic}.page").page()


def experiment_of(stop: Stop) -> Experiment | None:
    """Return the experiment whose question a stop asks."""
    found = [e for e in page_of(stop.topic).experiments if e.label == stop.question and e.question]
    return found[0] if stop.question and found else None


def parameters(stop: Stop) -> dict[str, str]:
    """Return the URL parameters of a stop's state; what is missing has its default."""
    page = page_of(stop.topic)
    asked = experiment_of(stop)
    if asked is not None and asked.question is not None:
        note = {page.shown_note.key: f"e{list(page.experiments).index(asked)}"}
        return _texts(page, asked.question.start or asked.state) | note
    for chosen in _examples(page):
        if stop.example == chosen.label:
            return _texts(page, chosen.state)
    return dict(stop.parameters)


def _examples(page: Page) -> list[Scenario | Experiment]:
    return [*page.scenarios, *(e for e in page.experiments if e.question is None)]


def _texts(page: Page, wanted: State) -> dict[str, str]:
    values = {key: value for key, value in values_in(page, wanted).items() if value is not None}
    controls = {control.key: control for control in page.all_controls()}
    with assuming(dict.fromkeys(controls) | values):
        return {key: url_text(controls[key].encode(value)) for key, value in values.items()}


def check(lecture: Lecture) -> None:
    """Check that every stop's example, question, view and parameters exist on its page.

    Raises:
        LectureError: With the first stop that names something else.
    """
    for i, stop in enumerate(lecture.stops, 1):
        _check(f"{lecture.file}, stop {i}", stop)


def _check(place: str, stop: Stop) -> None:
    page = page_of(stop.topic)
    labels = {
        "question": [e.label for e in page.experiments if e.question],
        "example": [e.label for e in _examples(page)],
    }
    for key, known in labels.items():
        label = getattr(stop, key)
        if label and label not in known:
            raise LectureError(
                N_("{place}: {topic} has no {key} “{label}”; it has {known}."),
                place=place,
                topic=stop.topic,
                key=key,
                label=label,
                known=", ".join(f"“{name}”" for name in known) or "–",
            )
    controls = {control.key: control for control in page.all_controls()}
    unknown = [key for key in stop.parameters if key not in controls]
    if unknown:
        text = N_("{place}: {topic} has no parameter “{key}”.")
        raise LectureError(text, place=place, topic=stop.topic, key=unknown[0])
    with assuming(dict.fromkeys(controls) | dict(stop.parameters)):
        for key, value in stop.parameters.items():
            if not _takes(controls[key], value):
                text = N_("{place}: {key} does not take “{value}”.")
                raise LectureError(text, place=place, key=key, value=value[:60])


def _takes(control: Control[Any], text: str) -> bool:
    """Return whether a control takes a value from a URL unchanged."""
    try:
        found = control.clean(text)
    except Exception:
        return True  # The bounds need a model that is missing, which the page itself reports.
    if isinstance(found, (int, float)):
        return found == float(text)
    return found == text
