"""Sampling sandbox: from a model's logits to the next token, filter by filter."""

from __future__ import annotations

import ui
from pages.sampling_parts import distribution, settings
from pages.sampling_parts.settings import start_state
from ui import _

settings.keep_in_url()

ui.render(
    ui.Page(
        "sampling",
        _("Sampling sandbox"),
        _(
            "A language model gives every token a score. Temperature, filters and their order "
            "decide which one comes next."
        ),
        views=[ui.View("distribution", _("Distribution"), distribution.draw)],
        scenarios=[ui.Scenario(_("A fact"), start_state())],
    )
)
