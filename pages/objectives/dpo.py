"""DPO: the loss of one pair of answers, its gradient weight, and what it does not see."""

from __future__ import annotations

from functools import cache

import ui
from charts import objectives as charts
from charts.format import number
from core import objectives as core
from pages.objectives import controls
from ui import _

MARGINS = tuple(-6 + 0.2 * i for i in range(61))


@cache
def curve() -> tuple[core.DPOLoss, ...]:
    """Return the loss for every margin of the figure."""
    return tuple(core.dpo_loss(m, 0, 0, 0, beta=1) for m in MARGINS)


def current() -> tuple[tuple[float, float, float, float], core.DPOLoss]:
    """Return the four log-probabilities and the loss."""
    both = controls.both.value
    values = (
        controls.policy_chosen.value + both,
        controls.policy_rejected.value + both,
        controls.reference_chosen.value,
        controls.reference_rejected.value,
    )
    return values, core.dpo_loss(*values, beta=controls.dpo_beta.value)


def draw() -> None:
    """Draw loss and gradient weight over the margin, beside the four log-probabilities."""
    values, found = current()
    with ui.figure():
        ui.plot(
            charts.dpo(curve(), found),
            key="objectives_dpo_plot",
            alt=_("Margin {margin}, loss {loss}, gradient weight {weight}.").format(
                margin=number(found.margin),
                loss=number(found.loss),
                weight=number(found.gradient_weight),
            ),
            height=360,
        )
    with ui.second_figure():
        ui.plot(
            charts.answers(values),
            key="objectives_answers",
            alt=_("Log-probabilities of both answers, before and after training."),
            height=360,
        )
    ui.note(_sentence(values, found), keep=True)
    c, r, ref_c, ref_r = values
    ui.formula(
        r"m = \beta\,\Big[\ln\frac{\pi_c}{\pi_{\mathrm{ref},c}} - "
        r"\ln\frac{\pi_r}{\pi_{\mathrm{ref},r}}\Big] = "
        rf"{controls.dpo_beta.value:g}\,[{c - ref_c:g} - ({r - ref_r:g})] = {found.margin:.3f}"
    )
    ui.facts(
        [
            ui.Fact(_("margin m"), number(found.margin), _("difference of the implicit rewards")),
            ui.Fact(_("loss"), number(found.loss), "−ln σ(m)"),
            ui.Fact(
                _("gradient weight"),
                number(found.gradient_weight),
                "σ(−m)",
                _("Both log-probabilities receive this weight times β, with opposite signs."),
            ),
        ]
    )
    ui.note(
        _(
            "The log-probabilities are those of whole answers, in nats. π is the policy in "
            "training, π_ref the fixed reference."
        )
    )


def _sentence(values: tuple[float, float, float, float], found: core.DPOLoss) -> str:
    chosen, rejected = values[0] - values[2], values[1] - values[3]
    if chosen < 0 and rejected < 0:
        text = _(
            "Both answers are less likely than under the reference: the chosen one by {chosen} "
            "nats, the rejected one by {rejected}. The loss of {loss} depends only on the "
            "difference, so it does not show this."
        )
        return text.format(
            chosen=number(-chosen), rejected=number(-rejected), loss=number(found.loss)
        )
    text = _(
        "Compared with the reference, the chosen answer's log-probability changes by {chosen} nats "
        "and the rejected one's by {rejected}. The policy prefers the chosen answer with "
        "probability {p}."
    )
    return text.format(
        chosen=number(chosen),
        rejected=number(rejected),
        p=number(core.preference_probability(found.margin, 0.0)),
    )


def table() -> ui.Table:
    """Return the current pair."""
    values, found = current()
    names = ["ln π(chosen)", "ln π(rejected)", "ln π_ref(chosen)", "ln π_ref(rejected)"]
    head = [*names, _("margin m"), _("loss"), _("gradient weight")]
    return head, [(*values, found.margin, found.loss, found.gradient_weight)]
