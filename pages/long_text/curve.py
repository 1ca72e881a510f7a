"""The view of the curve."""

from __future__ import annotations

import ui
from charts import long_text as charts
from charts.format import number
from core import long_text as core
from pages.long_text import controls
from ui import _


def draw() -> None:
    """Draw the curve and its half-life."""
    result = core.decay(controls.rate.value)
    half = number(result.half)
    with ui.figure():
        ui.plot(
            charts.curve(result),
            key="long_text_curve",
            alt=_("An exponential decay with a half-life of {half}.").format(half=half),
            height=420,
        )
    ui.facts([ui.Fact(_("half-life"), half, _("x at which y is 0.5"))])
