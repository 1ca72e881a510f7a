"""Masked language modeling: the loss of the project's own small encoder on each chosen token."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cache, lru_cache

import torch
from torch import Tensor

import ui
from charts.format import number
from core import objectives as core
from core.architectures.twins import CLS, MASK, SPECIAL, Twins, load_twins
from pages.objectives import controls
from ui import _

SPECIAL_IDS = tuple(range(len(SPECIAL)))


@dataclass(frozen=True, slots=True, eq=False)
class Masked:
    """A text of T tokens as the encoder reads it, with its losses.

    Attributes:
        texts: T texts of the original tokens, [CLS] first.
        read: T texts of the tokens that the encoder reads.
        tokens: The masking.
        losses: (T,) nats; 0 for tokens that are not chosen.
        dropped: Number of tokens beyond the context.
    """

    texts: tuple[str, ...]
    read: tuple[str, ...]
    tokens: core.MaskedTokens
    losses: Tensor
    dropped: int


@cache
def twins() -> Twins:
    """Return the encoder and its causal twin; an error is not cached."""
    return load_twins()


@lru_cache(maxsize=64)
def masked(question: str, answer: str, seed: int) -> Masked:
    """Return a conversation without its template, masked; cached, read-only."""
    model = twins()
    every = [CLS, *model.tokenizer.encode(f"{question} {answer}"[:20_000]).ids]
    ids = every[: model.config.context]
    if all(i in SPECIAL_IDS for i in ids):
        raise ui.Notice(_("Type a text with a word of the vocabulary."))
    generator = torch.Generator().manual_seed(seed)
    found = core.mask_tokens(ids, model.config.vocab_size, MASK, generator, special_ids=SPECIAL_IDS)
    texts, read = (tuple(model.token_text(i) for i in row) for row in (ids, found.inputs.tolist()))
    losses = core.masked_losses(model.encoder, found)
    return Masked(texts, read, found, losses, len(every) - len(ids))


def current() -> Masked:
    """Return the visitor's conversation, masked."""
    return masked(controls.question.value, controls.answer.value, controls.seed.value)


def chips(found: Masked) -> list[ui.Token]:
    """Return what the encoder reads; under a chosen token, what becomes of it."""
    names = {"mask": _("mask"), "random": _("random"), "kept": _("kept")}
    return [
        ui.Token(
            read,
            _("to predict: {word}").format(word=word) if kind else _("no loss"),
            f"{word} · {names[kind]}" if kind else "",
            color="@kept" if kind else "",
            muted=not kind,
        )
        for read, word, kind in zip(found.read, found.texts, found.tokens.kinds, strict=True)
    ]


def sentence(found: Masked) -> str:
    """Return which tokens are chosen, and what the encoder's loss on them is."""
    kinds = found.tokens.kinds
    text = _(
        "Masked language modeling chooses {n} tokens (15 % of {total}, rounded): {mask} become "
        "[MASK], {random} become a random token, {kept} stay. The encoder reads both sides of a "
        "gap; its loss on the chosen tokens is {mean} nats on average."
    )
    return text.format(
        n=len(kinds) - kinds.count(""),
        total=len(kinds),
        mean=number(core.mean_loss(found.losses, found.tokens.labels)),
        **{kind: kinds.count(kind) for kind in ("mask", "random", "kept")},
    )


def facts() -> list[ui.Fact]:
    """Return what the encoder's losses are to be compared with."""
    record, size = twins().record, twins().config.vocab_size
    return [
        ui.Fact(
            _("held-out text"),
            _("{n} nats").format(n=number(record["results"]["encoder"]["bits"] * math.log(2))),
            _("mean of {n} gaps").format(n=record["gaps"]),
            _("Measured after training on a part of the same book that was held out."),
        ),
        ui.Fact(_("uniform guess"), _("{n} nats").format(n=number(math.log(size))), f"ln {size:,}"),
    ]


def note() -> str:
    """Return which model these losses are from."""
    return _(
        "These losses are from the project's own encoder of {n} parameters, trained on chapters of "
        "the King James Bible (see data/bert). The causal language model has no masked-LM loss: it "
        "reads from left to right and has no [MASK]. The encoder reads the conversation without "
        "its template."
    ).format(n=f"{twins().record['parameters']:,}")
