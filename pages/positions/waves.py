"""Each pair's wavelength against the context length."""

from __future__ import annotations

import ui
from charts import positions as charts
from charts.format import count, number
from core import positions as core
from pages.positions import controls
from ui import _


def draw() -> None:
    """Draw the wavelengths of all pairs."""
    size, base = int(controls.model_size.value), controls.base.value
    context = controls.context.value
    result = core.pair_clocks(size, context, base)
    reference = core.pair_clocks(size, context) if base != controls.BASE else None
    fastest, slowest = (number(value) for value in result.wavelengths[[0, -1]].tolist())
    slow = f"{result.never_full} / {size // 2}"
    alt = _("Wavelengths from {fast} to {slow} tokens; {n} are longer than {context} tokens.")
    with ui.figure():
        ui.plot(
            charts.waves(result, context, reference),
            key="pos_waves",
            alt=alt.format(fast=fastest, slow=slowest, n=slow, context=count(context)),
            height=430,
        )
    ui.facts(
        [
            ui.Fact(_("fastest pair"), fastest, _("tokens per turn")),
            ui.Fact(_("slowest pair"), slowest, _("tokens per turn")),
            ui.Fact(_("less than one turn"), slow, _("pairs: every position has its own angle")),
            ui.Fact(_("slowest pair"), number(float(result.turns[-1])), _("turns in the context")),
        ]
    )
