"""Three stages: which tokens of one text carry a loss, and how large it is."""

from __future__ import annotations

import math
from collections.abc import Sequence
from functools import lru_cache

import torch
from torch import Tensor

import ui
from charts import objectives as charts
from charts.format import number, probability
from charts.surprisal import surprisal_shade
from core import objectives as core
from pages.objectives import controls, masked, stopping
from ui import _, models


@lru_cache(maxsize=64)
def conversation(question: str, answer: str) -> core.ChatLabels:
    """Return the conversation in the model's template."""
    messages = [{"role": "user", "content": question}, {"role": "assistant", "content": answer}]
    return core.chat_labels(messages, models.language_model())


@lru_cache(maxsize=256)
def shortened(text: str) -> tuple[str, str]:
    """Return the text of the first tokens that are used, and a sentence if some are not."""
    ids, cut = models.encode_limited(text, controls.MOST_TOKENS)
    return (models.language_model().decode(ids) if cut else text), cut


def all_losses(ids: tuple[int, ...]) -> Tensor:
    """Return the model's loss on every token after the first one, (T - 1,), in nats."""
    model = models.language_model()

    def work() -> Tensor:
        return core.token_losses(model.logits(ids[:-1]), torch.tensor(ids[1:]))

    return models.compute(("objectives_losses", ids), work)


def current() -> tuple[core.ChatLabels, Tensor]:
    """Return the conversation and its labels at this stage."""
    texts = [shortened(text.value)[0] for text in (controls.question, controls.answer)]
    found = conversation(*texts)
    mask = controls.mask.value if controls.stage.value == "instruction" else "nothing"
    return found, core.masked_as(found, mask, stopping.end_id())


def draw() -> None:
    """Draw the tokens and the loss of each, then the mean over the tokens with a loss."""
    if controls.stage.value == "masked":
        _draw_masked()
        return
    for text in (controls.question, controls.answer):
        cut = shortened(text.value)[1]
        if cut:
            ui.sentence(cut)
    found, labels = current()
    ids = tuple(found.ids.tolist())
    losses = all_losses(ids)
    names = [ui.plain(models.token(i)) for i in ids]
    at = _figure(names, losses, labels, _chips(ids, labels, losses))
    loss, end = float(losses[at - 1]), stopping.end_probability(ids, losses)
    counts = int(labels[at]) != core.IGNORED
    ui.note(_sentence(found, labels, losses), keep=True)
    ui.formula(
        rf"-\ln p(x_t \mid x_{{<t}}) = -\ln {math.exp(-loss):.4g} = {loss:.4g},"
        rf"\quad w_t = {int(counts)}"
    )
    facts = [
        ui.Fact(
            _("end token after the answer"),
            probability(end),
            _("probability given by the model"),
            _("Measured on this conversation before any further training."),
        )
    ]
    if controls.stage.value == "instruction" and controls.mask.value in stopping.TRAINED:
        facts += [
            ui.Fact(
                _("after {n} steps").format(n=stopping.STEPS),
                probability(stopping.end_after_training(found, controls.mask.value)),
                _("end token, with this mask"),
                _(
                    "Gradient descent with learning rate {rate} on the output matrix alone, on the "
                    "tokens that count. The model itself does not change."
                ).format(rate=stopping.RATE),
            )
        ]
    ui.facts([*_facts(labels, losses, names[at], loss), *facts])
    ui.note(
        _(
            "These are the trained model's losses on this text; each token is predicted from the "
            "tokens before it. The stronger the color, the more surprising the token. Click a "
            "token for its loss."
        )
    )
    ui.model_card()


def _draw_masked() -> None:
    found = masked.current()
    labels, losses = found.tokens.labels, found.losses[1:]
    at = _figure(found.texts, losses, labels, masked.chips(found))
    loss = float(losses[at - 1]) if found.tokens.kinds[at] else None
    ui.note(masked.sentence(found), keep=True)
    ui.formula(
        r"w_t = 0"
        if loss is None
        else rf"-\ln p(x_t \mid \tilde{{x}}) = -\ln {math.exp(-loss):.4g} = {loss:.4g}"
    )
    ui.facts([*_facts(labels, losses, found.texts[at], loss), *masked.facts()])
    if found.dropped:
        ui.sentence(
            _("The first {n} of {all} tokens are used.").format(
                n=len(found.texts), all=len(found.texts) + found.dropped
            )
        )
    ui.note(masked.note())


