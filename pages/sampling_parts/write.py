"""Write: the model goes on from the prompt, token by token, and every token can be questioned."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import streamlit as st

import ui
from charts import sampling as charts
from charts.format import probability
from core.sampling import SamplingParams
from pages.sampling_parts import settings
from pages.sampling_parts.controls import source_and_settings
from pages.sampling_parts.source import Source
from pages.sampling_parts.writing import Place, Text, begin
from ui import _, tokens

TEXT = "sampling_text"
CHOSEN = "sampling_chosen"
PROMPT_SHOWN = 40  # of the prompt's tokens, the last ones


def draw() -> None:
    """Draw the view."""
    source, params = source_and_settings()
    text: Text | None = st.session_state.get(TEXT)
    _buttons(source, params, text)
    text = st.session_state.get(TEXT)
    ui.ticker(text is not None and text.run.busy, key="sampling_tick", interval_ms=120)
    if text is None:
        ui.note(_("The text appears here, colored by the probability of each token."))
        return
    watch(text)
    chosen = st.session_state.get(CHOSEN)
    places = text.places
    before = text.source.ids[-PROMPT_SHOWN:]

    def click(index: int) -> None:
        place = index - len(before)
        st.session_state[CHOSEN] = place if place >= 0 else None

    tokens(
        prompt_chips(text.source, before) + chips(text.source, places),
        key="sampling_chips",
        label=_("The prompt, then what was written; the number is the token's probability."),
        selected=None if chosen is None else chosen + len(before),
        on_click=click,
    )
    if chosen is None or chosen >= len(places):
        _summary(text, places)
        return
    left, right = st.columns([1.6, 1], gap="large")
    with left:
        _place(text, places[chosen], chosen)
    with right:
        _summary(text, places)


def watch(text: Text) -> None:
    """Tell the run that somebody looks, and put it back in the queue if that was full."""
    if text.run.running:
        text.run.start()
    text.run.look()


def _buttons(source: Source | None, params: SamplingParams, text: Text | None) -> None:
    def write() -> None:
        if source is not None:
            if text is not None:
                text.run.pause()
            st.session_state[TEXT] = begin(source, params)
            st.session_state[CHOSEN] = None

    def go_on() -> None:
        if text is not None:
            text.run.start()

    running = text is not None and text.run.running
    with st.container(horizontal=True, gap="small", vertical_alignment="center"):
        if running:
            st.button(
                _("Stop"), key="sampling_stop", on_click=text.run.pause, icon=":material/stop:"
            )
        else:
            st.button(
                _("Write"), key="sampling_write", on_click=write, disabled=source is None,
                icon=":material/edit:", type="primary",
            )  # fmt: skip
        can_go_on = text is not None and not running and not text.run.done
        st.button(_("Go on"), key="sampling_go_on", on_click=go_on, disabled=not can_go_on)
        st.button(
            _("Another seed"), key="sampling_reseed", on_click=_reseed, icon=":material/casino:"
        )
        ui.note(_("seed {seed}").format(seed=settings.value("seed")))


def _reseed() -> None:
    ui.set_state({"seed": (int(settings.value("seed")) + 1) % (int(settings.most("seed")) + 1)})


def prompt_chips(source: Source, ids: Sequence[int]) -> list[ui.Token]:
    """The prompt's last tokens, stepping back."""
    return [ui.Token(source.token(i), title=_("prompt"), muted=True) for i in ids]


def chips(source: Source, places: Sequence[Place]) -> list[ui.Token]:
    """The written tokens, colored by their probability after the filters."""
    return [
        ui.Token(
            source.token(place.token),
            title=_("{final} after the filters, {raw} by the model").format(
                final=probability(place.prob), raw=probability(place.raw_prob)
            ),
            note=_("by hand") if place.by_hand else probability(place.prob, 2),
            shade=place.prob,
        )
        for place in places
    ]


def _summary(text: Text, places: Sequence[Place]) -> None:
    if not places:
        ui.note(_("The model reads the prompt …"))
        return
    unlikely = min(places, key=lambda place: place.raw_prob)
    ui.facts(
        [
            ui.Fact(_("tokens written"), str(len(places)), text.ending()),
            ui.Fact(
                _("least likely for the model"),
                text.source.label(unlikely.token),
                probability(unlikely.raw_prob),
            ),
        ]
    )
    hint = _("Click a token to see what else stood there.")
    ui.note(_written_with(text) + (f" {hint}" if st.session_state.get(CHOSEN) is None else ""))


def _written_with(text: Text) -> str:
    """The settings that the text was begun with; the sliders may have moved since."""
    used = text.params
    return _("Written with T {t}, top-k {k}, top-p {p}, min-p {m}, seed {seed}.").format(
        t=f"{used.temperature:g}",
        k=used.top_k or _("off"),
        p=f"{used.top_p:g}",
        m=f"{used.min_p:g}",
        seed=used.seed,
    )


def _place(text: Text, place: Place, index: int) -> None:
    labels = text.source.labels(place.choices)
    taken = place.choices.index(place.token)

    def take(mark: dict[str, Any]) -> None:
        choice = mark.get("point")
        if isinstance(choice, int) and 0 <= choice < len(place.choices):
            st.session_state[TEXT] = text.taking(index, choice)

    ui.note(
        _("Place {n}: what else stood there. Click a bar to take that token and go on.").format(
            n=index + 1
        )
    )
    best = ", ".join(
        f"{label} {probability(p)}" for label, p in zip(labels[:3], place.raw[:3], strict=True)
    )
    ui.plot(
        charts.alternatives(labels, place.raw, place.final, taken),
        key="alternatives",
        alt=_("Bars: the likeliest tokens at this place. {best}").format(best=best),
        height=320,
        on_click=take,
    )
