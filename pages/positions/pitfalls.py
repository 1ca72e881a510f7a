"""Mistakes that people make with positions, run."""

from __future__ import annotations

import ui
from charts.format import number
from core import positions as core
from pages.positions_parts import shared
from ui import _


def mixed_layouts() -> None:
    """One head's q in one pairing against k in the other."""
    q, k = shared.vectors("random", 64, 1)
    index = core.pairing_permutation(64, "interleaved", "half")
    right = core.rope_score(q, k, 20, 12)
    same = core.rope_score(q[index], k[index], 20, 12, pairing="half")
    wrong = core.rope_score(q, k, 20, 12, pairing="half")
    rows = [
        ui.Row([_("weights and code adjacent"), number(right.score, 4)]),
        ui.Row([_("weights and code half-split"), number(same.score, 4)]),
        ui.Row([_("weights adjacent, code half-split"), number(wrong.score, 4)], "marked"),
    ]
    ui.table([_("head of 64 numbers, m = 20, n = 12"), "q·k"], rows, numbers=[1])


def restarted() -> None:
    """A token written with a KV cache, at its own position and at 0."""
    q, k = shared.vectors("equal", 64, 1)
    rows = []
    for said, m, shift in (
        (_("token 20 at position 20"), 20, 0),
        (_("all moved by 7, as by left padding"), 20, 7),
        (_("token 20 at position 0: the counter was restarted"), 0, 0),
    ):
        here = core.rope_score(q, k, m + shift, 18 + shift)
        rows.append(ui.Row([said, number(here.score, 4)], "marked" if m == 0 else ""))
    ui.table([_("equal q and k, k at position 18"), "q·k"], rows, numbers=[1])


def order() -> None:
    """The same distance forwards and backwards."""
    q, k = shared.vectors("random", 64, 1)
    rows = [
        [f"{m}, {n}", number(core.rope_score(q, k, m, n).score, 4)] for m, n in ((20, 12), (12, 20))
    ]
    ui.table(["m, n", "q·k"], rows, numbers=[1])


def pitfalls() -> list[ui.Pitfall]:
    """All of them."""
    return [
        ui.Pitfall(
            _("Weights for one pairing, code for the other"),
            _(
                "Llama's checkpoints for transformers are half-split, GGUF files adjacent. Read "
                "one as the other and the model still talks, badly. Reorder the rows of the q and "
                "k projections, or choose the other pairing."
            ),
            mixed_layouts,
        ),
        ui.Pitfall(
            _("A slip that passes the test"),
            _(
                "Adjacent pairs rotated, then written as halves: with the slip in both q and k "
                "every score is right, so a test of scores passes. It breaks when only one side "
                "has it (a cached key, another kernel). Test the vectors, not only the scores; a "
                "test of their mean and sum passes too."
            ),
        ),
        ui.Pitfall(
            _("Positions that restart"),
            _(
                "With a KV cache a new token has position T, not 0. Shifting everything, as left "
                "padding does, is harmless; restarting the counter is not."
            ),
            restarted,
        ),
        ui.Pitfall(
            _("Distance has a sign"),
            _("RoPE depends on m − n, not on |m − n|: before and after are told apart."),
            order,
        ),
        ui.Pitfall(
            _("“RoPE makes far tokens count less”"),
            _(
                "On average, and only if q and k have a common mean. A single q·k may well rise "
                "with distance, and models use that: see heads that look to the first token."
            ),
        ),
        ui.Pitfall(
            _("Angles in half precision"),
            _(
                "Position × speed needs digits: bfloat16 cannot tell 256 from 257, and a float32 "
                "angle near 100 000 is off by up to 0.004 radians. Compute angles in float32 or "
                "better, round the cosines."
            ),
        ),
        ui.Pitfall(
            _("A table keyed by length alone"),
            _("Caching cos and sin without the base (or the scaling) serves another model's."),
        ),
    ]
