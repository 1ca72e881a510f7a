"""Putting a page into a state: what scenario chips and "try this" buttons do."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from typing import Any

import streamlit as st
from streamlit.runtime.scriptrunner_utils.script_run_context import (
    SCRIPT_RUN_CONTEXT_ATTR_NAME,
    add_script_run_ctx,
    get_script_run_ctx,
)

from ui.fast import once


def set_state(values: Mapping[str, Any]) -> None:
    """Write controls' values, by key. For callbacks: it must run before the controls are drawn."""
    for key, value in values.items():
        st.session_state[key] = value


def get(key: str, default: Any = None) -> Any:
    """A control's value, or `default` before it was first drawn."""
    return st.session_state.get(key, default)


def with_session(make: Callable[[], str]) -> Callable[[], str]:
    """`make` with this visitor's session at hand, though the server calls it on another thread.

    A download's table is made on the click, outside of any run of the script; without this,
    `st.session_state` would be empty there and the table one of first values.
    """
    context = get_script_run_ctx()

    def made() -> str:
        thread = threading.current_thread()
        before = getattr(thread, SCRIPT_RUN_CONTEXT_ATTR_NAME, None)
        add_script_run_ctx(thread, context)
        try:
            return make()
        finally:
            if before is None:
                delattr(thread, SCRIPT_RUN_CONTEXT_ATTR_NAME)
            else:
                add_script_run_ctx(thread, before)

    return made


def presenting() -> bool:
    """Whether the page is shown in presenter mode (`?present=1`)."""
    return once("presenting", _asked_to_present)


def _asked_to_present() -> bool:
    held = st.session_state.get("present", st.query_params.get("present"))
    return held == "1"
