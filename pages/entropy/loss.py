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
    chosen = controls.chosen_class.value
    with ui.figure():
        ui.plot(
            charts.loss(result, names, chosen),
            key="ent_loss",
            alt=_("Target and softmax by class; the loss is {n} nats.").format(
                n=number(result.loss)
            ),
            height=420,
            on_click=lambda mark: controls.chosen_class.set(mark["point"]),
        )

    def nats(value: float) -> str:
        return charts.amount(value, result.base)

    ui.note(_arithmetic(result, names, chosen), keep=True)
    ui.facts(
        [
            ui.Fact(_("loss H(p,q)"), nats(result.loss), _("target p, softmax q")),
            ui.Fact("−ln q", nats(result.surprise), _("surprisal of the correct class")),
            ui.Fact("H(p)", nats(result.target_entropy), _("lower bound of the loss")),
            ui.Fact("D(p‖q)", nats(result.kl), _("the part that training can remove")),
        ]
    )
    ui.table(
        [
            _("class"),
            _("target p"),
            _("softmax q"),
            _("p·(−ln q), nats"),
            _("gradient q − p, nats per unit of the logit"),
        ],
        [
            ui.Row([name, *(number(value) for value in values)], "marked" if i == chosen else "")
            for i, (name, *values) in enumerate(zip(names, *_columns(result), strict=True))
        ],
        numbers=[1, 2, 3, 4],
    )


def _columns(result: information.ClassifierLoss) -> list[list[float]]:
    columns = (result.target, result.probs, result.pointwise, result.gradient)
    return [column.tolist() for column in columns]


def _arithmetic(result: information.ClassifierLoss, names: list[str], chosen: int) -> str:
    """The clicked class's part of the loss and its gradient, with the numbers."""
    p, q, term, slope = (column[chosen] for column in _columns(result))
    return _(
        "{name}: its term of the loss is p·(−ln q) = {p}·(−ln {q}) = {term} of {loss} nats. The "
        "gradient of its logit is q − p = {q} − {p} = {slope}, so gradient descent {direction} "
        "this logit. Click another class."
    ).format(
        name=names[chosen],
        p=number(p),
        q=number(q, 4),
        term=number(term),
        loss=number(result.loss),
        slope=number(slope),
        direction=_("raises") if slope < 0 else _("lowers"),
    )
