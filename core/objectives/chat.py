"""Instruction tuning: which tokens of a conversation carry a loss, and the loss of each token."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from core.checks import choice, floating, short
from core.errors import InputError
from core.lm import LanguageModel
from core.objectives.masking import IGNORED, MaskedTokens

START, END = "<|im_start|>", "<|im_end|>"
#: Ways to mark the tokens with a loss: the right one, and three mistakes.
MASKS = ("answer", "no_end", "everything", "nothing")


@dataclass(frozen=True, slots=True)
class ChatLabels:
    """A conversation in the model's template; T tokens.

    Attributes:
        ids: (T,) int64, the tokens.
        labels: (T,) the id of every token with a loss, -100 elsewhere. They are not shifted: the
            prediction of `labels[t]` is row t - 1 of the model's logits.
        text: The conversation as text, template marks included.
    """

    ids: Tensor
    labels: Tensor
    text: str


def chat_labels(messages: Sequence[Mapping[str, str]], model: LanguageModel) -> ChatLabels:
    """Mark the tokens of a conversation that instruction tuning trains on.

    These are the words of the assistant and the end token after them. The template, the system
    message and the user's words have no loss. A template mark inside a message is encoded as
    ordinary text, so that no message can end its turn or open another one.

    Args:
        messages: {"role": "system" | "user" | "assistant", "content": text}, in order; without a
            system message first, the template's own one is added.
        model: Its tokenizer and ChatML template are used.

    Returns:
        For messages without marks, `ids` are those of `chat_text(messages, answer=False)`.

    Raises:
        ValueError: if there is no message, a message lacks role or content, or the model's template
            is not ChatML.

    Example:
        >>> found = chat_labels([{"role": "assistant", "content": "Yes"}], model)
        >>> model.decode(found.labels[found.labels >= 0].tolist())
        'Yes<|im_end|>'

    Source: Ouyang et al. 2022, arXiv:2203.02155, section 3.4; the template is OpenAI's ChatML.
    """
    tokenizer = model.tokenizer
    if isinstance(messages, (str, Mapping)) or not messages:
        raise InputError(
            "messages must be a list of at least one message; got {got}.", got=short(messages)
        )
    for message in messages:
        fields = [message.get(name) for name in ("role", "content")]
        if not all(isinstance(field, str) for field in fields):
            raise InputError(
                "messages must each have a role and a content; got {got}.", got=short(message)
            )
    text = tokenizer.chat_text(messages, answer=False)
    ids = list(model.prefix_ids)
    if messages[0]["role"] != "system":
        ids += tokenizer.backend.encode(
            tokenizer.chat_text([], answer=False), add_special_tokens=False
        ).ids
    labels = [IGNORED] * len(ids)
    plain = tokenizer.plain
    start, end = (model.encode(mark)[-1] for mark in (START, END))
    for message in messages:
        opening = f"{message['role']}\n"
        turn = plain.encode(opening + message["content"], add_special_tokens=False)
        taught = message["role"] == "assistant"
        ids += [start, *turn.ids, end]
        labels += [IGNORED]
        labels += [
            i if taught and stop > len(opening) else IGNORED
            for i, (_first, stop) in zip(turn.ids, turn.offsets, strict=True)
        ]
        labels += [end if taught else IGNORED]
        newline = plain.encode("\n", add_special_tokens=False).ids
        ids += newline
        labels += [IGNORED] * len(newline)
    return ChatLabels(torch.tensor(ids), torch.tensor(labels), text)


def answer_prompt(text: str, model: LanguageModel) -> tuple[int, ...]:
    """Return the tokens after which the model writes its answer to a user's text.

    As in `chat_labels`, a template mark inside the text is ordinary text.

    Raises:
        ValueError: as `chat_labels`.
    """
    found = chat_labels([{"role": "user", "content": text}], model)
    opening = model.tokenizer.plain.encode("assistant\n", add_special_tokens=False).ids
    return (*found.ids.tolist(), model.encode(START)[-1], *opening)


def masked_as(found: ChatLabels, mask: str, end: int) -> Tensor:
    """Return the labels of a conversation with a mask that is right or broken.

    Args:
        found: A conversation.
        mask: "answer" (right); "no_end": the end token is left out; "everything": every token is
            masked; "nothing": every token has a loss.
        end: Id of the end token.

    Returns:
        (T,) labels; -100 where a token has no loss. The first token never has one, because no
        token before it predicts it.

    Raises:
        ValueError: if there is no such mask.
    """
    choice("mask", mask, MASKS)
    labels = found.ids.clone() if mask == "nothing" else found.labels.clone()
    if mask == "no_end":
        labels[found.ids == end] = IGNORED
    if mask == "everything":
        labels[:] = IGNORED
    labels[0] = IGNORED
    return labels


def token_losses(logits: Tensor | Sequence[Sequence[float]], labels: Tensor) -> Tensor:
    """Return the cross-entropy of each token in nats, -ln p(label); 0 where the label is -100.

    Args:
        logits: (T, V), one row per label.
        labels: (T,) token ids, shifted already (row t predicts `labels[t]`), or -100.

    Returns:
        (T,) in the dtype of the logits.

    Raises:
        ValueError: if the shapes do not fit, or a label is neither -100 nor from 0 to V - 1.

    Example:
        >>> token_losses([[0.0, 0.0], [0.0, 0.0]], torch.tensor([1, -100]))
        tensor([0.6931, 0.0000], dtype=torch.float64)

    Source: PyTorch's `cross_entropy` with `reduction="none"` and `ignore_index=-100`.
    """
    rows = floating("logits", logits, min_ndim=2, max_ndim=2)
    wanted = labels if isinstance(labels, Tensor) else torch.tensor(list(labels))
    if tuple(wanted.shape) != (len(rows),) or wanted.is_floating_point():
        raise InputError(
            "labels must hold one whole number for each of the {T} rows of logits; got {got}.",
            T=len(rows),
            got=short(wanted.tolist()),
        )
    kept = wanted != IGNORED
    bad = wanted[kept & ((wanted < 0) | (wanted >= rows.shape[1]))]
    if len(bad):
        raise InputError(
            "labels must be -100 or from 0 to {last}; got {got}.",
            last=rows.shape[1] - 1,
            got=int(bad[0]),
        )
    losses = rows.new_zeros(len(rows))
    if bool(kept.any()):
        chosen = rows[kept]
        picked = chosen.gather(1, wanted[kept].to(torch.int64)[:, None])[:, 0]
        losses = losses.masked_scatter(kept, chosen.logsumexp(1) - picked)
    return losses


def masked_losses(encoder: Callable[[Tensor], Tensor], masked: MaskedTokens) -> Tensor:
    """Return the masked-LM loss of every chosen token in nats; 0 for the other tokens.

    Args:
        encoder: Maps ids (1, T) to logits (1, T, V) of each token itself.
        masked: A text of T tokens; the encoder reads its `inputs`.

    Returns:
        (T,) −ln p(original token), also where the encoder reads a random or the original token.

    Raises:
        ValueError: as `token_losses`.

    Source: Devlin et al. 2018, arXiv:1810.04805, section 3.1.
    """
    with torch.no_grad():
        return token_losses(encoder(masked.inputs[None])[0], masked.labels)


def mean_loss(losses: Tensor, labels: Tensor) -> float:
    """Return the mean over the tokens with a loss; NaN (0/0) if there is none, as in PyTorch."""
    count = int((labels != IGNORED).sum())
    return float(losses[labels != IGNORED].sum()) / count if count else math.nan
