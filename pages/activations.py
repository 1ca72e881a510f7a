"""Activations and the feed-forward network: curves, gates, depth, dead units, a model's gates."""

from __future__ import annotations

import ui
from core import activations as core
from pages.activations_parts import curves
from ui import _

ui.render(
    ui.Page(
        "activations",
        _("Activations and the FFN"),
        _(
            "Without a bend between them two matrices are one. An activation $f$ is that bend; its "
            "slope $f'$ is what the gradient is multiplied by on the way back."
        ),
        views=[ui.View("curves", _("Curves"), curves.draw)],
        sources=[ui.Source(core.activation_curves), ui.Source(core.gelu_error)],
    )
)
