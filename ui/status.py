"""Where a view says that it is waiting: one place, kept free at its top.

An element that comes and goes among the others would shift them, and the browser would build the
figures behind it anew.
"""

from __future__ import annotations

from collections.abc import Generator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

import streamlit as st

_spot: ContextVar[Any] = ContextVar("status spot", default=None)


def reserve_status() -> None:
    """Keep the place; the frame calls it first in every view."""
    _spot.set(st.empty())


def status_spot() -> Any:
    """The place that was kept, or a new one outside of a view."""
    return _spot.get() or st.empty()


class _Nowhere:
    """A place that shows nothing."""

    def html(self, body: str) -> None:
        """Take a text and show it nowhere."""

    def empty(self) -> None:
        """Do nothing."""


@contextmanager
def silent() -> Generator[None]:
    """Show no status inside: a download is made where there is no page to show it on."""
    before = _spot.set(_Nowhere())
    try:
        yield
    finally:
        _spot.reset(before)
