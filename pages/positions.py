"""RoPE and positions: how a model without order is told what stands where."""

from __future__ import annotations

import ui
from core import positions as core
from pages.positions_parts import extend, others, pairings, real, score, turn, waves
from ui import _

ui.render(
    ui.Page(
        "positions",
        _("RoPE and positions"),
        _(
            "RoPE turns each pair of numbers of q and k by position × speed. A product of two "
            "turned vectors depends only on how far apart they stand: "
            "$(R_m q)\\cdot(R_n k) = q\\cdot R_{n-m}k$."
        ),
        views=[
            ui.View("turn", _("Turning"), turn.draw),
            ui.View("score", "q·k", score.draw),
            ui.View("waves", _("Wavelengths"), waves.draw),
            ui.View("decay", _("Decay"), waves.decay),
            ui.View("pairings", _("Pairings"), pairings.draw),
            ui.View("extend", _("Longer texts"), extend.draw),
            ui.View("model", _("The model's q and k"), real.draw),
            ui.View("others", _("Alternatives"), others.draw),
        ],
        sources=[
            ui.Source(core.rope_frequencies, "Su et al. 2021, RoFormer, arXiv:2104.09864"),
        ],
    )
)
