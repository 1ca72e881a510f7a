"""Two texts: which one is more likely under the model, and which token decides."""

from __future__ import annotations

import math

import streamlit as st

import ui
from charts import language_model as charts
from charts.format import number, probability
from charts.language_model import bits
from core.text_comparison import TextComparison, compare_texts
from core.text_scoring import ChainRule
from pages.language_model import controls, scored
from ui import _


def draw() -> None:
    """Draw the running bits of both texts, their ratio, and their tokens."""
    a, b = (
        scored.score(text.value, controls.first_token.value)
        for text in (controls.text_a, controls.text_b)
    )
    compared = compare_texts(a.chain, b.chain)
    with ui.figure():
        st.markdown(f"#### {_ratio(compared)}")
        labels = [[scored.label(i) for i in text.chain.ids] for text in (a, b)]
        ui.plot(
            charts.running_bits(compared, (labels[0], labels[1])),
            key="lm_race",
            alt=_(
                "Running sum of bits of two texts: equal for {shared} tokens; the totals are "
                "{first} and {second} bits."
            ).format(
                shared=compared.shared,
                first=number(compared.first.bits, 4),
                second=number(compared.second.bits, 4),
            ),
            height=400,
            on_click=lambda mark: controls.place.set(round(mark["x"])),
        )
    longest = max(len(text.chain.ids) for text in (a, b))
    place = min(controls.place.value or compared.shared + 1, longest)
    ui.note(_step(compared, place - 1), keep=True)
    _facts(compared)
    for name, key, text in (
        (_("First text"), "lm_chips_a", a),
        (_("Second text"), "lm_chips_b", b),
    ):
        if text.notice:
            ui.sentence(text.notice)
        ui.note(name, keep=True)
        ui.tokens(
            scored.chips(text.chain),
            key=key,
            label=name,
            selected=place - 1 if place <= len(text.chain.ids) else None,
            on_click=lambda chip: controls.place.set(chip + 1),
        )
    ui.model_card()


def _ratio(compared: TextComparison) -> str:
    """The ratio of the probabilities in words."""
    difference = compared.difference
    if abs(difference) < 0.005:
        return _("Both texts are equally likely.")
    first = _("The first text is {times} times as likely as the second, a difference of {bits}.")
    second = _("The second text is {times} times as likely as the first, a difference of {bits}.")
    return (first if difference > 0 else second).format(
        times=charts.power_of_two(abs(difference)), bits=bits(abs(difference))
    )


def _step(compared: TextComparison, position: int) -> str:
    """The arithmetic of the tokens at one position of both texts."""
    chains = {_("first text"): compared.first, _("second text"): compared.second}
    tokens = [
        _("“{token}” in the {text}: −log₂ {p} = {bits}").format(
            token=scored.label(chain.ids[position]),
            text=name,
            p=number(float(chain.probs[position]), 4),
            bits=bits(float(chain.surprisal[position])),
        )
        for name, chain in chains.items()
        if position < len(chain.ids)
    ]
    if len(tokens) < 2:
        ended = next(name for name, chain in chains.items() if position >= len(chain.ids))
        tokens.append(_("the {text} has ended").format(text=ended))
        return _("Token {n}: {tokens}.").format(n=position + 1, tokens="; ".join(tokens))
    here, so_far = compared.difference_at(position)
    return _(
        "Token {n}: {tokens}. Second minus first: {here} at this token, {so_far} up to it. Click a "
        "token to compare another position."
    ).format(n=position + 1, tokens="; ".join(tokens), here=bits(here), so_far=bits(so_far))


def _facts(compared: TextComparison) -> None:
    total_help = _("Without its minus sign, the information of the text in bits.")

    def total(name: str, chain: ChainRule) -> ui.Fact:
        per_character = _("{n} bits per character").format(n=number(chain.bits_per_character))
        return ui.Fact(name, number(chain.log2_prob, 4), per_character, total_help)

    first, second = compared.first, compared.second
    items = [total(_("log₂ p(first)"), first), total(_("log₂ p(second)"), second)]
    if compared.fork and math.isfinite(compared.fork):
        p, q = (probability(float(chain.probs[compared.shared])) for chain in (first, second))
        name = _("difference at token {n}").format(n=compared.shared + 1)
        items.append(ui.Fact(name, bits(compared.fork), _("{p} versus {q}").format(p=p, q=q)))
        items.append(ui.Fact(_("difference after it"), bits(compared.rest)))
    ui.facts(items)