def _figure(names: Sequence[str], losses: Tensor, labels: Tensor, chips: Sequence[ui.Token]) -> int:
    """Draw the loss of each token over the tokens; return the index of the chosen one."""
    at = min(controls.token.value, len(names)) - 1
    counted = (labels != core.IGNORED).tolist()
    with ui.figure():
        ui.plot(
            charts.losses(losses, counted, names, at),
            key="objectives_losses_plot",
            alt=_("Loss of each token; {n} of {total} tokens count.").format(
                n=sum(counted), total=len(names)
            ),
            height=230,
            least_height=150,
            on_click=lambda mark: controls.token.set(mark["x"]),
        )
        ui.tokens(
            chips,
            key="objectives_chips",
            label=_("The conversation; tokens without a loss are faint"),
            selected=at,
            on_click=lambda index: controls.token.set(index + 1),
        )
    return at


def _facts(labels: Tensor, losses: Tensor, name: str, loss: float | None) -> list[ui.Fact]:
    """Return the number of tokens with a loss, their mean, and the loss of the chosen token."""
    return [
        ui.Fact(
            _("tokens with a loss"),
            f"{int((labels != core.IGNORED).sum())} / {len(labels)}",
            _("the first token has none"),
        ),
        ui.Fact(
            _("mean loss"),
            _("{n} nats").format(n=number(core.mean_loss(losses, labels[1:]))),
            _("of those tokens"),
            _("If no token has a loss, the mean is 0/0, which PyTorch returns as NaN."),
        ),
        ui.Fact(
            _("chosen token"),
            "—" if loss is None else _("{n} nats").format(n=number(loss)),
            name,
            _("The cross-entropy of the token, whether it counts or not."),
        ),
    ]


def _chips(ids: tuple[int, ...], labels: Tensor, losses: Tensor) -> list[ui.Token]:
    size = models.language_model().config.vocab_size
    counted, values = (labels != core.IGNORED).tolist(), [0.0, *losses.tolist()]
    return [
        ui.Token(
            "⏎" if models.token(i) == "\n" else models.token(i),  # without the line break of chips
            _("has a loss") if on else _("no loss"),
            shade=surprisal_shade(value / math.log(2), size) if on else None,
            muted=not on,
            label=models.token(i) == "\n",
        )
        for i, on, value in zip(ids, counted, values, strict=True)
    ]


def _sentence(found: core.ChatLabels, labels: Tensor, losses: Tensor) -> str:
    """Return a sentence on what is learned at this stage, with this mask."""
    stage, mask = controls.stage.value, controls.mask.value
    count = int((labels != core.IGNORED).sum())
    mean = number(core.mean_loss(losses, labels[1:]))
    if stage == "pretraining":
        text = _("In pre-training every token after the first one counts: a mean of {mean} nats.")
    elif mask == "answer":
        text = _(
            "The assistant's words and the end token count: {n} tokens with a mean of {mean} nats."
        )
    elif mask == "no_end":
        text = _(
            "Without the end token {n} tokens count, with a mean of {mean} nats. The loss looks "
            "normal, but {steps} training steps with this mask change the end token's probability "
            "after the answer from {end} to {wrong}; with the correct mask it becomes {right}."
        )
        end = stopping.end_probability(tuple(found.ids.tolist()), losses)
        right, wrong = (stopping.end_after_training(found, name) for name in stopping.TRAINED)
        return text.format(
            n=count,
            mean=mean,
            steps=stopping.STEPS,
            end=probability(end),
            wrong=probability(wrong),
            right=probability(right),
        )
    elif mask == "everything":
        text = _(
            "No token counts: the sum of the losses is 0, the mean is 0/0 (NaN), and there is no "
            "gradient."
        )
    else:
        text = _(
            "With nothing masked {n} tokens count, with a mean of {mean} nats: the model also "
            "learns to write the system message and the user's words."
        )
    return text.format(n=count, mean=mean)


def table() -> ui.Table:
    """Return every token with its loss."""
    if controls.stage.value == "masked":
        found = masked.current()
        names, labels, losses = found.texts, found.tokens.labels, found.losses.tolist()
    else:
        talk, labels = current()
        ids = tuple(talk.ids.tolist())
        names = [ui.plain(models.token(i)) for i in ids]
        losses = [float("nan"), *all_losses(ids).tolist()]
    counted = (labels != core.IGNORED).int().tolist()
    return [_("token"), _("has a loss"), _("loss in nats")], list(
        zip(names, counted, losses, strict=True)
    )
