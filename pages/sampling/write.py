"""The model continues the prompt token by token; each token shows its alternatives."""

from __future__ import annotations

from typing import Any

import streamlit as st

import ui
from charts import sampling as charts
from charts.format import probability
from pages.sampling import controls, settings
from pages.sampling.source import Source, current_source, in_words
from pages.sampling.writing import Position, Writing, watched, write_button
from ui import _

TEXTS = "sampling_text"
PROMPT_SHOWN = 40  # tokens of the prompt in front of the text, at most


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
        with ui.figure():
            _tokens(text.source, text.chips(), selected)
        if 0 < selected <= len(positions):
            with ui.second_figure():
                _alternatives(text, positions[selected - 1], selected)
        _summary(text, positions)
    source = current_source(show_problems=True)
    if not texts:
        with ui.figure():
            _tokens(source, [], 0)
            words = _("Press Write: the text appears here, colored by each token's probability.")
            ui.note(words, keep=True)


def _tokens(source: Source, written: list[ui.Token], selected: int) -> None:
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
        on_click=click,
    )


def _summary(text: Writing, positions: list[Position]) -> None:
    if not positions:
        ui.note(_("The model is processing the prompt …"))
        return
    unlikely = min(positions, key=lambda position: position.shares)
    before = _("{p} before the filters").format(p=probability(unlikely.shares[0]))
    ui.facts(
        [
            ui.Fact(_("tokens written"), str(len(positions)), text.ending()),
            ui.Fact(_("least likely token"), text.source.label(unlikely.token), before),
        ]
    )
    fields = (*controls.MAIN, "seed")  # of the text: the sliders may have moved since
    used = ", ".join(f"{controls.name(f)} {getattr(text.params, f):g}" for f in fields)
    ui.note(_("Written with {settings}.").format(settings=used))
    ui.note(_("Click a token to see its alternatives."))


def _alternatives(text: Writing, position: Position, n: int) -> None:
    def take(mark: dict[str, Any]) -> None:
        choice = mark.get("point")
        if isinstance(choice, int) and 0 <= choice < len(position.choices):
            st.session_state[TEXTS] = [text.replaced(n - 1, choice)]

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
