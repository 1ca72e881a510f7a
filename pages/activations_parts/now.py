"""What the page drew last, for downloads, which run outside a run of the script."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import streamlit as st

from core.activations import DeadUnitsStep, DepthTrace
from core.activations.gate_map import GateMap


@dataclass(slots=True)
class Now:
    """What each view drew last."""

    depth: Sequence[DepthTrace] = ()
    runs: Sequence[Sequence[DeadUnitsStep]] = ()
    gates: GateMap | None = None


def now() -> Now:
    """This visitor's; the same object throughout the session."""
    return st.session_state.setdefault("act_now", Now())
