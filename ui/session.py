"""Putting a page into a state: what scenario chips and "try this" buttons do."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import streamlit as st

from ui.fast_path import once


def set_state(values: Mapping[str, Any]) -> None:
    """Write controls' values, by key. For callbacks: it must run before the controls are drawn."""
    for key, value in values.items():
        st.session_state[key] = value


def get(key: str, default: Any = None) -> Any:
    """A control's value, or `default` before it was first drawn."""
    return st.session_state.get(key, default)


def presenting() -> bool:
    """Whether the page is shown in presenter mode (`?present=1`)."""
    return once("presenting", _asked_to_present)


def _asked_to_present() -> bool:
    held = st.session_state.get("present", st.query_params.get("present"))
    return held == "1"
