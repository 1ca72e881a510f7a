"""A visitor's session on a thread that Streamlit did not start for it."""

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
    log.warning("The fast path is off, the app works without it: %s.", error)


def with_session(make: Callable[[], T]) -> Callable[[], T]:
    """Return `make` with this visitor's session, though the server calls it on another thread.

    A download's table is made on the click, outside of any run of the script; without this,
    `st.session_state` would be empty there and the table one of default values.
    """
    if internals is None:
        return make
    context = internals.current_context()

    def made() -> T:
        with internals.in_session(context):
            return make()

    return made
