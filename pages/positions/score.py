"""q·k at two positions: unchanged when both move together, different when one moves alone."""

from __future__ import annotations

import math
from typing import Any

import streamlit as st
import torch
from torch import Tensor

import ui
from charts import positions as charts
from charts.format import number
from core import positions as core
from pages.positions import controls
from pages.positions.vectors import only_pair, vectors
from ui import _


@st.cache_resource(max_entries=64, show_spinner=False)
def _curves(
    kind: str, size: int, seed: int, pair: int, base: float, start: int
) -> tuple[Tensor, Tensor, Tensor, Tensor]:
    """The plane of scores from `start` on; distances, the score at each, one pair's term of it."""
    q, k = vectors(kind, size, seed, pair)
    places = torch.arange(start, start + controls.POSITIONS)
    scores = core.compare_pairings(q, k, places, base).scores["interleaved"]
    offsets = torch.arange(1.0 - controls.POSITIONS, controls.POSITIONS)
    curve = core.score_by_offset(q, k, offsets, base)
    term = core.score_by_offset(only_pair(q, pair), only_pair(k, pair), offsets, base)
    return scores, offsets, curve, term


def draw() -> None:
    """Draw q·k over the positions, and one pair of q and k as arrows."""
    kind, size, base = controls.kind.value, int(controls.size.value), controls.base.value
    pair, seed, shift = controls.pair.value, controls.seed.value, controls.shift.value
    m, n = controls.q_position.value + shift, controls.k_position.value + shift
    q, k = vectors(kind, size, seed, pair)
    scores, offsets, curve, term = _curves(kind, size, seed, pair, base, shift)
    result = core.rope_score(q, k, m, n, base)
    with ui.figure():
        if controls.shown.value == "plane":
            ui.plot(
                charts.plane(scores, shift, (m, n)),
                key="pos_plane",
                alt=_("q·k for every m and n: stripes of constant m − n. Here q·k is {s}.").format(
                    s=number(result.score)
                ),
                height=420,
                on_click=_choose_positions,
            )
        else:
            ui.plot(
                charts.by_distance(
                    offsets, curve, term, (m - n, result.score), result.score_without_rope
                ),
                key="pos_curve",
                alt=_("q·k over the distance m − n; at distance {d} it is {s}.").format(
                    d=m - n, s=number(result.score)
                ),
                height=420,
            )
    two = slice(2 * pair, 2 * pair + 2)
    with ui.second_figure():
        ui.plot(
            charts.two_arrows(
                (q[two], k[two]),
                (result.q_rotated[two], result.k_rotated[two]),
                pair,
            ),
            key="pos_two",
            alt=_(
                "Pair {i} of q and of k, rotated to positions m and n; the rotations differ by "
                "{a} radians."
            ).format(i=pair, a=number(float(result.angles[pair]))),
            height=420,
        )
    ui.facts(
        [
            ui.Fact("m, n", f"{m}, {n}"),
            ui.Fact("m − n", f"{m - n}".replace("-", "−"), _("the score depends only on this")),
            ui.Fact("q·k", number(result.score, 4), _("with RoPE")),
            ui.Fact("q·k", number(result.score_without_rope, 4), _("without RoPE, at any m, n")),
            ui.Fact(
                _("term of pair {i}").format(i=pair), number(float(result.pair_terms[pair]), 3)
            ),
        ]
    )


def _choose_positions(mark: dict[str, Any]) -> None:
    """Move q to the clicked row and k to the clicked column."""
    m, n = mark.get("y"), mark.get("x")
    if isinstance(m, int | float) and isinstance(n, int | float) and math.isfinite(m + n):
        controls.q_position.set(m - controls.shift.value)
        controls.k_position.set(n - controls.shift.value)
