"""q·k at two positions: unchanged when both move together, different when one moves alone."""

from __future__ import annotations

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

HEIGHT = 360  # a square in its column


@st.cache_resource(max_entries=64, show_spinner=False)
def _curves(
    kind: str, size: int, seed: int, pair: int, base: float, start: int
) -> tuple[Tensor, Tensor, Tensor, Tensor]:
    """The plane of scores from `start` on; distances, the score at each, one pair's term of it."""
    q, k = vectors(kind, size, seed, pair)
    places = torch.arange(start, start + controls.POSITIONS)
    scores = core.compare_pairings(q, k, places, base).scores["interleaved"]
    offsets = torch.arange(1.0 - controls.POSITIONS, controls.POSITIONS)
    term = core.score_by_offset(only_pair(q, pair), only_pair(k, pair), offsets, base)
    return scores, offsets, core.score_by_offset(q, k, offsets, base), term


def draw() -> None:
    """Draw q·k over the positions, and one pair of q and k as arrows."""
    kind, size, seed = controls.kind.value, int(controls.size.value), controls.seed.value
    pair, base, shift = controls.pair.value, controls.base.value, controls.shift.value
    m, n = controls.q_position.value + shift, controls.k_position.value + shift
    q, k = vectors(kind, size, seed, pair)
    scores, offsets, curve, term = _curves(kind, size, seed, pair, base, shift)
    result = core.rope_score(q, k, m, n, base)
    alt = _("q·k over the positions; at m = {m}, n = {n} it is {s}.")
    alt = alt.format(m=m, n=n, s=number(result.score))
    with ui.figure():
        if controls.shown.value == "plane":
            spec = charts.plane(scores, shift, (m, n))
            ui.plot(spec, key="pos_plane", alt=alt, height=HEIGHT, on_click=_choose_positions)
        else:
            here, without = (m - n, result.score), result.score_without_rope
            spec = charts.by_distance(offsets, curve, term, here, without)
            ui.plot(spec, key="pos_curve", alt=alt, height=HEIGHT, on_click=_choose_distance)
    with ui.second_figure():
        two = slice(2 * pair, 2 * pair + 2)
        before, after = (q[two], k[two]), (result.q_rotated[two], result.k_rotated[two])
        alt = _("Pair {i} of q and of k; their rotations differ by {a} radians.")
        ui.plot(
            charts.two_arrows(before, after, pair),
            key="pos_two",
            alt=alt.format(i=pair, a=number(float(result.angles[pair]))),
            height=HEIGHT,
        )
    (qa, qb), (ka, kb) = after[0].tolist(), after[1].tolist()
    ui.formula(
        rf"q_a k_a + q_b k_b = ({qa:.3f})\cdot({ka:.3f}) + ({qb:.3f})\cdot({kb:.3f})"
        rf" = {float(result.pair_terms[pair]):.3f}"
    )
    m_angle, n_angle = core.rope_angles([m, n], size, base)[:, pair].tolist()
    ui.note(
        _(
            "The formula is the term of pair {i} = (a, b); the terms of all {n} pairs add up to "
            "q·k = {score}. Pair {i} of q has rotated by mθ = {m_angle} radians, that of k by "
            "nθ = {n_angle}. Only the difference (m − n)θ = {angle} enters q·k. Click the figure "
            "to move q and k."
        ).format(
            n=size // 2,
            score=number(result.score, 4),
            i=pair,
            m_angle=number(m_angle, 4),
            n_angle=number(n_angle, 4),
            angle=number(float(result.angles[pair]), 4),
        ),
        keep=True,
    )
    ui.facts(
        [
            ui.Fact("m, n", f"{m}, {n}"),
            ui.Fact("m − n", f"{m - n}".replace("-", "−"), _("the score depends only on this")),
            ui.Fact("q·k", number(result.score, 4), _("with RoPE")),
            ui.Fact("q·k", number(result.score_without_rope, 4), _("without RoPE, at any m, n")),
            ui.Fact(_("term of pair {i}").format(i=pair), number(float(result.pair_terms[pair]))),
        ]
    )


def _choose_positions(mark: dict[str, Any]) -> None:
    """Move q to the clicked row and k to the clicked column."""
    controls.q_position.set(mark["y"] - controls.shift.value)
    controls.k_position.set(mark["x"] - controls.shift.value)


def _choose_distance(mark: dict[str, Any]) -> None:
    """Move q to the clicked distance from k."""
    controls.q_position.set(controls.k_position.value + mark["x"])
