"""The outcomes of the questions that the page asks."""

from __future__ import annotations

from charts.format import number
from core import positions as core
from pages.positions import controls
from pages.positions.vectors import vectors
from ui import _


def score_after_a_shift_of_both() -> tuple[int, str]:
    """Return whether q·k falls, stays or rises when q and k move by the same distance."""
    q, k = vectors(
        controls.kind.value, int(controls.size.value), controls.seed.value, controls.pair.value
    )
    m, n, shift = controls.q_position.value, controls.k_position.value, controls.shift.value
    before, after = (
        core.rope_score(q, k, m + by, n + by, controls.base.value).score for by in (0, shift)
    )
    change = after - before
    index = 1 if abs(change) < 1e-3 else 0 if change < 0 else 2
    why = _(
        "q·k is {before} at m = {m}, n = {n} and {after} at m = {m2}, n = {n2}. Both vectors "
        "rotate by the same further angle, so the angle between them stays (m − n)θ."
    )
    return index, why.format(
        before=number(before, 4), after=number(after, 4), m=m, n=n, m2=m + shift, n2=n + shift
    )
