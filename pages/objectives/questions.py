"""Experiments of the page on training objectives, each with a question to answer first."""

from __future__ import annotations

import math

import ui
from charts.format import number, probability
from core import objectives as core
from pages.objectives import controls, dpo, group, policy, stages, step, stopping
from ui import _, models

LOWER = -30.0


def experiments() -> list[ui.Experiment]:
    """Return the page's experiments."""
    return [
        ui.Experiment(
            _("Forget the end token"),
            _("Switch the loss mask between “correct” and “end token left out”."),
            ui.state("stages", mask="no_end"),
            ui.Question(
                _("The mask of instruction tuning leaves out the end token. The mean loss …"),
                [
                    _("rises by more than 1 nat"),
                    _("falls by more than 1 nat"),
                    _("changes by less than 1 nat"),
                ],
                _no_end,
                ui.state("stages"),
            ),
        ),
        ui.Experiment(
            _("Hack the reward"),
            _("Raise β again: at a large β the policy stays close to the reference."),
            ui.state("policy", beta=0.1),
            ui.Question(
                _(
                    "A faulty reward model gives “ Paris” 1 and “ London” 2. Before training, "
                    "“ Paris” is far more likely. β falls from 1 to 0.1. The policy's most likely "
                    "token …"
                ),
                [_("stays “ Paris”"), _("becomes “ London”"), _("is a tie of both")],
                _hacked,
                ui.state("policy"),
            ),
        ),
        ui.Experiment(
            _("Be wrong by a wide margin"),
            _(
                "Write two answers, prefer the shorter one and raise w: the loss keeps growing, "
                "and the gradient on the rewards stays below 1."
            ),
            ui.state("preference", weight=0.0),
            ui.Question(
                _(
                    "A reward model prefers the wrong answer with a gap of −2. For another pair "
                    "its gap is −4. Compared with the first pair, the gradient on the rewards of "
                    "the second is …"
                ),
                [_("about half as large"), _("about the same"), _("about twice as large")],
                _saturated,
                ui.state("preference", weight=0.0),
            ),
        ),
        ui.Experiment(
            _("Lower both answers"),
            _("Both bars fall together, and the points on the curves stay where they are."),
            ui.state("dpo", both=LOWER),
            ui.Question(
                _(
                    "During DPO, the log-probabilities of the chosen and of the rejected answer "
                    "both fall by 30 nats. The loss …"
                ),
                [_("rises"), _("falls"), _("stays the same")],
                _lowered,
                ui.state("dpo"),
            ),
        ),
        ui.Experiment(
            _("Answer everything correctly"),
            _("Step the number of correct answers down from 8 to 0."),
            ui.state("group", right=8),
            ui.Question(
                _(
                    "GRPO samples 8 answers to one question, and all 8 are correct. Each answer "
                    "is …"
                ),
                [
                    _("reinforced more than when 4 are correct"),
                    _("reinforced as much as when 4 are correct"),
                    _("not reinforced at all"),
                ],
                _all_right,
                ui.state("group", right=4),
            ),
        ),
        ui.Experiment(
            _("Teach one fact"),
            _("Raise the learning rate further, until “ Paris” wins after both prompts."),
            ui.state("step", rate=10.0),
            ui.Question(
                _(
                    "One gradient step makes “ Paris” more likely after “The capital of France "
                    "is”. After “The capital of Germany is”, the probability of “ Paris” …"
                ),
                [_("rises too"), _("stays the same"), _("falls")],
                _side_effect,
                ui.state("step", rate=0.0),
            ),
        ),
    ]


def _no_end() -> tuple[int, str]:
    found, _labels = stages.current()
    losses = stages.all_losses(tuple(found.ids.tolist()))
    before, after = (
        core.mean_loss(losses, core.masked_as(found, mask, stopping.end_id())[1:])
        for mask in ("answer", "no_end")
    )
    change = after - before
    why = _(
        "The mean loss changes from {before} to {after} nats. The loss curve does not show the "
        "mistake, but the model is never trained to stop."
    )
    index = 0 if change > 1 else 1 if change < -1 else 2
    return index, why.format(before=number(before), after=number(after))


def _hacked() -> tuple[int, str]:
    p, rewards = policy.current()
    found = core.tilted_policy(p, rewards, controls.beta.value)
    names = [ui.plain(models.token(i)) for i in controls.candidates()]
    order = found.probs.argsort(descending=True).tolist()
    top, other = order[:2]
    why = _(
        "“{top}” now has {p} and “{other}” {q}: the factor exp(r/β) outweighs the reference, in "
        "which “{top}” had {before}."
    )
    tie = abs(float(found.probs[top] - found.probs[other])) < 1e-6
    return 2 if tie else 0 if top == int(max(range(len(p)), key=p.__getitem__)) else 1, why.format(
        top=names[top],
        other=names[other],
        p=probability(float(found.probs[top])),
        q=probability(float(found.probs[other])),
        before=probability(p[top]),
    )


def _saturated() -> tuple[int, str]:
    near, far = (core.preference_loss(gap, 0.0) for gap in (-2.0, -4.0))
    ratio = far.gradient / near.gradient
    why = _(
        "The size of the gradient is σ(−gap): {near} at −2 and {far} at −4, a factor of {ratio}. "
        "The losses are {a} and {b} nats. Unlike a squared error, the loss grows linearly."
    )
    index = 0 if ratio < 0.7 else 1 if ratio < 1.4 else 2
    return index, why.format(
        near=number(-near.gradient),
        far=number(-far.gradient),
        ratio=number(ratio),
        a=number(near.loss),
        b=number(far.loss),
    )


def _lowered() -> tuple[int, str]:
    values, found = dpo.current()
    both = controls.both.value
    before = core.dpo_loss(
        values[0] - both, values[1] - both, values[2], values[3], beta=controls.dpo_beta.value
    )
    change = found.loss - before.loss
    why = _(
        "The loss was {before} and is {after}: only the difference of the two log-ratios counts. "
        "The probability of the chosen answer fell by a factor of {factor}."
    )
    return 2 if abs(change) < 1e-9 else 0 if change > 0 else 1, why.format(
        before=number(before.loss), after=number(found.loss), factor=number(math.exp(-both))
    )


def _all_right() -> tuple[int, str]:
    right, size, found = group.current()
    half = group.advantages(size // 2, size)
    now, then = float(found[0]), float(half[0])
    why = _(
        "With {k} of {n} correct, the advantage of a correct answer is {now}; with {half} correct "
        "it is {then}. GRPO compares the answers within a group, so a group with equal rewards "
        "gives no signal."
    )
    index = 2 if now == 0 else 0 if now > then else 1
    return index, why.format(k=right, n=size, now=number(now), half=size // 2, then=number(then))


def _side_effect() -> tuple[int, str]:
    found, before, after = step.current()
    target = found[0].shown[0]
    p, q = float(before[1][target]), float(after[1][target])
    why = _(
        "It changes from {p} to {q}. The hidden states of the two prompts are similar (h · h′ is "
        "{share} of h · h), and both are multiplied by the same output matrix."
    )
    h, other = found[0].hidden, found[1].hidden
    share = float(h @ other) / float(h @ h)
    index = 0 if q > p else 2 if q < p else 1
    return index, why.format(p=probability(p), q=probability(q), share=probability(share))
