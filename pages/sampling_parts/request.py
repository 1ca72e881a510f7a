"""The request body: the page's settings as JSON to copy, and a pasted one to take over."""

from __future__ import annotations

from typing import Any

import streamlit as st

import ui
from core.sampling import RequestReading, read_request
from pages.sampling_parts import settings
from pages.sampling_parts.settings import FIELDS, FREE, most
from ui import _

EXAMPLE = (
    '{"top_k": 10, "temperature": 0.95, "num_beams": 1, "top_p": 0.8, '
    '"repetition_penalty": 1.5, "max_tokens": 30000, '
    '"messages": [{"role": "user", "content": "The capital of France is"}]}'
)


def draw() -> None:
    """Draw the request of this moment and a box for another."""
    prompt = ui.get("prompt", settings.PROMPT)
    messages = [{"role": "user", "content": prompt[:2000]}]
    st.code(settings.params().to_json(messages), language="json", wrap_lines=True)
    text = ui.live_text(
        _("Paste a request here"), "", key="request", rows=4, placeholder=EXAMPLE, url=False
    )
    if st.button(_("Take it over"), key="sampling_take", disabled=not text.strip()):
        _take_over(text)
    for problem in ui.get("sampling_request_problems", ()):
        ui.sentence(problem)


def _take_over(text: str) -> None:
    reading = read_request(text)
    problems = list(reading.problems)
    if reading.readable:
        ui.set_state(state_of(reading, problems))
    st.session_state["sampling_request_problems"] = tuple(problems)
    st.rerun()


def state_of(reading: RequestReading, problems: list[str]) -> dict[str, Any]:
    """The page's state for a request; what this page bounds more tightly is added to `problems`."""
    state: dict[str, Any] = {}
    for key, field in FIELDS.items():
        if field not in reading.taken:
            continue
        wanted = getattr(reading.params, field)
        state[key] = min(wanted, most(key))
        if wanted > most(key):
            said = _("{field} is {value}; this page goes up to {most}, which is taken.")
            problems.append(said.format(field=field, value=wanted, most=f"{most(key):g}"))
    if "order" in reading.taken:
        name = reading.params.order_name()
        state["order"] = name or FREE
        if name is None:
            state["stages"] = ", ".join(reading.params.order)
    if reading.prompt:
        state |= {"prompt": reading.prompt[: ui.LONGEST_TEXT], "source": "model"}
    return state
