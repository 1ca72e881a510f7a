"""The settings as `core` takes them, read from the controls."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import streamlit as st

import ui
from core.sampling import ORDERS, STAGES, SamplingParams, complete_order
from pages.sampling import controls
from ui import _


def params() -> SamplingParams:
    """Return the settings of the sampling views: those of A in Comparison."""
    sampling = {f: c for f, c in controls.settings.items() if f != "num_beams"}
    return SamplingParams(**_fields(sampling), order=order()[0])


def beam_params() -> SamplingParams:
    """Return the settings of the Beams view, which searches without temperature and filters."""
    return SamplingParams(
        num_beams=round(controls.settings["num_beams"].value),
        length_penalty=controls.length_penalty.value,
        max_tokens=controls.steps.value,
    )


def second_params() -> SamplingParams:
    """Return B's settings in Comparison; what B does not set is as in A."""
    return replace(params(), **_fields(controls.second), order=ORDERS[controls.second_order.value])


def _fields(family: Mapping[str, ui.Slider]) -> dict[str, Any]:
    return {field: control.value for field, control in family.items()}


def order() -> tuple[tuple[str, ...], str]:
    """Return the order of the filters; for a custom one that is invalid the default, and why."""
    if controls.order.value != controls.FREE:
        return ORDERS[controls.order.value], ""
    known = {_key(name): stage for stage in STAGES for name in (stage, controls.stage_name(stage))}
    words = [word for word in re.split("[→>,;，；、\n]", controls.stages.value) if word.strip()]
    found = [known.get(_key(word), "") for word in words]
    problem = ""
    for place, (word, stage) in enumerate(zip(words, found, strict=True)):
        if not stage:
            problem = _("“{word}” in “Custom order” is not the name of a filter; use those below.")
        elif stage in found[:place]:
            problem = _("“{word}” occurs twice in “Custom order”; name each filter once.")
        if problem:
            problem = problem.format(word=word.strip()[:30])
            problem += " " + _("Until the input is valid, the default order applies.")
            return ORDERS[controls.order.initial], problem
    return complete_order(found), ""


def _key(name: str) -> str:
    """Return a filter's name as it is compared: "Top-k" and "top_k" are the same."""
    return re.sub("[-_ ]+", "_", name.strip().lower())


def show_order() -> None:
    """Draw the complete order that a custom one gives, or why it is invalid."""
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
