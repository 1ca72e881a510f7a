"""Source coding: Huffman's tree merge by merge, its code table, and a text encoded with it."""

from __future__ import annotations

import math
from typing import Any

import ui
from charts import coding as charts
from charts.format import bits, count, number, probability
from core.coding import HuffmanCode
from core.information import self_information
from pages.coding import controls, source
from pages.coding.source import Coded
from ui import _

SHOWN = 60  # characters of the text that are drawn with their codes


def draw() -> None:
    """Draw the tree up to the current merge, the average length, and the encoded text."""
    coded, cut = source.current()
    placed = coded.placed
    found = placed.found
    made = controls.merge.within(placed.merges + 1)
    selected = min(controls.row.value, len(placed.rows) - 1)
    with ui.figure():
        controls.merge.draw(placed.merges + 1)
        ui.plot(
            charts.tree(placed, made, selected),
            key="coding_tree",
            alt=_(
                "Huffman tree after {n} of {all} merges; the average length so far is {length}, "
                "H is {h}. {codes}."
            ).format(
                n=count(found.skipped + made),
                all=count(found.skipped + placed.merges),
                length=bits(placed.average_so_far(made)),
                h=bits(found.entropy),
                codes="; ".join(f"{row.label} {row.code}" for row in placed.rows[:5]),
            ),
            height=470,
            on_click=_choose,
        )
    ui.note(_step(coded, made), keep=True)
    ui.facts(_facts(coded))
    ui.note(_row(coded, selected), keep=True)
    if coded.text and coded.code:
        _text(coded, coded.code)
    if cut:
        ui.sentence(cut)


def _facts(coded: Coded) -> list[ui.Fact]:
    found = coded.placed.found
    facts = [
        ui.Fact(_("entropy H"), bits(found.entropy), _("per symbol")),
        ui.Fact(
            _("average length L"),
            bits(found.average_length),
            _("{share} of it is entropy").format(
                share=probability(found.entropy / found.average_length)
            ),
            help=_("The sum of p × code length over all symbols; H ≤ L < H + 1."),
        ),
    ]
    if coded.text:
        raw = 8 * len(coded.text.encode("utf-8", "replace"))
        facts += [
            ui.Fact(_("Huffman code"), bits_of(len(coded.bits)), _("without the code table")),
            ui.Fact("UTF-8", bits_of(raw), _("the same text")),
            ui.Fact(
                _("decoded"),
                _("the same text") if coded.decoded == coded.text else _("another text"),
                _("{n} symbols").format(n=count(len(coded.decoded))),
            ),
        ]
    else:
        shown = sum(row.symbols == 1 for row in coded.placed.rows)
        note = _("{n} of them have a row of their own").format(n=count(shown))
        facts.append(ui.Fact(_("symbols"), count(sum(found.members)), note))
    return facts


def bits_of(n: int) -> str:
    """Return a whole number of bits."""
    return _("{n} bits").format(n=count(n))


def _step(coded: Coded, made: int) -> str:
    """Say what the current merge does."""
    placed, found = coded.placed, coded.placed.found
    if not placed.merges:
        return _(
            "There is one symbol. Its entropy is 0 bits, but its code still has one bit: a code "
            "of no bits would not say how often the symbol occurs. Here, and only here, L = H + 1."
        )
    if made == 0:
        if found.skipped:
            return _(
                "The {n} merges of the rarest symbols are already made; each such subtree is one "
                "row. The remaining merges are drawn."
            ).format(n=count(found.skipped))
        return _("No merge is made yet: every symbol is a tree of its own. Step forward.")
    step = found.top.steps[made - 1]
    total = math.fsum(found.top.weights.values())
    text = _(
        "Merge {n} of {all}: the two lightest trees, {low} and {high}, become one of {sum}. The "
        "lighter one gets the bit 0. Every symbol below gets one bit more, so L grows by {sum}."
    ).format(
        n=count(found.skipped + made),
        all=count(found.skipped + placed.merges),
        low=number(step.left_weight / total, 4),
        high=number(step.right_weight / total, 4),
        sum=number(step.weight / total, 4),
    )
    if made == placed.merges:
        return f"{text} " + _("One tree is left: the code is complete.")
    return f"{text} " + _("{n} trees are left.").format(n=placed.merges - made + 1)


def _row(coded: Coded, selected: int) -> str:
    """Write the arithmetic of the selected row."""
    row = coded.placed.rows[selected]
    if row.symbols > 1:
        return _("{label}: {n} symbols of {p} together; their codes begin with {code}").format(
            label=row.label, n=count(row.symbols), p=probability(row.share), code=row.code
        )
    surprisal = float(self_information([row.share])[0])
    return _(
        "“{symbol}”: p = {p}, so −log₂ p = {ideal}. Its code {code} has {n} bits and adds p × {n} "
        "= {part} bits to L. Click a symbol or a merge in the figure."
    ).format(
        symbol=row.label,
        p=probability(row.share),
        ideal=bits(surprisal),
        code=row.code,
        n=len(row.code),
        part=number(row.share * len(row.code)),
    )


def _text(coded: Coded, code: HuffmanCode) -> None:
    """Draw the beginning of the text, each character with its code."""
    chips = [ui.Token(c, note=code.codes[c]) for c in coded.text[:SHOWN]]
    ui.link(
        _("The arithmetic code of the same text, under the language model"),
        "language_model",
        ui.state("packing", text=coded.text),
        key="coding_to_packing",
    )
    ui.tokens(chips, key="coding_chips", label=_("The text and the code of each character"))
    if len(coded.text) > SHOWN:
        ui.note(
            _("The first {n} of {all} characters; all of them are encoded.").format(
                n=SHOWN, all=count(len(coded.text))
            )
        )


def _choose(mark: dict[str, Any]) -> None:
    """Select a symbol's row, or go to the clicked merge."""
    row, merge = mark["data"]
    if row >= 0:
        controls.row.set(row)
    elif merge >= 0:
        controls.merge.set(merge + 1)
