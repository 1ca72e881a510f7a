"""Masked language modeling: which tokens BERT chooses, what it reads instead, and the rounding."""

from __future__ import annotations

from functools import lru_cache

import torch

import charts.architectures as charts
import ui
from charts.format import number, probability
from core.architectures.twins import MASK, SPECIAL
from core.objectives import IGNORED, SHARES, MaskedTokens, mask_tokens, masked_count
from pages.architectures import controls
from pages.architectures.models import encode, twins
from ui import _

LONGEST = 64  # tokens, and the end of the x axis
SPECIAL_IDS = tuple(range(len(SPECIAL)))


@lru_cache(64)
def chosen(ids: tuple[int, ...], rate: float, seed: int) -> MaskedTokens:
    """Return the text prepared for masked language modeling."""
    generator = torch.Generator().manual_seed(seed)
    return mask_tokens(ids, twins().config.vocab_size, MASK, generator, rate, SPECIAL_IDS)


def usable(ids: tuple[int, ...]) -> bool:
    """Return whether a text has a token that can be chosen."""
    return any(token not in SPECIAL_IDS for token in ids)


def draw() -> None:
    """Draw the tokens with their replacements, the rounding and the three shares."""
    ids, total = encode(controls.mask_text.value, LONGEST)
    rate = controls.rate.value
    if not usable(ids):
        ui.note(_("Type a text with a word of the vocabulary."), keep=True)
        return
    result = chosen(ids, rate, controls.mask_seed.value)
    count = masked_count(len(ids), rate)
    with ui.figure():
        ui.tokens(_chips(ids, result), key="arch_chips", label=_("Tokens; chosen ones are colored"))
        ui.plot(
            charts.rounding(len(ids), rate, LONGEST),
            key="arch_rounding",
            alt=_("Of {n} tokens, {k} are chosen.").format(n=len(ids), k=count),
            height=250,
        )
    with ui.second_figure():
        ui.plot(
            charts.shares(result),
            key="arch_shares",
            alt=", ".join(f"{charts.kind_name(k)}: {result.count(k)}" for k in SHARES),
            height=170,
        )
    ui.note(_sentence(len(ids), rate, count), keep=True)
    ui.facts(_facts(len(ids), result))
    ui.note(
        _(
            "The model predicts the original token at every chosen place, including the places "
            "where it reads the original token. Since [MASK] never occurs when the model is used, "
            "some chosen tokens are not replaced by it."
        )
    )
    if total > len(ids):
        ui.note(_("The first {n} of {all} tokens are used.").format(n=len(ids), all=total))


def _chips(ids: tuple[int, ...], result: MaskedTokens) -> list[ui.Token]:
    model, chips = twins(), []
    read = result.inputs.tolist()
    for place, (original, kind) in enumerate(zip(ids, result.kinds, strict=True)):
        word = model.token_text(original)
        if not kind:
            chips.append(ui.Token(word, muted=True))
            continue
        title = _("{kind}; to predict: {word}").format(kind=charts.kind_name(kind), word=word)
        chips.append(
            ui.Token(model.token_text(read[place]), title, word, color=charts.COLORS[kind])
        )
    return chips


def _sentence(length: int, rate: float, count: int) -> str:
    """Say how the number of chosen tokens follows from the rate."""
    product = rate * length
    text = _("{rate} of {n} tokens is {product}, so {k} are chosen.").format(
        rate=probability(rate), n=length, product=f"{product:g}", k=count
    )
    if product % 1 == 0.5 and product > 0.5:
        text += " " + _("Python rounds a half to the even number: {product} becomes {k}.").format(
            product=f"{product:g}", k=count
        )
    elif count > round(product):
        text += " " + _("At least one token is always chosen.")
    return text


def _facts(length: int, result: MaskedTokens) -> list[ui.Fact]:
    count = int((result.labels != IGNORED).sum())
    found = [ui.Fact(_("chosen tokens"), f"{count} ∕ {length}", probability(count / length))]
    for kind, share in SHARES.items():
        expected = number(share * count, 2)
        found.append(
            ui.Fact(
                charts.kind_name(kind),
                str(result.count(kind)),
                _("expected: {share} of {n} = {k}").format(
                    share=probability(share), n=count, k=expected
                ),
            )
        )
    return found
