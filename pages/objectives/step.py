"""One gradient step on the model's output matrix, and its side effect on another prompt."""

from __future__ import annotations

import math
from dataclasses import dataclass

from torch import Tensor

import ui
from charts import objectives as charts
from charts.format import number, probability
from core import objectives as core
from core.information import self_information
from pages.objectives import controls
from ui import _, models

SHOWN = 4


@dataclass(frozen=True, slots=True)
class Prediction:
    """A prompt's hidden state (D,), logits and probabilities (V,), the tokens that are shown."""

    hidden: Tensor
    logits: Tensor
    probs: Tensor
    shown: tuple[int, ...]


def prediction(text: str, target: int) -> Prediction:
    """Return the model's prediction after a text."""
    model = models.language_model()
    ids = tuple(models.encode_limited(text, 64, "last")[0]) or (model.start_id,)

    def work() -> Prediction:
        final = model.trace(ids, layers=[], keep=[]).final[-1].clone()
        logits = model.unembed(final)
        top = [i for i in logits.topk(SHOWN + 1).indices.tolist() if i != target][:SHOWN]
        return Prediction(final, logits, logits.softmax(0), (target, *top))

    return models.compute(("objectives_step", ids, target), work)


def target_id() -> int:
    """Return the target token."""
    ids, _cut = models.encode_limited(controls.target.value, 1)
    return ids[0] if ids else models.language_model().start_id


def current() -> tuple[list[Prediction], list[Tensor], list[Tensor]]:
    """Return both prompts' predictions and their probabilities before and after the step."""
    target = target_id()
    found = [prediction(text.value, target) for text in (controls.trained, controls.other)]
    rate = controls.rate.value / 1000
    trained = found[0]
    before = [one.probs for one in found]
    after = [
        core.step_logits(
            trained.logits, trained.hidden, target, rate, (one.logits, one.hidden)
        ).softmax(0)
        for one in found
    ]
    return found, before, after


def draw() -> None:
    """Draw the next-token distribution of both prompts before and after the step."""
    found, before, after = current()
    target = found[0].shown[0]
    name = ui.plain(models.token(target))
    places = ((ui.figure, "objectives_step_plot"), (ui.second_figure, "objectives_side_plot"))
    titles = (_("after the trained prompt"), _("after another prompt"))
    for (place, key), title, one, old, new in zip(
        places, titles, found, before, after, strict=True
    ):
        shown = list(one.shown)
        with place():
            ui.plot(
                charts.before_and_after(
                    old[shown], new[shown], [ui.plain(models.token(i)) for i in shown], title
                ),
                key=key,
                alt=_("The probability of “{token}” changes from {before} to {after}.").format(
                    token=name,
                    before=probability(float(old[target])),
                    after=probability(float(new[target])),
                ),
                height=360,
            )
    values = [(float(p[target]), float(q[target])) for p, q in zip(before, after, strict=True)]
    (p, q), (r, s) = values
    text = _(
        "After the trained prompt the probability of “{token}” changes from {p} to {q}, and after "
        "the other prompt from {r} to {s}."
    )
    texts = {name: probability(v) for name, v in (("p", p), ("q", q), ("r", r), ("s", s))}
    ui.note(text.format(token=name, **texts), keep=True)
    dot, square = (float(found[0].hidden @ one.hidden) for one in (found[1], found[0]))
    rate = controls.rate.value / 1000
    ui.formula(
        r"\Delta z' = -\eta\,(h \cdot h')\,(p - y):\quad "
        rf"\Delta z'_y = {rate:g} \cdot {dot:.0f} \cdot (1 - {p:.4f}) = "
        rf"{rate * dot * (1 - p):.3f}"
    )
    before_loss, after_loss = self_information([p, q], base=math.e).tolist()
    ui.facts(
        [
            ui.Fact(
                _("loss before"),
                _("{n} nats").format(n=number(before_loss)),
                _("of the target after the trained prompt"),
            ),
            ui.Fact(_("loss after"), _("{n} nats").format(n=number(after_loss))),
            ui.Fact(
                _("similarity of the prompts"),
                number(dot / square),
                "h · h′ / h · h",
                _("The step moves the other prompt's logits by this factor."),
            ),
        ]
    )
    ui.note(
        _(
            "One step of gradient descent on the output matrix alone; all other weights stay. The "
            "page computes the new logits without writing to the weights, so the model itself does "
            "not change."
        )
    )
    ui.model_card()


def table() -> ui.Table:
    """Return the shown tokens with their probabilities before and after the step."""
    found, before, after = current()
    rows = [
        (prompt, ui.plain(models.token(i)), float(p[i]), float(q[i]))
        for prompt, (one, p, q) in enumerate(zip(found, before, after, strict=True), 1)
        for i in one.shown
    ]
    return [_("prompt"), _("token"), _("before the step"), _("after the step")], rows
