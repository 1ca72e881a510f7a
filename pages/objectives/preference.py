"""Reward model: two answers of the model, the visitor's preference, and the Bradley–Terry loss."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache

import torch

import ui
from charts import objectives as charts
from charts.format import number, probability
from core import objectives as core
from core.sampling import SamplingParams
from pages.objectives import controls
from pages.objectives.stages import shortened
from ui import _, models

NAMES = ("A", "B")
TEMPERATURE = 0.7
GAPS = tuple(0.2 * i - controls.PREFERENCES for i in range(10 * controls.PREFERENCES + 1))


@dataclass(frozen=True, slots=True)
class Written:
    """One token of an answer: which answer, the token, its ln p, and why the answer ends there."""

    answer: int
    token: int
    log_prob: float
    finished: str | None


def run() -> ui.Run:
    """Return this visitor's run, which writes both answers token by token."""
    text, seed = shortened(controls.asked.value)[0], controls.answers_seed.value
    settings = SamplingParams(temperature=TEMPERATURE, max_tokens=controls.LONGEST_ANSWER)

    def make() -> Iterator[Written]:
        model = models.language_model()
        prompt = core.answer_prompt(text, model)
        generator = torch.Generator().manual_seed(seed)
        for answer in range(len(NAMES)):
            for step in model.generate(prompt, settings, generator):
                log_prob = math.log(max(step.raw_prob, 1e-30))
                yield Written(answer, step.token_id, log_prob, step.finished)

    return ui.run_of(
        "objectives_pair",
        (text, seed),
        make,
        lambda tokens: next(tokens, None),
        limit=2 * controls.LONGEST_ANSWER + 1,
        worker=models.worker(),
    )


@cache
def curve() -> tuple[core.PreferenceLoss, ...]:
    """Return the loss for every gap of the figure."""
    return tuple(core.preference_loss(gap, 0.0) for gap in GAPS)


def answers() -> list[list[Written]]:
    """Return the tokens of both answers so far."""
    frames: list[Written] = run().frames
    return [[one for one in frames if one.answer == i] for i in range(len(NAMES))]


def current() -> tuple[list[float], core.WeightGradient] | None:
    """Return the features (preferred answer first) and the loss; None until both answers end."""
    both = answers()
    if not all(answer and answer[-1].finished for answer in both):
        return None
    if controls.preferred.value == "b":
        both.reverse()
    kind = controls.feature.value
    features = [core.answer_feature(kind, [one.log_prob for one in answer]) for answer in both]
    return features, core.weight_gradient(controls.weight.value, *features)


def draw() -> None:
    """Draw the loss over the reward gap beside the two answers."""
    writing, found = run(), current()
    cut = shortened(controls.asked.value)[1]
    if cut:
        ui.sentence(cut)
    pair = found[1].pair if found else None
    with ui.figure():
        ui.plot(
            charts.preference(curve(), pair),
            key="objectives_preference_plot",
            alt=_("Gap {gap}, probability {p}, loss {loss} nats.").format(
                gap=number(pair.gap), p=probability(pair.probability), loss=number(pair.loss)
            )
            if pair
            else _("Loss, probability and gradient for every gap of the rewards."),
            height=360,
        )
    with ui.second_figure():
        ui.run_controls(writing, key="objectives_pair", start_label=_("Write two answers"))
        for i, answer in enumerate(answers()):
            _answer(i, answer, found)
    if found is None:
        ui.note(
            _("The model is writing …")
            if writing.busy
            else _(
                "Press “Write two answers”: the model answers the prompt twice. Then choose the "
                "answer that you prefer."
            ),
            keep=True,
        )
    else:
        _numbers(*found)
    ui.note(
        _(
            "The reward here is a stand-in: w times one feature of the answer. A real reward model "
            "is a transformer with one output, trained with the same loss on many pairs. The "
            "length is in tens of tokens; ln p is the model's own, at temperature 1. The answers "
            "are sampled at temperature {t} and end after {n} tokens at the latest."
        ).format(t=TEMPERATURE, n=controls.LONGEST_ANSWER)
    )
    ui.model_card()


def _answer(
    i: int, answer: list[Written], found: tuple[list[float], core.WeightGradient] | None
) -> None:
    """Draw one answer as chips; a click prefers it."""
    name = "ab"[i]
    liked = controls.preferred.value == name
    head = _("Answer {name}").format(name=NAMES[i])
    if found:
        reward = found[1].rewards[0 if liked else 1]
        head = _("{answer}: reward {r}").format(answer=head, r=number(reward))
        head += " · " + (_("preferred") if liked else _("rejected"))
    ui.note(head, keep=True)
    ui.tokens(
        [
            ui.Token(
                models.token(one.token),
                _("ln p = {n}").format(n=number(one.log_prob)),
                color="@kept" if liked else "",
            )
            for one in answer
        ],
        key=f"objectives_answer_{name}",
        label=_("Answer {name}").format(name=NAMES[i]),
        on_click=lambda _index: controls.preferred.set(name),
    )


def _numbers(features: list[float], found: core.WeightGradient) -> None:
    """Write the sentence, the formula and the facts of the current pair."""
    pair, w = found.pair, controls.weight.value
    ui.note(_sentence(found), keep=True)
    chosen, rejected = features
    ui.formula(
        rf"\mathrm{{gap}} = {w:.3g}\,[{chosen:.3f} - ({rejected:.3f})] = {pair.gap:.3f},\quad "
        rf"-\ln\sigma({pair.gap:.3f}) = {pair.loss:.3f}"
    )
    ui.formula(
        rf"\frac{{\partial\,\mathrm{{loss}}}}{{\partial w}} = -\sigma({-pair.gap:.3f})\,"
        rf"[{chosen:.3f} - ({rejected:.3f})] = {found.gradient:.3f}"
    )
    ui.facts(
        [
            ui.Fact(
                _("reward gap"),
                number(pair.gap),
                f"{number(found.rewards[0])} − ({number(found.rewards[1])})",
            ),
            ui.Fact(_("probability"), probability(pair.probability), "σ(gap)"),
            ui.Fact(_("loss"), _("{n} nats").format(n=number(pair.loss)), "−ln σ(gap)"),
            ui.Fact(
                _("gradient on the rewards"),
                number(pair.gradient),
                _("preferred answer; the other one has {n}").format(n=number(-pair.gradient)),
            ),
            ui.Fact(_("gradient on w"), number(found.gradient), "∂loss/∂w"),
        ]
    )


def _sentence(found: core.WeightGradient) -> str:
    pair = found.pair
    mine = NAMES["ab".index(controls.preferred.value)]
    text = _(
        "You prefer answer {mine}. The reward model gives this preference probability {p}, so the "
        "loss is {loss} nats."
    ).format(mine=mine, p=probability(pair.probability), loss=number(pair.loss))
    if found.gradient == 0:
        return text + " " + _("Both answers have the same feature, so w gets no gradient.")
    change = (
        _("A gradient step lowers w, because the preferred answer has the smaller feature.")
        if found.gradient > 0
        else _("A gradient step raises w, because the preferred answer has the larger feature.")
    )
    return f"{text} {change}"


def table() -> ui.Table:
    """Return the curves of the figure."""
    head = [_("reward gap"), _("probability"), _("loss"), _("gradient on the rewards")]
    return head, [(f.gap, f.probability, f.loss, f.gradient) for f in curve()]
