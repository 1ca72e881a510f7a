"""Contexts longer than those of training: five ways to lower the frequencies."""

from __future__ import annotations

from collections.abc import Sequence

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


def scalings(kinds: Sequence[str]) -> dict[str, core.RopeScaling]:
    """Return the scalings of some kinds for the chosen factor and lengths."""
    lengths = controls.original.value, controls.extended.value
    return {kind: core.RopeScaling(kind, controls.factor.value, *lengths) for kind in kinds}


def ratios(chosen: dict[str, core.RopeScaling]) -> dict[str, Tensor]:
    """Return each pair's frequency relative to its frequency in training."""
    size, base = int(controls.model_size.value), controls.base.value
    plain = core.rope_frequencies(size, base, dtype=torch.float64)
    return {
        kind: core.rope_frequencies(size, base, scaling, dtype=torch.float64) / plain
        for kind, scaling in chosen.items()
    }


@st.cache_resource(max_entries=64, show_spinner=False)
def _scores(
    size: int, base: float, reach: int, chosen: dict[str, core.RopeScaling]
) -> tuple[Tensor, dict[str, Tensor]]:
    """q·k of equal vectors of length 1 over distance, as trained ("") and under the scalings."""
    offsets = torch.linspace(0, reach, min(POINTS, reach + 1)).round().unique()
    q = torch.ones(size) * size**-0.5
    scores = {"": core.score_by_offset(q, q, offsets, base)}
    for kind, scaling in chosen.items():
        scores[kind] = core.score_by_offset(q, q, offsets, base, scaling=scaling)
    return offsets, scores


def draw() -> None:
    """Draw the scaled frequencies, and the effect on scores at short distances."""
    size, base = int(controls.model_size.value), controls.base.value
    original, reach = controls.original.value, controls.near.value
    chosen = scalings(controls.kinds.value)
    lowered = ratios(chosen)
    trained = core.pair_clocks(size, original, base)
    names = ", ".join(charts.scaling_name(kind) for kind in chosen)
    with ui.figure():
        ui.plot(
            charts.scaled(lowered, controls.factor.value, size // 2 - trained.never_full),
            key="pos_slowed",
            alt=_("Each pair's frequency relative to training: {kinds}.").format(kinds=names),
            height=400,
        )
    with ui.second_figure():
        ui.plot(
            charts.near(*_scores(size, base, reach, chosen)),
            key="pos_near",
            alt=_("q·k of equal vectors over distance, up to {d} tokens.").format(d=reach),
            height=400,
        )
    head = [_("scaling"), _("fastest pair"), _("slowest pair"), _("scale of q and k"), _("idea")]
    rows = []
    for kind, scaling in chosen.items():
        shares = [number(value) for value in lowered[kind][[0, -1]].tolist()]
        temperature = number(scaling.attention_factor, 4)
        rows.append([charts.scaling_name(kind), *shares, temperature, charts.scaling_idea(kind)])
    ui.table(head, rows, numbers=[1, 2, 3])
    ui.note(
        _(
            "{n} of {pairs} pairs complete less than one turn in {length} tokens of training. In "
            "a longer text they reach angles that did not occur in training, unless their "
            "frequency falls to 1/factor."
        ).format(n=trained.never_full, pairs=size // 2, length=count(original)),
        keep=True,
    )
