"""The request body: the page's settings as JSON to copy, and a pasted one to apply."""

from __future__ import annotations

from typing import Any

import streamlit as st

import ui
from core.sampling import read_request
from pages.sampling import controls, settings
from ui import _

PASTED = "sampling_request_text"
PROBLEMS = "sampling_request_problems"
EXAMPLE = '{"top_k": 10, "temperature": 0.95, "top_p": 0.8, "repetition_penalty": 1.5}'


def draw() -> None:
    """Draw the current request and a box for another, in a popover."""
    box = st.popover(
        _("Request as JSON"),
        key="sampling_request",
        icon=":material/data_object:",
        on_change="rerun",
        width="stretch",
    )
    if not box.open:
        return
    with box:
        messages = [{"role": "user", "content": controls.prompt.value[:2000]}]
        st.code(settings.params().to_json(messages), language="json", wrap_lines=True)
        st.text_area(_("Paste a request"), key=PASTED, placeholder=EXAMPLE)
        st.button(_("Apply"), key="sampling_apply", on_click=_apply)
        for problem in st.session_state.get(PROBLEMS, ()):
            ui.sentence(problem)


def _apply() -> None:
    changes, problems = read(st.session_state.get(PASTED, ""))
    for control, value in changes:
        control.set(value)
    st.session_state[PROBLEMS] = problems


def read(text: str) -> tuple[list[tuple[ui.Control[Any], Any]], list[str]]:
    """Return the controls that a request sets with their values, and what was not taken."""
    reading = read_request(text)
    problems = list(reading.problems)
    changes: list[tuple[ui.Control[Any], Any]] = []
    for field, control in controls.settings.items():
        if field not in reading.taken:
            continue
        wanted = getattr(reading.params, field)
        taken = control.encode(wanted)
        changes.append((control, taken))
        if taken != wanted:
            words = _("{field} is {value}; this page uses its maximum of {most}.")
            problems.append(words.format(field=field, value=wanted, most=f"{taken:g}"))
    if "order" in reading.taken:
        name = reading.params.order_name()
        changes.append((controls.order, name or controls.FREE))
        if name is None:
            changes.append((controls.stages, ", ".join(reading.params.order)))
    if reading.prompt:
        changes += [(controls.prompt, reading.prompt), (controls.source, "model")]
    return changes, problems
