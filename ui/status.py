"""Where a view says that it is waiting: one place, kept free at its top.

An element that comes and goes among the others would shift them, and the browser would build the
figures behind it anew.
"""

from __future__ import annotations

from contextvars import ContextVar

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

_spot: ContextVar[DeltaGenerator | None] = ContextVar("status spot", default=None)


def reserve_status() -> None:
    """Keep the place; the frame calls it first in every view."""
    _spot.set(st.empty())


def status_spot() -> DeltaGenerator:
    """The place that was kept, or a new one outside of a view."""
    return _spot.get() or st.empty()
