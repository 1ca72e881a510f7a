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
    return SamplingParams(**_fields(controls.settings), order=order())


def second_params() -> SamplingParams:
    """Return B's settings in Compare; what B does not set is as in A."""
    return replace(params(), **_fields(controls.second), order=ORDERS[controls.second_order.value])


def _fields(family: Mapping[str, ui.Slider]) -> dict[str, Any]:
    return {field: control.value for field, control in family.items()}


def order() -> tuple[str, ...]:
    """Return the order of the filters; the default order where a custom one cannot be read."""
    if controls.order.value != controls.FREE:
        return ORDERS[controls.order.value]
    try:
        return complete_order(custom_stages())
    except ValueError:
        return ORDERS[controls.order.initial]


def custom_stages() -> list[str]:
    """Return the stage names that the visitor typed; "top-k" is "top_k" too."""
    words = controls.stages.value.replace("→", ",").replace(">", ",").replace("-", "_").lower()
    return [word.strip() for word in words.split(",") if word.strip()][:50]


def show_order() -> None:
    """Draw the order that runs, and why a custom one cannot be read."""
    if controls.order.value == controls.FREE:
        try:
            complete_order(custom_stages())
        except ValueError as error:
            ui.sentence(str(error))
            ui.note(_("Until this is corrected, the default order is used."))
            return
    ui.note(" → ".join(stage_name(stage) for stage in order()))


def next_seed_button() -> None:
    """Draw the button that moves to the next seed."""
    seed = controls.settings["seed"]
    following = (seed.value + 1) % (controls.LAST_SEED + 1)
    icon = ":material/casino:"
    st.button(_("Next seed"), key="sampling_seed", on_click=seed.set, args=(following,), icon=icon)


def stage_name(stage: str) -> str:
    """Return the name of a stage as the visitor reads it."""
    return {
        "repetition_penalty": _("repetition penalty"),
        "frequency_presence": _("frequency and presence penalty"),
        "no_repeat_ngram": _("no-repeat n-gram"),
        "temperature": _("temperature"),
        "top_k": _("top-k"),
        "top_p": _("top-p"),
        "min_p": _("min-p"),
        "typical_p": _("typical-p"),
        "epsilon_cutoff": _("epsilon cutoff"),
        "top_n_sigma": _("top-nσ"),
    }[stage]
