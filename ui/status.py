"""A reserved place at the top of a view for waiting messages.

If a message were inserted between other elements, it would shift them, and the browser would
rebuild the figures after it.
"""

from __future__ import annotations

from collections.abc import Generator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

import streamlit as st

_spot: ContextVar[Any] = ContextVar("status spot", default=None)


def reserve_status() -> None:
    """Reserve the place. The frame calls this first in every view."""
    _spot.set(st.empty())


def status_spot() -> Any:
    """Return the reserved place, or a new one outside of a view."""
    return _spot.get() or st.empty()


class _Nowhere:
    """A stand-in for the reserved place that shows nothing."""

    def html(self, body: str) -> None:
        """Discard the message."""

    def empty(self) -> None:
        """Do nothing."""


@contextmanager
def silent() -> Generator[None]:
    """Suppress waiting messages, for downloads, which are built outside a run of the page."""
    before = _spot.set(_Nowhere())
    try:
        yield
    finally:
        _spot.reset(before)
