"""MoE routing: which experts a token goes to, why some fill up and others die."""

from __future__ import annotations

import ui
from core import moe as core
from pages.moe_parts import hand
from ui import _

VIEW = ui.view_key("moe")

ui.render(
    ui.Page(
        "moe",
        _("MoE routing"),
        _(
            "A mixture of experts (MoE) keeps many feed-forward networks and sends each token "
            "through only $k$ of them: $y = \\sum_{i \\in \\text{top-}k} g_i\\,E_i(x)$. A small "
            "router chooses and sets the gates $g$."
        ),
        views=[ui.View("hand", _("By hand"), hand.draw)],
        sources=[ui.Source(core.route, "Shazeer et al. (2017), arXiv:1701.06538, eq. 1–5")],
    )
)
