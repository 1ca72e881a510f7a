"""A classifier's loss: the cross-entropy of a target and a softmax."""

from __future__ import annotations

import ui
from charts import entropy as charts
from charts.format import number
from core import information
from pages.entropy import controls
from ui import _


def draw() -> None:
    """Draw target and softmax by class, the loss and its gradient."""
    names = list(controls.truth.names.values())
    result = information.classifier_loss(
        [logit.value for logit in controls.logits.values()],
        list(controls.CLASSES).index(controls.truth.value),
        controls.smoothing.value,
    )
    with ui.figure():
        ui.plot(
            charts.loss(result, names),
            key="ent_loss",
            alt=_("Target and softmax by class; the loss is {n} nats.").format(
                n=number(result.loss)
            ),
            height=420,
        )

    def nats(value: float) -> str:
        return charts.amount(value, result.base)

    ui.facts(
        [
            ui.Fact(_("loss H(p,q)"), nats(result.loss), _("target p, softmax q")),
            ui.Fact("−ln q", nats(result.surprise), _("surprisal of the correct class")),
            ui.Fact("H(p)", nats(result.target_entropy), _("lower bound of the loss")),
            ui.Fact("D(p‖q)", nats(result.kl), _("the part that training can remove")),
        ]
    )
    ui.table(
        [_("class"), _("gradient q − p")],
        [
            [name, number(value, 3)]
            for name, value in zip(names, result.gradient.tolist(), strict=True)
        ],
        numbers=[1],
    )
