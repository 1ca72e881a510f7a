"""A sentence and a picture through the channel, without and with a code."""

from __future__ import annotations

from functools import lru_cache

import torch
from torch import Tensor

import ui
from charts import coding as charts
from charts.format import count, number, probability
from core.coding import (
    Transmission,
    codeword_bits,
    read_characters,
    sample_picture,
    send_bits,
    text_bits,
)
from pages.coding import controls
from ui import _


@lru_cache(maxsize=32)
def _noise(bits: int, seed: int) -> Tensor:
    """Return noise for a message under any code. Read-only."""
    longest = max(map(codeword_bits, controls.CODE_NAMES))
    return torch.rand(longest * bits + longest, generator=torch.Generator().manual_seed(seed))


@lru_cache(maxsize=1)
def _picture() -> Tensor:
    return sample_picture()


def sent(bits: Tensor, code: str) -> Transmission:
    """Send bits over the channel that the controls describe."""
    levels = _noise(len(bits), controls.message_seed.value)
    return send_bits(bits, code, controls.message_flip.value, levels)


def draw() -> None:
    """Draw the picture and the sentence as sent, as received, and as decoded."""
    picture, code = _picture(), controls.message_code.value
    plain, coded = (sent(picture.flatten(), name) for name in ("none", code))
    name = controls.code.names[code]
    wrong = [int(item.wrong.sum()) for item in (plain, coded)]
    with ui.figure():
        ui.plot(
            charts.pictures(
                picture,
                [item.decoded.reshape(picture.shape) for item in (plain, coded)],
                [_("sent"), controls.code.names["none"], name],
                controls.marked.value,
            ),
            key="coding_picture",
            alt=_("A picture of {n} pixels; {a} are wrong without a code, {b} with {name}.").format(
                n=count(picture.numel()), a=count(wrong[0]), b=count(wrong[1]), name=name
            ),
            height=270,
            least_height=140,
        )
    ui.note(_happens(plain, coded, wrong, name), keep=True)
    _sentence(code, name)
    ui.facts(
        [
            ui.Fact(
                _("pixels wrong, no code"),
                count(wrong[0]),
                probability(wrong[0] / picture.numel()),
            ),
            ui.Fact(
                _("pixels wrong, {name}").format(name=name),
                count(wrong[1]),
                probability(wrong[1] / picture.numel()),
            ),
            ui.Fact(
                _("bits sent, no code"),
                count(plain.uses),
                _("{n} of them inverted").format(n=count(plain.flipped)),
            ),
            ui.Fact(
                _("bits sent, {name}").format(name=name),
                count(coded.uses),
                _("{n} of them inverted").format(n=count(coded.flipped)),
            ),
            ui.Fact(
                _("capacity C"),
                number(plain.run.capacity),
                _("rate R = {r}").format(r=number(coded.run.rate)),
            ),
        ]
    )
    ui.note(
        _(
            "A larger f inverts the same bits and more: the noise is drawn once, from the seed. "
            "A character of UTF-8 text has 8 to 32 bits, and one wrong bit makes it another "
            "character or no character at all (�). The picture has one bit per pixel, so that "
            "each wrong bit is one wrong pixel."
        )
    )


def _happens(plain: Transmission, coded: Transmission, wrong: list[int], name: str) -> str:
    times = number(coded.uses / plain.uses)
    text = _(
        "{name} sends {times} times as many bits. The channel inverts {flips} of them, and after "
        "decoding {after} of {all} pixels are wrong, instead of {before} without a code."
    ).format(
        name=name,
        times=times,
        flips=count(coded.flipped),
        after=count(wrong[1]),
        all=count(len(plain.bits)),
        before=count(wrong[0]),
    )
    if wrong[1] > wrong[0]:
        text += " " + _("Here the code does harm.")
    return text


def _sentence(code: str, name: str) -> None:
    """Draw the sentence without and with the code; wrong characters are marked."""
    text = controls.sentence.value
    if not text:
        ui.note(_("Type a sentence to send it, too."), keep=True)
        return
    bits = text_bits(text)
    for label, key in ((_("Without a code"), "none"), (name, code)):
        read = read_characters(text, sent(bits, key).decoded)
        wrong = sum(a != b for a, b in zip(text, read, strict=True))
        ui.note(
            _("{label}: {wrong} of {n} characters are wrong.").format(
                label=label, wrong=wrong, n=len(text)
            ),
            keep=True,
        )
        ui.tokens(
            _chips(text, read),
            key=f"coding_read_{'plain' if key == 'none' else 'coded'}",
            label=_("The sentence, {label}").format(label=label),
        )


def _chips(text: str, read: tuple[str, ...]) -> list[ui.Token]:
    """Return one chip per run of correct characters, and one per wrong character."""
    chips: list[ui.Token] = []
    run = ""
    color = "@negative" if controls.marked.value else ""
    for before, after in zip(text, read, strict=True):
        if before == after:
            run += after
            continue
        if run:
            chips.append(ui.Token(run))
            run = ""
        chips.append(ui.Token(after, color=color, title=_("sent: {c}").format(c=ui.plain(before))))
    return [*chips, ui.Token(run)] if run else chips
