"""State of one visitor's session: presenter mode and the open view."""

from __future__ import annotations

import streamlit as st

from charts.i18n import N_
from ui.controls import Switch
from ui.page import view_key

PRESENT = Switch(
    "present",
    N_("Presenter mode"),
    help=N_("Larger text, without explanations and sidebar. Press Esc to exit."),
)


def presenting() -> bool:
    """Return whether the page is shown in presenter mode (`?present=1`)."""
    return PRESENT.value


def open_view(topic: str) -> str:
    """Return the name of the view that is open on a page; "" before the page is first drawn."""
    return st.session_state.get(view_key(topic), "")
