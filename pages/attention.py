"""Attention: by hand, its masks, real heads, architectures, and what the keys cost."""

from __future__ import annotations

import ui
from core.attention import (
    attention,
    explain_cell,
)
from pages.attention_parts import hand
from ui import _

VIEW = ui.view_key("attention")

ui.render(
    ui.Page(
        "attention",
        _("Attention"),
        _(
            "Every token asks (query), every token answers (key), and what matches is mixed "
            "(value): softmax(Q·Kᵀ/√d)·V."
        ),
        views=[
            ui.View("hand", _("By hand"), hand.draw),
        ],
        sources=[
            ui.Source(attention, "Vaswani et al. 2017, arXiv:1706.03762, equation 1"),
            ui.Source(explain_cell, "Vaswani et al. 2017, arXiv:1706.03762, equation 1"),
        ],
    )
)
