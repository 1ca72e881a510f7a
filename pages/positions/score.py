"""q·k as a function of two positions: together it stands still, apart it moves."""

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
from pages.positions_parts import shared
from ui import _

SPAN = 48  # positions in sight
FURTHEST = 100_000


@st.cache_resource(max_entries=64, show_spinner=False)
def _curves(
    kind: str, size: int, seed: int, chosen: int, base: float, start: int
) -> tuple[Tensor, Tensor, Tensor, Tensor, Tensor, Tensor]:
    """q, k, the plane of scores from `start` on, distances, the curve, one pair's share of it."""
    q, k = shared.vectors(kind, size, seed, chosen)
    places = torch.arange(start, start + SPAN)
    scores = core.compare_pairings(q, k, places, base).scores["interleaved"]
    offsets = torch.arange(1.0 - SPAN, SPAN)
    curve = core.score_by_offset(q, k, offsets, base)
    alone = core.score_by_offset(
        shared.only_pair(q, chosen), shared.only_pair(k, chosen), offsets, base
    )
    return q, k, scores, offsets, curve, alone


def draw() -> None:
    """Draw the view."""
    columns = st.columns([1.1, 1.1, 1.25, 1.7, 0.8], gap="small", vertical_alignment="bottom")
    with columns[0]:
        m = int(ui.live_slider(_("q at m"), 0, SPAN - 1, 20, key="rope_q"))
    with columns[1]:
        n = int(ui.live_slider(_("k at n"), 0, SPAN - 1, 12, key="rope_k"))
    with columns[2]:
        shift = int(
            ui.live_slider(
                _("Shift both"), 0, FURTHEST, 0, key="rope_both", scale="log",
                help=_("Added to m and to n: the distance stays."),
            )
        )  # fmt: skip
    with columns[3]:
        kind = ui.choice(
            _("q and k"),
            {"random": _("random"), "equal": _("equal"), "pair": _("one pair")},
            key="rope_qk",
        )
    with columns[4]:
        base, size, chosen, seed = more()
    m, n = m + shift, n + shift
    q, k, scores, offsets, curve, alone = _curves(kind, size, seed, chosen, base, shift)
    result = core.rope_score(q, k, m, n, base)
    pair = slice(2 * chosen, 2 * chosen + 2)
    one, beside = st.columns([1, 1.45], gap="large", vertical_alignment="bottom")
    with one:
        ui.plot(
            charts.two_arrows(
                (q[pair], k[pair]), (result.q_rotated[pair], result.k_rotated[pair]), chosen
            ),
            key="pos_two",
            alt=_(
                "Pair {i} of q and k, turned by m and n: {a} radians of turn between them."
            ).format(i=chosen, a=number(float(result.angles[chosen]))),
            height=340,
        )
    with beside:
        shown = ui.choice(
            _("Beside it"),
            {"plane": _("every m and n"), "curve": _("by distance")},
            key="rope_shown",
            hide_label=True,
        )
        if shown == "plane":
            ui.plot(
                charts.plane(scores, shift, (m, n)),
                key="pos_plane",
                alt=_("q·k for every m and n: stripes along m − n; here {s}.").format(
                    s=number(result.score)
                ),
                height=340,
                on_click=choose_places,
            )
        else:
            here = m - n, result.score
            ui.plot(
                charts.by_distance(offsets, curve, alone, here, result.score_without_rope),
                key="pos_curve",
                alt=_("q·k over the distance m − n; at {d} it is {s}.").format(
                    d=m - n, s=number(result.score)
                ),
                height=340,
            )
    ui.facts(
        [
            ui.Fact("m, n", f"{m}, {n}"),
            ui.Fact("m − n", f"{m - n}".replace("-", "−"), _("all that counts")),
            ui.Fact("q·k", number(result.score, 4), _("with RoPE")),
            ui.Fact("q·k", number(result.score_without_rope, 4), _("without, at any m and n")),
            ui.Fact(
                _("pair {i} adds").format(i=chosen), number(float(result.pair_terms[chosen]), 3)
            ),
        ]
    )


def choose_places(mark: dict[str, Any]) -> None:
    """A click on the plane: q goes to its row, k to its column."""
    shift = int(ui.get("rope_both", 0))
    places = {"rope_q": mark.get("y"), "rope_k": mark.get("x")}
    numbers = {key: at for key, at in places.items() if isinstance(at, int | float)}
    if len(numbers) == 2 and all(map(math.isfinite, numbers.values())):
        ui.set_state({key: round(at) - shift for key, at in numbers.items()})


def more() -> tuple[float, int, int, int]:
    """Base, head size, pair, seed: the controls out of sight."""
    with ui.more(_("More")):
        base = shared.base()
        size = shared.small_head()
        chosen = shared.pair(size // 2)
        seed = shared.seed()
    return base, size, chosen, seed
