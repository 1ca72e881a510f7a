"""What the page shows at this moment, for downloads, which run outside the visitor's session."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import streamlit as st

if TYPE_CHECKING:
    from core.moe import Specialization
    from core.moe.tiny_lm import MoETextTrace
    from pages.moe_parts.batch import Batch


@dataclass(slots=True)
class Now:
    """What each view drew last."""

    batch: Batch | None = None
    text: MoETextTrace | None = None
    measured: Specialization | None = None


def now() -> Now:
    """This visitor's; the same object throughout the session."""
    return st.session_state.setdefault("moe_now", Now())
