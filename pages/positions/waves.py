"""Each pair's wavelength against the context length."""

from __future__ import annotations

from typing import Any

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
    chosen = controls.wave_pair.value
    reference = core.pair_clocks(size, context) if base != controls.BASE else None
    fastest, slowest = (number(value) for value in result.wavelengths[[0, -1]].tolist())
    slow = f"{result.never_full} / {size // 2}"
    alt = _("Wavelengths from {fast} to {slow} tokens; {n} are longer than {context} tokens.")
    with ui.figure():
        ui.plot(
            charts.waves(result, context, chosen, reference),
            key="pos_waves",
            alt=alt.format(fast=fastest, slow=slowest, n=slow, context=count(context)),
            height=430,
            on_click=_choose_pair,
        )
    theta, wavelength = float(result.frequencies[chosen]), float(result.wavelengths[chosen])
    ui.formula(
        rf"\theta_{{{chosen}}}={base:.10g}^{{-{2 * chosen}/{size}}}={_latex(theta)},\qquad"
        rf"\lambda_{{{chosen}}}=\frac{{2\pi}}{{\theta_{{{chosen}}}}}={_latex(wavelength)}"
    )
    ui.note(
        _(
            "Pair {i} needs {wavelength} tokens for one turn, so it completes {turns} turns in the "
            "{context} tokens of the context. Click a pair to choose it."
        ).format(
            i=chosen,
            wavelength=number(wavelength),
            turns=number(float(result.turns[chosen])),
            context=count(context),
        ),
        keep=True,
    )
    ui.facts(
        [
            ui.Fact(_("fastest pair"), fastest, _("tokens per turn")),
            ui.Fact(_("slowest pair"), slowest, _("tokens per turn")),
            ui.Fact(_("less than one turn"), slow, _("pairs: every position has its own angle")),
            ui.Fact(_("slowest pair"), number(float(result.turns[-1])), _("turns in the context")),
        ]
    )


def _latex(x: float) -> str:
    """Return a number with four significant digits for a formula."""
    mantissa, _e, power = f"{x:.3e}".partition("e")
    exponent = int(power)
    if exponent < -4:
        return rf"{mantissa}\cdot10^{{{exponent}}}"
    return f"{x:.{max(0, 3 - exponent)}f}"


def _choose_pair(mark: dict[str, Any]) -> None:
    controls.wave_pair.set(mark.get("x"))
