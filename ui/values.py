"""Values of controls in the session, validated by the controls' declarations.

The value of a control is a plain entry `st.session_state[key]`, not a widget's state. It therefore
survives a change of page, and callbacks and AppTest can set it.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import streamlit as st

Clean = Callable[[Any], Any]


def number_of(raw: Any) -> int | None:
    """Return an index or a sequence number from the browser; None if it is invalid."""
    plain = isinstance(raw, int) and not isinstance(raw, bool)
    return raw if plain and 0 <= raw < 2**53 else None


def sequence(key: str) -> int:
    """Return the number of the last value from the browser; the reply includes this number."""
    return int(st.session_state.get(f"{key}·seq", 0))


def expect(key: str, clean: Clean) -> None:
    """Accept values for `key`; `clean(raw)` returns a valid value, or None."""
    st.session_state[f"{key}·clean"] = clean


def take(key: str, message: Any) -> None:
    """Validate a control's `[value, number]` from the browser and write it into the session.

    Invalid messages are ignored, and so are messages older than one already taken.
    """
    clean = st.session_state.get(f"{key}·clean")
    if not callable(clean) or not isinstance(message, list) or len(message) != 2:
        return
    value, number = message
    if number_of(number) is None or number < sequence(key):
        return
    st.session_state[f"{key}·seq"] = number
    cleaned = clean(value)
    if cleaned is not None:
        st.session_state[key] = cleaned


def assign(key: str, stored: Any) -> None:
    """Set a control's stored value. Only for callbacks, which run before the controls are drawn."""
    st.session_state[key] = stored


def start(key: str, value: Any, clean: Clean) -> Any:
    """Return the session's value of `key`; initially the URL's value if valid, else the default."""
    stored = st.session_state.get(key)  # Read it once, because every access costs microseconds.
    found = clean(st.query_params.get(key) if stored is None else stored)
    current = value if found is None else found
    if stored is None or stored != current:
        st.session_state[key] = current
    return current
