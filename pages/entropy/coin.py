"""The entropy of a coin."""

from __future__ import annotations

import ui
from charts import entropy as charts
from charts.format import number
from core import information
from pages.entropy import controls
from ui import _


def draw() -> None:
    """Draw the entropy of a coin over the probability of heads."""
    p = controls.heads.value
    height = information.binary_entropy(p)
    with ui.figure():
        ui.plot(
            charts.binary_curve(information.binary_entropy_curve(201), p, height),
            key="ent_curve",
            alt=_("The entropy of a coin with p = {p} is {h} bits.").format(p=p, h=number(height)),
            height=420,
        )
    bits = _("{n} bits")
    heads, tails = (
        bits.format(n=number(n)) for n in information.self_information([p, 1 - p]).tolist()
    )
    ui.facts(
        [
            ui.Fact(_("entropy"), bits.format(n=number(height)), _("average surprisal of a toss")),
            ui.Fact(_("surprisal of heads"), heads, "−log₂ p"),
            ui.Fact(_("surprisal of tails"), tails, "−log₂ (1−p)"),
        ]
    )
