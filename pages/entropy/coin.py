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
    heads, tails = information.self_information([p, 1 - p]).tolist()
    ui.formula(_formula(p, heads, tails, height))
    ui.facts(
        [
            ui.Fact(_("entropy"), charts.amount(height), _("average surprisal of a toss")),
            ui.Fact(_("surprisal of heads"), charts.amount(heads), "−log₂ p"),
            ui.Fact(_("surprisal of tails"), charts.amount(tails), "−log₂ (1−p)"),
        ]
    )
    ui.note(
        _(
            "A rare outcome has a high surprisal but a small weight in the average. The average "
            "is largest, 1 bit, for a fair coin, and 0 when one side is certain."
        )
    )


def _formula(p: float, heads: float, tails: float, height: float) -> str:
    """The average with its numbers."""
    terms = [
        rf"{share:.2f} \cdot {number(bits).replace('∞', chr(92) + 'infty')}"
        for share, bits in ((p, heads), (1 - p, tails))
    ]
    limit = r"\quad (0 \cdot \infty = 0)" if height == 0 else ""
    average = r"H(p) = p \cdot (-\log_2 p) + (1-p) \cdot (-\log_2 (1-p))"
    return rf"{average} = {' + '.join(terms)} = {number(height)}{limit}"
