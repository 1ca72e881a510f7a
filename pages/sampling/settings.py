"""The settings as `core` takes them, read from the controls."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import streamlit as st

import ui
from core.sampling import ORDERS, SamplingParams, complete_order
from pages.sampling import controls
from ui import _


def params() -> SamplingParams:
    """Return the settings: those of A in Compare."""
    return SamplingParams(**_fields(controls.settings), order=order()[0])


def second_params() -> SamplingParams:
    """Return B's settings in Compare; what B does not set is as in A."""
    return replace(params(), **_fields(controls.second), order=ORDERS[controls.second_order.value])


def _fields(family: Mapping[str, ui.Slider]) -> dict[str, Any]:
    return {field: control.value for field, control in family.items()}


def order() -> tuple[tuple[str, ...], str]:
    """Return the order of the filters, and why a custom one is not it."""
    if controls.order.value != controls.FREE:
        return ORDERS[controls.order.value], ""
    # "top-k → top-p" is "top_k, top_p" too.
    words = controls.stages.value.replace("→", ",").replace(">", ",").replace("-", "_").lower()
    try:
        return complete_order([word.strip() for word in words.split(",") if word.strip()][:50]), ""
    except ValueError as error:
        return ORDERS[controls.order.initial], str(error)


def show_order() -> None:
    """Draw the complete order where the visitor typed one, or why it cannot be read."""
    if controls.order.value == controls.FREE:
        stages, problem = order()
        if problem:
            ui.sentence(problem)
        ui.note(" → ".join(controls.stage_name(stage) for stage in stages))


def next_seed() -> None:
    """Draw the button that moves to the next seed."""
    seed = controls.settings["seed"]
    following = (seed.value + 1) % (controls.LAST_SEED + 1)
    icon = ":material/casino:"
    st.button(_("Next seed"), key="sampling_seed", on_click=seed.set, args=(following,), icon=icon)
