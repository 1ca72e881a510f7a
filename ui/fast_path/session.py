"""Access to a visitor's session from threads that Streamlit did not start."""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Any, TypeVar

log = logging.getLogger("logitlab")
T = TypeVar("T")

internals: Any
try:
    from ui.fast_path import streamlit_internals as internals
except ImportError as error:
    internals = None
    log.warning("The fast path is off; the app works without it: %s.", error)


def sessions() -> int:
    """Return the number of sessions with an open page; 0 if Streamlit's internals have changed."""
    return internals.session_count() if internals is not None else 0


def with_session(make: Callable[[], T]) -> Callable[[], T]:
    """Return `make` bound to this visitor's session, for calls on another thread.

    A download's table is built when the visitor clicks, outside of a script run. Without this,
    `st.session_state` would be empty there, and the table would use default values.
    """
    if internals is None:
        return make
    context = internals.current_context()

    def bound() -> T:
        with internals.in_session(context):
            return make()

    return bound
