"""What rooms know of a page, read from its declaration."""

from __future__ import annotations

from ui.page import Page
from ui.rooms.protocol import Topic


def topic_of(page: Page) -> Topic:
    """Return a page's controls and the number of answers of its questions."""
    # The view comes first, because the bounds of a control may depend on it.
    controls = {control.key: control for control in (page.view, *page.all_controls())}
    asked = (experiment.question for experiment in page.experiments)
    answers = tuple(len(question.answers) if question else 0 for question in asked)
    return Topic(page.topic, controls, page.shown_note.key, page.answer.key, answers)
