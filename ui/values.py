"""Controls' values in the session: what a visitor's browser sent, cleaned by the declaration.

The value of a control lies in `st.session_state[key]`, as a plain entry. It survives a change of
page, callbacks may write it, and AppTest can set it.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import streamlit as st

Clean = Callable[[Any], Any]


def sequence(key: str) -> int:
    """Return the number of the last value that the browser sent: the reply carries it back."""
    return int(st.session_state.get(f"{key}·seq", 0))


def expect(key: str, clean: Clean) -> None:
    """Accept values for `key`: `clean(raw)` gives the value, or None for nonsense."""
    st.session_state[f"{key}·clean"] = clean


def take(key: str, message: Any) -> None:
    """Write a control's `[value, number]`, as the browser sent it, into the session, cleaned.

    Nonsense is ignored, and so is a message that a newer one has overtaken on the fast path.
    """
    clean = st.session_state.get(f"{key}·clean")
    if not callable(clean) or not isinstance(message, list) or len(message) != 2:
        return
    value, number = message
    if not isinstance(number, int) or isinstance(number, bool) or number < sequence(key):
        return
    st.session_state[f"{key}·seq"] = number
    cleaned = clean(value)
    if cleaned is not None:
        st.session_state[key] = cleaned


def assign(key: str, stored: Any) -> None:
    """Write a control's stored value. For callbacks, which run before the controls are drawn."""
    st.session_state[key] = stored


def start(key: str, value: Any, clean: Clean) -> Any:
    """Return the session's value of `key`; at first the URL's if it is sound, else the default."""
    stored = st.session_state.get(key)  # each access costs microseconds, and there are many
    found = clean(st.query_params.get(key) if stored is None else stored)
    current = value if found is None else found
    if stored is None or stored != current:
        st.session_state[key] = current
    return current
