"""Ablation: the prediction of the next token with the outputs of some heads set to 0."""

from __future__ import annotations

import charts.attention as charts
import ui
from charts.format import number, probability
from core.attention import PredictionShift
from pages.attention import controls, readings
from pages.attention.named_heads import Head, name_of, parse, problem
from pages.attention.readings import Text
from ui import _

MOST_NAMED = 6  # heads that a sentence lists


def draw(text: Text, chosen: int | None) -> None:
    """Draw the predictions before and after the ablation."""
    sizes = readings.sizes(readings.DECODER)
    heads, unknown = parse(controls.ablated.value, sizes)
    trouble = problem(_("Ablated heads"), unknown, sizes)
    if not heads:
        ui.note(trouble, keep=True)
        return
    ids = text.ids if chosen is None else text.ids[: chosen + 1]
    shift = readings.ablation(ids, frozenset(heads))
    names = [readings.token_name(i) for i in shift.ids]
    said = _sentence(shift, names, heads, text.words[len(ids) - 1])
    ui.plot(charts.dumbbells(shift, names), key="att_ablation", alt=said, height=300)
    ui.note(f"{said} {trouble}".strip(), keep=True)
    ui.facts(
        [
            ui.Fact(
                _("KL divergence"),
                _("{n} bits").format(n=number(shift.kl)),
                _("over the whole vocabulary"),
                help=_(
                    "Average number of extra bits per token if the intact model's tokens are "
                    "encoded with the code of the ablated model."
                ),
            ),
            ui.Fact(
                _("entropy of the prediction"),
                _("{n} bits").format(n=number(shift.entropy_after)),
                _("{n} bits with all heads").format(n=number(shift.entropy_before)),
            ),
        ]
    )


def _sentence(shift: PredictionShift, names: list[str], heads: list[Head], last: str) -> str:
    top = int(shift.before.argmax())
    listed = ", ".join(map(name_of, heads[:MOST_NAMED]))
    return _(
        "After “{last}”: without {heads}, the probability of “{token}” changes from {before} to "
        "{after}."
    ).format(
        last=last,
        heads=listed + ("" if len(heads) <= MOST_NAMED else f", … ({len(heads)})"),
        token=names[top],
        before=_percent(float(shift.before[top])),
        after=_percent(float(shift.after[top])),
    )


def _percent(p: float) -> str:
    """Return a probability in percent; only an exact 0 or 1 is written as such."""
    if 0 < p < 1e-4:
        return "< 0.01 %"
    return "> 99.9 %" if 0.9995 <= p < 1 else probability(p)
