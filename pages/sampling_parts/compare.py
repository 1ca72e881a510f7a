"""Compare: two settings side by side, from one prompt and one seed."""

from __future__ import annotations

import streamlit as st

import ui
from charts import sampling as charts
from charts.format import number, probability
from core.sampling import SamplingParams, SamplingTrace, sampling_trace, total_variation
from pages.sampling_parts import settings
from pages.sampling_parts.controls import four_sliders, slider, source_and_settings
from pages.sampling_parts.source import Source
from pages.sampling_parts.write import chips, watch
from pages.sampling_parts.writing import Text, begin
from ui import _, tokens

PAIR = "sampling_pair"
Pair = tuple[Text, Text]


def draw() -> None:
    """Draw the view."""
    source, params = source_and_settings(mark="A · ")
    four_sliders(("T_b", "k_b", "p_b", "min_p_b"), "B · ")
    columns = st.columns([1, 1, 0.8, 0.6], gap="medium", vertical_alignment="bottom")
    with columns[0]:
        _order("order", _("A · Order"))
    with columns[1]:
        _order("order_b", _("B · Order"))
    with columns[2]:
        slider("seed", _("Seed"), 1, help=_("Same seed, same draws."))
    pair: Pair | None = st.session_state.get(PAIR)
    with columns[3]:
        _button(source, params, pair)
    if source is None:
        return
    first = sampling_trace(source.logits, params, source.ids, source.order)
    second = sampling_trace(source.logits, settings.second_params(), source.ids, source.order)
    figure, texts = st.columns([1, 1], gap="large")
    with figure:
        _figure(source, first, second)
    with texts:
        _facts(first, second)
        _texts(st.session_state.get(PAIR))


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


def _button(source: Source | None, params: SamplingParams, pair: Pair | None) -> None:
    def stop() -> None:
        for text in pair or ():
            text.run.pause()

    def write() -> None:
        stop()
        if source is not None:
            second = settings.second_params()
            st.session_state[PAIR] = (begin(source, params), begin(source, second))

    if pair is not None and any(text.run.running for text in pair):
        st.button(_("Stop"), key="sampling_stop_both", on_click=stop, icon=":material/stop:")
        return
    st.button(
        _("Write both"), key="sampling_write_both", on_click=write, disabled=source is None,
        icon=":material/edit:", type="primary",
    )  # fmt: skip


def _texts(pair: Pair | None) -> None:
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
