"""One sentence under four masks: what each token attends to, and what a change invalidates."""

from __future__ import annotations

from typing import Any

import charts.architectures as charts
import ui
from core.architectures import SentenceMask, sentence_mask
from core.attention import ARCHITECTURES
from pages.architectures import controls
from ui import _


def results() -> list[SentenceMask]:
    """Return the sentence of two or more words under each architecture, at the current values."""
    T = len(controls.words())
    return [
        sentence_mask(name, T, controls.prefix.value, controls.token.value - 1)
        for name in ARCHITECTURES
    ]


def draw() -> None:
    """Draw the four masks, the clicked cell and what is computed once."""
    words = controls.words()
    if len(words) < 2:
        ui.note(_("Type at least two words."), keep=True)
        return
    found = results()
    counts = ", ".join(f"{charts.architecture_name(r.name)} {r.recomputed}" for r in found)
    with ui.figure():
        ui.plot(
            charts.masks(found, words),
            key="arch_masks",
            alt=_("Four masks. Words to compute again: {counts}.").format(counts=counts),
            height=330,
            least_width=700,
            least_height=330,
            on_click=_choose,
        )
    ui.note(_sentence(found, words), keep=True)
    ui.note(_cell(found, words), keep=True)
    ui.table(
        [_("architecture"), _("a word attends to"), _("computed once"), _("examples")],
        [
            [charts.architecture_name(r.name), *texts]
            for r, texts in zip(found, _pieces(), strict=True)
        ],
    )
    ui.note(
        _(
            "Each row is a word that attends, each column a word that is attended to. Hatched "
            "cells are masked; the dotted line ends the prefix or the source. The results of green "
            "rows are kept; those of gray rows are computed again. The rank of these attention "
            "matrices is on the page “Attention”, view “Rank”."
        )
    )


def _sentence(found: list[SentenceMask], words: list[str]) -> str:
    """Say what the change of the chosen word costs."""
    by_name = {r.name: r for r in found}
    at = found[0].changed
    kept = by_name["decoder"]
    text = _(
        "Word {n}, “{word}”, is new or has changed. The causal decoder keeps the {kept} words "
        "before it and computes {again} of {all} again; the encoder computes all {all} again, "
        "because every word attends to word {n}."
    ).format(n=at + 1, word=words[at], kept=at, again=kept.recomputed, all=len(words))
    prefix = by_name["prefix"]
    where = (
        _("The word is in the prefix, so the prefix decoder and the encoder–decoder compute all "
          "{all} again.")
        if at < prefix.prefix
        else _("The word is behind the prefix, so the prefix decoder and the encoder–decoder "
               "keep all {kept} words before it, too.")
    )  # fmt: skip
    return f"{text} {where.format(all=len(words), kept=at)}"


def _cell(found: list[SentenceMask], words: list[str]) -> str:
    """Say why the clicked cell is allowed or masked."""
    numbers = [int(part) for part in controls.cell.value.split(",") if part.isdecimal()]
    if len(numbers) != 3 or numbers[0] >= len(found) or max(numbers[1:]) >= len(words):
        return _("Click a cell to see why it is allowed.")
    result, row, column = found[numbers[0]], numbers[1], numbers[2]
    name = charts.architecture_name(result.name)
    may = bool(result.allowed[row, column])
    if result.name == "encoder":
        reason = _("an encoder masks no cell")
    elif column < result.prefix:
        inside = row < result.prefix
        if result.name == "prefix":
            reason = _("word {c} is in the prefix, which every word attends to")
        elif inside:
            reason = _("both words are in the source, which the encoder reads in both directions")
        else:
            reason = _("cross-attention: every word of the target attends to the whole source")
    else:
        reason = _("{c} ≤ {r}: no later word") if may else _("{c} > {r}: a later word")
    text = (
        _("{name}: “{query}” (word {r}) attends to “{key}” (word {c}), because {reason}.")
        if may
        else _("{name}: “{query}” (word {r}) does not attend to “{key}” (word {c}): {reason}.")
    )
    return text.format(
        name=name,
        query=words[row],
        key=words[column],
        r=row + 1,
        c=column + 1,
        reason=reason.format(r=row + 1, c=column + 1),
    )


def _pieces() -> list[tuple[str, str, str]]:
    """Return what each architecture attends to and computes once, in the order of the masks."""
    return [
        (
            _("every word"),
            _("nothing: a further word changes every state"),
            "BERT (Devlin et al. 2018)",
        ),
        (
            _("itself and earlier words"),
            _("keys and values of every word that does not change: the KV cache"),
            "GPT-2, Llama, SmolLM2",
        ),
        (
            _("the whole prefix, and itself and earlier words"),
            _("keys and values of the prefix, then those of each further word"),
            "PrefixLM in T5 (Raffel et al. 2019)",
        ),
        (
            _("source: the whole source. Target: the whole source, itself and earlier words"),
            _(
                "the encoder’s output and the keys and values of cross-attention; then keys and "
                "values of each further word"
            ),
            "Transformer (Vaswani et al. 2017), T5",
        ),
    ]


def _choose(mark: dict[str, Any]) -> None:
    """Record the clicked cell as "panel,row,column"."""
    length = len(controls.words())
    x, y = mark.get("x"), mark.get("y")
    if isinstance(x, (int, float)) and isinstance(y, (int, float)):
        place = charts.panel_of(float(x), length)
        if place is not None and 0 <= round(y) < length:
            controls.cell.set(f"{place[0]},{round(y)},{place[1]}")
