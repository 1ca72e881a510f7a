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
        st.code(current(), language="json", wrap_lines=True)
        st.text_area(_("Paste a request"), key=PASTED, placeholder=EXAMPLE)
        st.button(_("Apply"), key="sampling_apply", on_click=_apply)
        for problem in st.session_state.get(PROBLEMS, ()):
            ui.sentence(problem)


def current() -> str:
    """Return the request for what the open view does: a beam search or sampling."""
    searching = ui.open_view("sampling") == "beams"
    params = settings.beam_params() if searching else settings.params()
    message = {"role": "user", "content": controls.prompt.value[:2000]}
    return params.to_json([message] if controls.source.value == "model" else [])


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
    fields = {**controls.settings, "length_penalty": controls.length_penalty}
    if reading.params.num_beams > 1:  # a beam search: its length is the number of steps
        fields[controls.MAX_TOKENS] = controls.steps
        if ui.open_view("sampling") != "beams":
            problems.append(_("num_beams applies to the Beams view only; the other views sample."))
    for field, control in fields.items():
        if field not in reading.taken:
            continue
        wanted = getattr(reading.params, field)
        taken = control.encode(wanted)
        changes.append((control, taken))
        if taken != wanted:
            words = _("{field} is {value}; this page uses {taken}, the nearest value it offers.")
            problems.append(words.format(field=field, value=wanted, taken=f"{taken:g}"))
    if "order" in reading.taken:
        name = reading.params.order_name()
        changes.append((controls.order, name or controls.FREE))
        if name is None:
            changes.append((controls.stages, ", ".join(reading.params.order)))
    if reading.prompt:
        changes += [(controls.prompt, reading.prompt), (controls.source, "model")]
    return changes, problems
