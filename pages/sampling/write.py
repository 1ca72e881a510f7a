"""The model continues the prompt token by token; each token shows its alternatives."""

from __future__ import annotations

from statistics import fmean
from typing import Any

import streamlit as st

import ui
from charts import sampling as charts
from charts.format import number, probability
from charts.surprisal import surprisal
from pages.sampling import controls, settings
from pages.sampling.source import Source, card, current_source, in_words
from pages.sampling.writing import Position, Writing, watched, write_button
from ui import _

TEXTS = "sampling_text"
PROMPT_SHOWN = 40  # tokens of the prompt in front of the text, at most
OTHERS = 5  # alternatives offered in the popover, at most
NAMED = 3  # tokens that a sentence lists, at most


def buttons() -> None:
    """Draw the buttons that write, stop and continue the text."""
    texts: list[Writing] = st.session_state.get(TEXTS, [])
    with st.container(horizontal=True, gap="small"):
        write_button(TEXTS, _("Write"), lambda: [settings.params()])
        st.button(
            _("Continue"),
            key=f"{TEXTS}_continue",
            on_click=texts[0].run.start if texts else None,
            disabled=not texts or texts[0].run.running or texts[0].run.done,
        )


def draw() -> None:
    """Draw the text, and the alternatives of the selected token."""
    texts = watched(TEXTS)
    for text in texts:
        positions, selected = text.positions, controls.position.value
        selected = selected if selected <= len(positions) else 0
        with ui.figure():
            _tokens(text.source, text.chips(), selected, text)
        if selected:
            with ui.second_figure():
                _alternatives(text, positions[selected - 1], selected)
        _summary(text, positions)
    source = current_source(show_problems=True)
    if not texts:
        with ui.figure():
            _tokens(source, [], 0)
            words = _(
                "Press Write: the text appears here. The stronger a token's color, the higher its "
                "surprisal −log₂ p."
            )
            ui.note(words, keep=True)
    card(source)


def _tokens(
    source: Source, written: list[ui.Token], selected: int, text: Writing | None = None
) -> None:
    prompt = [
        ui.Token(source.token(i), title=_("prompt"), muted=True) for i in source.ids[-PROMPT_SHOWN:]
    ]

    def click(index: int) -> None:
        controls.position.set(max(0, index + 1 - len(prompt)))

    ui.tokens(
        prompt + written,
        key="sampling_chips",
        label=_("The prompt, then the written tokens with their probabilities."),
        selected=len(prompt) + selected - 1 if selected else None,
        detail=_detail(text, selected) if text and selected else None,
        on_click=click,
    )


def _detail(text: Writing, n: int) -> ui.Detail:
    """Return the arithmetic of the selected token, and other tokens to continue with."""
    position = text.positions[n - 1]
    names = (_("before the filters"), _("after the filters"))
    line = _("{when}: p = {p}, −log₂ p = {n} bits")
    others = [i for i, p in enumerate(position.raw) if i != position.taken and p > 0][:OTHERS]
    return ui.Detail(
        [
            _("Token {n}: {token}").format(n=n, token=text.source.label(position.token)),
            *(
                line.format(when=when, p=share, n=number(surprisal(p)))
                for when, share, p in zip(names, position.words, position.shares, strict=True)
            ),
            _("Continue with another token (probability before the filters):"),
        ],
        [
            f"{text.source.label(position.choices[i])} {probability(position.raw[i], 2)}"
            for i in others
        ],
        lambda choice: _take(text, n, others[choice]),
    )


def _take(text: Writing, n: int, choice: int) -> None:
    """Continue the text with another token at position n. Only for callbacks."""
    st.session_state[TEXTS] = [text.replaced(n - 1, choice)]


def _summary(text: Writing, positions: list[Position]) -> None:
    if not positions:
        ui.note(_("The model is processing the prompt …"))
        return
    unlikely = min(positions, key=lambda position: position.shares)
    before = _("{p} before the filters").format(p=unlikely.words[0])
    raw = [surprisal(position.shares[0]) for position in positions]
    half = max(1, len(raw) // 2)
    halves = _("first half {first}, second half {second} bits, before the filters").format(
        first=number(fmean(raw[:half])), second=number(fmean(raw[-half:]))
    )
    ui.facts(
        [
            ui.Fact(_("tokens written"), str(len(positions)), text.ending()),
            ui.Fact(_("least likely token"), text.source.label(unlikely.token), before),
            ui.Fact(
                _("average surprisal"),
                _("{n} bits").format(n=number(fmean(raw))),
                halves,
                _(
                    "The mean of −log₂ p over the written tokens: 0 bits if each has probability "
                    "1, log₂ of the vocabulary size if all tokens are equally likely."
                ),
            ),
        ]
    )
    ui.note(_impossible(text, positions))
    ui.note(text.used())
    ui.note(_("Click a token to see its numbers and alternatives."))


def _impossible(text: Writing, positions: list[Position]) -> str:
    """Return a sentence that lists the tokens of probability 0, which make the average infinite."""
    found = [text.source.label(p.token) for p in positions if p.shares[0] == 0]
    if not found:
        return ""
    listed = ", ".join(f"“{label}”" for label in found[:NAMED])
    if len(found) > NAMED:
        listed += " " + _("and {n} more").format(n=len(found) - NAMED)
    words = _("The average surprisal is infinite, because these tokens have probability 0: {all}.")
    return words.format(all=listed)


def _alternatives(text: Writing, position: Position, n: int) -> None:
    def take(mark: dict[str, Any]) -> None:
        choice = mark.get("point")
        if isinstance(choice, int) and 0 <= choice < len(position.choices):
            _take(text, n, choice)

    words = _("Token {n}: click a bar to continue the text with that token instead.")
    ui.note(words.format(n=n), keep=True)
    labels = [text.source.label(i) for i in position.choices]
    alt = _("Bars: the most likely tokens at this position. {top}")
    ui.plot(
        charts.alternatives(labels, position.raw, position.final, position.taken),
        key="alternatives",
        alt=alt.format(top=in_words(labels, position.raw, position.final)),
        height=360,
        on_click=take,
    )
