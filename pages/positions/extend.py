"""Longer contexts than those of training: five ways to slow the rotation, over one another."""

from __future__ import annotations

import dataclasses

import streamlit as st
import torch
from torch import Tensor

import ui
from charts import positions as charts
from charts.format import count, number
from core import positions as core
from pages.positions_parts import shared
from ui import _

LONGEST = 1_048_576
POINTS = 200


def scalings(
    kinds: list[str], factor: float, original: int, current: int
) -> dict[str, core.RopeScaling]:
    """The chosen scalings, "dynamic" at the length that the text has now."""
    made = {kind: core.RopeScaling(kind, factor, original) for kind in kinds}
    if "dynamic" in made:
        made["dynamic"] = dataclasses.replace(made["dynamic"], current_length=current)
    return made


def ratios(chosen: dict[str, core.RopeScaling], size: int, base: float) -> dict[str, Tensor]:
    """New over old frequency of every pair."""
    plain = core.rope_frequencies(size, base, dtype=torch.float64)
    return {
        kind: core.rope_frequencies(size, base, scaling, dtype=torch.float64) / plain
        for kind, scaling in chosen.items()
    }


@st.cache_resource(max_entries=64, show_spinner=False)
def near_scores(
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
    return offsets, scores  # fmt: skip


def settings() -> tuple[list[str], float, int, int, int, float, int]:
    """The view's controls."""
    kinds = ui.choices(
        _("Scaling"),
        {kind: charts.scaling_name(kind) for kind in core.ROPE_SCALINGS},
        key="rope_kinds",
        value=core.ROPE_SCALINGS,
        hide_label=True,
    )
    columns = st.columns([1, 1, 1, 1, 0.6], gap="medium", vertical_alignment="bottom")
    with columns[0]:
        factor = ui.live_slider(_("Factor"), 1, 32, 4, 0.5, key="rope_factor")
    with columns[1]:
        original = int(
            ui.live_slider(_("Trained on"), 64, 131_072, 2048, key="rope_orig", scale="log")
        )
    with columns[2]:
        current = int(
            ui.live_slider(
                _("Text now"), 64, LONGEST, 8192, key="rope_now", scale="log",
                help=_("Dynamic scaling follows it; the others are fixed beforehand."),
            )
        )  # fmt: skip
    with columns[3]:
        told = _("Distance up to")
        reach = int(ui.live_slider(told, 8, 16_384, 48, key="rope_near", scale="log"))
    with columns[4], ui.more(_("More")):
        base = shared.base()
        size = shared.real_head()
    return kinds, factor, original, current, size, base, reach


def draw() -> None:
    """Draw the view."""
    kinds, factor, original, current, size, base, reach = settings()
    chosen = scalings(kinds, factor, original, current)
    trained = core.pair_clocks(size, original, base)
    slowed = ratios(chosen, size, base)
    left, right = st.columns([1.15, 1], gap="medium", vertical_alignment="bottom")
    with left:
        ui.plot(
            charts.slowed(slowed, factor, size // 2 - trained.never_full),
            key="pos_slowed",
            alt=_(
                "Each pair's speed as a share of the trained one, for {kinds}; the slowest pair: "
                "{shares}."
            ).format(
                kinds=", ".join(charts.scaling_name(kind) for kind in kinds),
                shares=", ".join(number(float(r[-1])) for r in slowed.values()),
            ),
            height=370,
        )
    with right:
        offsets, scores = near_scores(tuple(kinds), factor, original, current, size, base, reach)
        ui.plot(
            charts.near(offsets, scores),
            key="pos_near",
            alt=_("q·k of equal vectors over distance, up to {d} tokens.").format(d=reach),
            height=370,
        )
    rows = [
        [
            charts.scaling_name(kind),
            number(float(slowed[kind][0]), 3),
            number(float(slowed[kind][-1]), 3),
            number(scaling.attention_factor, 4),
            idea(kind),
        ]
        for kind, scaling in chosen.items()
    ]
    head = [_("scaling"), _("fastest pair"), _("slowest pair"), _("q and k times"), _("idea")]
    ui.table(head, rows, numbers=[1, 2, 3])
    if not ui.presenting():
        ui.note(
            _(
                "{n} of {pairs} pairs never went round in {length} tokens of training: in a longer "
                "text they reach angles that the model has never seen, unless their speed falls "
                "to 1/factor."
            ).format(n=trained.never_full, pairs=size // 2, length=count(original))
        )


def idea(kind: str) -> str:
    """A scaling in a few words."""
    return {
        "linear": _("every position divided; near tokens blur"),
        "ntk": _("a larger base: fast pairs stay, slow pairs stretch"),
        "dynamic": _(
            "NTK stretched by factor × text ÷ trained − (factor − 1); none up to the trained length"
        ),
        "yarn": _("fast pairs stay, slow pairs divided, a ramp between; sharper softmax"),
        "llama3": _("the same by wavelength, the ramp over turns"),
    }[kind]
