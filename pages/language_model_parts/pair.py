"""Two texts against each other: which one the model finds likelier, and where it is decided."""

from __future__ import annotations

import math

import streamlit as st

import ui
from charts import language_model as charts
from charts.format import count, number, probability
from charts.language_model import bits
from core.text_scoring import TextComparison, compare_texts
from pages.language_model_parts import scored, texts
from ui import _, tokens


def draw() -> None:
    """Two texts in; the verdict, the race of their bits, their chips out."""
    left, right = st.columns(2, gap="medium")
    with left:
        a = ui.live_text(_("First text"), texts.FACT, key="lm_a", rows=2)
    with right:
        b = ui.live_text(_("Second text"), texts.LONDON, key="lm_b", rows=2)
    first = scored.first_choice()
    found = scored.score_here(a, b, first=first)
    if len(found) < 2:
        ui.note(_("Two texts of at least one scored token each are needed."))
        return
    one, other = found
    compared = compare_texts(one.chain, other.chain)
    st.markdown(f"#### {_verdict(compared)}")
    _facts(compared)
    words = [[scored.token_label(i) for i in held.chain.ids] for held in (one, other)]
    ui.plot(
        charts.race(compared, (words[0], words[1])),
        key="lm_race",
        alt=_(
            "Bits so far of two texts, token by token: the same for {shared} tokens, in the end "
            "{first} against {second} bits."
        ).format(
            shared=compared.shared,
            first=number(compared.first.bits, 4),
            second=number(compared.second.bits, 4),
        ),
        height=330,
    )
    for name, key, held in (
        (_("First text"), "lm_chips_a", one),
        (_("Second text"), "lm_chips_b", other),
    ):
        ui.note(name)
        tokens(_chips(held), key=key, label=name)


def _verdict(compared: TextComparison) -> str:
    """The ratio in words."""
    difference = compared.difference
    if abs(difference) < 0.005:
        return _("Both texts are equally likely.")
    times = charts.power(abs(difference))
    if difference > 0:
        said = _("The first text is {times} times as likely as the second: {bits} apart.")
    else:
        said = _("The second text is {times} times as likely as the first: {bits} apart.")
    return said.format(times=times, bits=bits(abs(difference)))


def _facts(compared: TextComparison) -> None:
    items = [
        ui.Fact(
            name,
            number(chain.log2_prob, 4),
            _("{bits} bits per character, {tokens} tokens").format(
                bits=number(chain.bits_per_character), tokens=count(len(chain.ids))
            ),
        )
        for name, chain in (
            (_("log₂ p(first)"), compared.first),
            (_("log₂ p(second)"), compared.second),
        )
    ]
    if compared.fork and math.isfinite(compared.fork):
        items += [
            ui.Fact(
                _("difference at the fork"),
                bits(compared.fork),
                _("{p} against {q}").format(
                    p=probability(float(compared.first.probs[compared.shared])),
                    q=probability(float(compared.second.probs[compared.shared])),
                ),
            ),
            ui.Fact(_("difference after it"), bits(compared.rest)),
        ]
    ui.facts(items)


def _chips(one: scored.Scored) -> list[ui.Token]:
    darkest = math.log2(one.chain.vocab_size)
    return [
        ui.Token(
            ui.readable(data),
            bits(came),
            f"{came:.1f}",
            shade=min(1.0, came / darkest),
        )
        for data, came in zip(one.pieces, one.chain.surprisal.tolist(), strict=True)
    ]


def table() -> str:
    """Both texts, token by token, as CSV."""
    rows: list[tuple[object, ...]] = []
    first = ui.get("lm_first", scored.SEPARATOR)
    for name, key, start in (("first", "lm_a", texts.FACT), ("second", "lm_b", texts.LONDON)):
        one = scored.score(ui.get(key, start), first)
        if one is None:
            continue
        rows += [
            (name, place, ui.plain(ui.readable(data)), came, so_far)
            for place, (data, came, so_far) in enumerate(
                zip(
                    one.pieces,
                    one.chain.surprisal.tolist(),
                    one.chain.log2_probs.tolist(),
                    strict=True,
                ),
                start=1,
            )
        ]
    return texts.csv_of(("text", "place", "token", "surprisal_bits", "log2_p_so_far"), rows)
