"""Three stages: which tokens of one text carry a loss, and how large it is."""

from __future__ import annotations

import math
from functools import lru_cache

import torch
from torch import Tensor

import ui
from charts import objectives as charts
from charts.format import number
from charts.surprisal import surprisal_shade
from core import objectives as core
from pages.objectives import controls
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


def end_id() -> int:
    """Return the id of the token that ends a turn."""
    return models.language_model().encode("<|im_end|>")[-1]


@lru_cache(maxsize=64)
def chosen(found: tuple[int, ...], seed: int) -> core.MaskedTokens:
    """Return the tokens that masked language modeling chooses; special tokens are left alone."""
    tokenizer = models.language_model().tokenizer
    generator = torch.Generator().manual_seed(seed)
    special = sorted(tokenizer.special_ids())
    mask_id = models.language_model().start_id  # a stand-in: this vocabulary has no [MASK]
    return core.mask_tokens(
        found, tokenizer.size, mask_id, generator, special_ids=[*special, mask_id]
    )


def current() -> tuple[core.ChatLabels, Tensor, tuple[str, ...]]:
    """Return the conversation, its labels at this stage, and what masking does to each token."""
    texts = [shortened(text.value)[0] for text in (controls.question, controls.answer)]
    found = conversation(*texts)
    kinds = ("",) * len(found.ids)
    stage = controls.stage.value
    if stage == "masked":
        masked = chosen(tuple(found.ids.tolist()), controls.seed.value)
        return found, masked.labels, masked.kinds
    mask = controls.mask.value if stage == "instruction" else "nothing"
    return found, core.masked_as(found, mask, end_id()), kinds


def draw() -> None:
    """Draw the tokens and the loss of each, then the mean over the tokens with a loss."""
    for text in (controls.question, controls.answer):
        cut = shortened(text.value)[1]
        if cut:
            ui.sentence(cut)
    found, labels, kinds = current()
    ids = tuple(found.ids.tolist())
    losses = all_losses(ids)
    at = min(controls.token.value, len(ids)) - 1
    counted = (labels != core.IGNORED).tolist()
    masked = controls.stage.value == "masked"
    mean = core.mean_loss(losses, labels[1:])
    names = [ui.plain(models.token(i)) for i in ids]
    with ui.figure():
        ui.plot(
            charts.losses(losses, counted, names, at, known=not masked),
            key="objectives_losses_plot",
            alt=_("Loss of each token; {n} of {total} tokens count.").format(
                n=sum(counted), total=len(ids)
            ),
            height=230,
            least_height=150,
            on_click=lambda mark: controls.token.set(mark["x"]),
        )
        ui.tokens(
            _chips(ids, counted, kinds, losses),
            key="objectives_chips",
            label=_("The conversation; tokens without a loss are faint"),
            selected=at,
            on_click=lambda index: controls.token.set(index + 1),
        )
    ui.note(_sentence(labels, losses, kinds), keep=True)
    ui.formula(_formula(float(losses[max(at - 1, 0)]), counted[at] and not masked))
    ui.facts(
        [
            ui.Fact(
                _("tokens with a loss"),
                f"{sum(counted)} / {len(ids)}",
                _("the first token has none: nothing predicts it"),
            ),
            ui.Fact(
                _("mean loss"),
                "—" if masked else _("{n} nats").format(n=number(mean)),
                _("of those tokens"),
                _("If no token has a loss, the mean is 0/0, which PyTorch returns as NaN."),
            ),
            ui.Fact(
                _("chosen token"),
                _("{n} nats").format(n=number(float(losses[at - 1]))),
                names[at],
                _("The cross-entropy of the token, whether it counts or not."),
            ),
        ]
    )
    ui.note(
        _(
            "These are the trained model's losses on this text; each token is predicted from the "
            "tokens before it. The stronger the color, the more surprising the token. Click a "
            "token for its loss."
        )
    )
    ui.model_card()


def _chips(
    ids: tuple[int, ...], counted: list[bool], kinds: tuple[str, ...], losses: Tensor
) -> list[ui.Token]:
    masked = controls.stage.value == "masked"
    notes = {"": "", "mask": _("mask"), "random": _("random"), "kept": _("kept")}
    values = [0.0, *losses.tolist()]
    size = models.language_model().config.vocab_size
    return [
        ui.Token(
            "⏎" if models.token(i) == "\n" else models.token(i),  # without the line break of chips
            _("has a loss") if on else _("no loss"),
            notes[kind] if masked else "",
            shade=surprisal_shade(value / math.log(2), size) if on and not masked else None,
            color="@kept" if on and masked else "",
            muted=not on,
            label=models.token(i) == "\n",
        )
        for i, on, kind, value in zip(ids, counted, kinds, values, strict=True)
    ]


def _formula(loss: float, counts: bool) -> str:
    text = rf"-\ln p(x_t \mid x_{{<t}}) = -\ln {math.exp(-loss):.4g} = {loss:.4g}"
    weight = 1 if counts else 0
    return text if controls.stage.value == "masked" else rf"{text},\quad w_t = {weight}"


def _sentence(labels: Tensor, losses: Tensor, kinds: tuple[str, ...]) -> str:
    """Return a sentence on what is learned at this stage, with this mask."""
    stage, mask = controls.stage.value, controls.mask.value
    count = int((labels != core.IGNORED).sum())
    if stage == "masked":
        return _(
            "Masked language modeling chooses {n} tokens, 15 % of {total}: {mask} become [MASK], "
            "{random} become a random token, {kept} stay. This model reads from left to right and "
            "has no [MASK], so it has no loss for this stage."
        ).format(
            n=count,
            total=len(kinds),
            **{kind: kinds.count(kind) for kind in ("mask", "random", "kept")},
        )
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
            "normal, but nothing teaches the model to stop."
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
    found, labels, _kinds = current()
    ids = tuple(found.ids.tolist())
    losses = [float("nan"), *all_losses(ids).tolist()]
    return [_("token"), _("has a loss"), _("loss in nats")], [
        (ui.plain(models.token(i)), int(label != core.IGNORED), loss)
        for i, label, loss in zip(ids, labels.tolist(), losses, strict=True)
    ]
