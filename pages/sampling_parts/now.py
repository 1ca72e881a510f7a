"""What the page shows at this moment, for those who run outside the visitor's session."""

from __future__ import annotations

from dataclasses import dataclass

import streamlit as st

from core.sampling import SamplingParams
from pages.sampling_parts.source import Source


@dataclass(slots=True)
class Now:
    """The source and the settings that were drawn last."""

    source: Source | None = None
    params: SamplingParams | None = None


def now() -> Now:
    """This visitor's; the same object throughout the session."""
    return st.session_state.setdefault("sampling_now", Now())
