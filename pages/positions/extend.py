"""Contexts longer than those of training: five ways to lower the frequencies."""

from __future__ import annotations

import dataclasses

import streamlit as st
import torch
from torch import Tensor

import ui
from charts import positions as charts
from charts.format import count, number
from core import positions as core
from pages.positions import controls
from ui import _

POINTS = 200


def scalings(
    kinds: list[str], factor: float, original: int, current: int
) -> dict[str, core.RopeScaling]:
    """Return the chosen scalings; "dynamic" is that of a text of `current` tokens."""
    made = {kind: core.RopeScaling(kind, factor, original) for kind in kinds}
    if "dynamic" in made:
        made["dynamic"] = dataclasses.replace(made["dynamic"], current_length=current)
    return made


def ratios(chosen: dict[str, core.RopeScaling], size: int, base: float) -> dict[str, Tensor]:
    """Return each pair's frequency relative to its frequency in training."""
    plain = core.rope_frequencies(size, base, dtype=torch.float64)
    return {
        kind: core.rope_frequencies(size, base, scaling, dtype=torch.float64) / plain
        for kind, scaling in chosen.items()
    }


@st.cache_resource(max_entries=64, show_spinner=False)
def _scores(
    kinds: tuple[str, ...],
    factor: float,
    original: int,
    current: int,
    size: int,
    base: float,
    reach: int,
) -> tuple[Tensor, dict[str, Tensor]]:
    """q·k of equal vectors of length 1 over distance, as trained ("") and under the scalings."""
    offsets = torch.linspace(0, reach, min(POINTS, reach + 1)).round().unique()
    q = torch.ones(size) * size**-0.5
    scores = {"": core.score_by_offset(q, q, offsets, base)}
    for kind, scaling in scalings(list(kinds), factor, original, current).items():
        scores[kind] = core.score_by_offset(q, q, offsets, base, scaling=scaling)
    return offsets, scores


def draw() -> None:
    """Draw the scaled frequencies, and the effect on scores at short distances."""
    kinds, factor = controls.kinds.value, controls.factor.value
    original, current = controls.original.value, controls.extended.value
    size, base = int(controls.model_size.value), controls.base.value
    chosen = scalings(kinds, factor, original, current)
    trained = core.pair_clocks(size, original, base)
    lowered = ratios(chosen, size, base)
    with ui.figure():
        ui.plot(
            charts.scaled(lowered, factor, size // 2 - trained.never_full),
            key="pos_slowed",
            alt=_(
                "Each pair's frequency relative to training, under {kinds}. The slowest pair: "
                "{shares}."
            ).format(
                kinds=", ".join(charts.scaling_name(kind) for kind in kinds),
                shares=", ".join(number(float(ratio[-1])) for ratio in lowered.values()),
            ),
            height=400,
        )
    with ui.second_figure():
        reach = controls.near.value
        offsets, scores = _scores(tuple(kinds), factor, original, current, size, base, reach)
        ui.plot(
            charts.near(offsets, scores),
            key="pos_near",
            alt=_("q·k of equal vectors over distance, up to {d} tokens.").format(d=reach),
            height=400,
        )
    rows = [
        [
            charts.scaling_name(kind),
            number(float(lowered[kind][0]), 3),
            number(float(lowered[kind][-1]), 3),
            number(scaling.attention_factor, 4),
            _idea(kind),
        ]
        for kind, scaling in chosen.items()
    ]
    head = [_("scaling"), _("fastest pair"), _("slowest pair"), _("scale of q and k"), _("idea")]
    ui.table(head, rows, numbers=[1, 2, 3])
    ui.note(
        _(
            "{n} of {pairs} pairs complete less than one turn in {length} tokens of training. In "
            "a longer text they reach angles that did not occur in training, unless their "
            "frequency falls to 1/factor."
        ).format(n=trained.never_full, pairs=size // 2, length=count(original))
    )


def _idea(kind: str) -> str:
    return {
        "linear": _("divides every position by the factor; nearby tokens are harder to separate"),
        "ntk": _("raises the base: fast pairs hardly change, slow pairs slow down"),
        "dynamic": _(
            "NTK with factor × text ÷ training length − (factor − 1); no change up to the "
            "training length"
        ),
        "yarn": _("keeps fast pairs, divides slow ones, blends between; sharpens the softmax"),
        "llama3": _("the same idea; the blend is linear in the turns per training length"),
    }[kind]
