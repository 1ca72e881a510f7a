"""Compare: two settings side by side, from one prompt and one seed."""

from __future__ import annotations

import streamlit as st

import ui
from charts import sampling as charts
from charts.format import number, probability
from core.sampling import SamplingTrace, sampling_trace, total_variation
from pages.sampling_parts import settings
from pages.sampling_parts.controls import four_sliders, slider, source_and_settings
from pages.sampling_parts.source import Source
from pages.sampling_parts.write import chips, watch
from pages.sampling_parts.writing import Text, begin
from ui import _
from ui.outputs import tokens

PAIR = "sampling_pair"


def draw() -> None:
    """Draw the view."""
    source, params = source_and_settings(mark="A · ")
    four_sliders(("T_b", "k_b", "p_b", "min_p_b"), "B · ")
    left, right = st.columns(2, gap="medium")
    with left:
        _order("order", _("A · Order"))
    with right:
        _order("order_b", _("B · Order"))
    if source is None:
        return
    first = sampling_trace(source.logits, params, source.ids, source.order)
    second = sampling_trace(source.logits, settings.second_params(), source.ids, source.order)
    figure, texts = st.columns([1, 1], gap="large")
    with figure:
        _figure(source, first, second)
    with texts:
        _facts(first, second)
        _texts(source)


def _order(key: str, label: str) -> None:
    names = settings.order_names()
    if key == "order_b":
        del names[settings.FREE]
    ui.choice(label, names, key=key, value=settings.START_ORDER, menu=True)


def _figure(source: Source, first: SamplingTrace, second: SamplingTrace) -> None:
    ids = charts.shown_ids(first, 12)
    labels = source.labels(ids)
    told = [
        f"{label} {probability(a)}, {probability(b)}"
        for label, a, b in zip(
            labels[:3], first.probs[ids].tolist(), second.probs[ids].tolist(), strict=False
        )
    ]
    ui.plot(
        charts.side_by_side(first.probs[ids], second.probs[ids], labels, ("A", "B")),
        key="compare",
        alt=_("Two distributions, A and B. {told}").format(told="; ".join(told)),
        height=470 if len(ids) > 6 else 330,
    )


def _facts(first: SamplingTrace, second: SamplingTrace) -> None:
    ui.facts(
        [
            ui.Fact(
                _("total variation distance"),
                probability(total_variation(first.probs, second.probs)),
                _("share of the probability that lies elsewhere"),
            ),
            ui.Fact(_("A: equal choices"), number(first.effective_choices)),
            ui.Fact(_("B: equal choices"), number(second.effective_choices)),
        ]
    )


def _texts(source: Source) -> None:
    pair: tuple[Text, Text] | None = st.session_state.get(PAIR)

    def write() -> None:
        for text in pair or ():
            text.run.pause()
        st.session_state[PAIR] = tuple(
            begin(source, params) for params in (settings.params(), settings.second_params())
        )

    def stop() -> None:
        for text in pair or ():
            text.run.pause()

    running = pair is not None and any(text.run.running for text in pair)
    left, right = st.columns([1, 1.4], vertical_alignment="bottom")
    with left:
        if running:
            st.button(_("Stop"), key="sampling_stop_both", on_click=stop, icon=":material/stop:")
        else:
            st.button(
                _("Write both"), key="sampling_write_both", on_click=write,
                icon=":material/edit:", type="primary",
            )  # fmt: skip
    with right:
        slider("seed", _("Seed"), 1, help=_("Same seed, same draws."))
    busy = pair is not None and any(text.run.busy for text in pair)
    ui.ticker(busy, key="sampling_tick_both", interval_ms=150)
    if pair is None:
        ui.note(_("Both texts start from the same prompt and draw with the same random numbers."))
        return
    for name, text in zip(("A", "B"), pair, strict=True):
        watch(text)
        ui.note(f"{name} · {text.ending() or _('writing …')}")
        tokens(
            chips(text.source, text.places),
            key=f"sampling_text_{name}",
            label=_("Text {name}").format(name=name),
        )
