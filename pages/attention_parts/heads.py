"""Real heads: a wall of all of them, one large, and what they look at, measured."""

from __future__ import annotations

from typing import Any

import streamlit as st
from torch import Tensor

import charts.attention as charts
import ui
from charts.format import count, number
from pages.attention_parts import readings, wall
from pages.attention_parts.readings import DECODER, ENCODER, Reading, Text
from ui import _, tokens

TEXT = "When Mary and John went to the store, John gave a drink to Mary."
HEIGHT = 440  # pixels of the heatmap: with the words under it, what a laptop shows at once
STRIP = 160  # up to here the tokens are drawn as chips
START = (17, 4)  # looks at what followed the earlier “John”


def draw() -> None:
    """The text, the wall, the chosen head."""
    which, text, measure = _text()
    if not text.ids:
        ui.note(_("Type a sentence."))
        return
    if text.notice:
        ui.sentence(text.notice)
    reading = readings.read(which, text.ids)
    # The wall and the chosen head side by side: a click shows at once.
    small, large = st.columns(_widths(which), gap="medium")
    with large:
        layer, head, token, form = _controls(reading, text)
        weights = reading.head_weights(layer, head)
        chosen = token - 1 if token else None
        _head(text, weights, reading, layer, head, form, chosen)
        _facts(reading, layer, head)
    with small:
        wall.best(reading, measure)
        wall.draw(reading, measure, layer, head)
    _strip(text, weights, chosen)


def _widths(which: str) -> list[int]:
    if which == ENCODER:
        return [8, 7]  # twelve heads in a row
    return [3, 5] if ui.presenting() else [2, 3]


def _text() -> tuple[str, Text, str]:
    """The model, the tokens that it reads, and what the wall shows."""
    columns = st.columns([5, 3, 3, 3], gap="medium")
    with columns[1]:
        which = ui.choice(
            _("Model"),
            {DECODER: _("language model"), ENCODER: _("encoder")},
            key="att_model",
        )
    with columns[2]:
        on = ui.choice(
            _("It reads"),
            {"text": _("my text"), "random": _("random tokens, twice")},
            key="att_on",
        )
    with columns[3]:
        measure = ui.choice(_("The wall shows"), wall.measures(), key="att_wall", menu=True)
    with columns[0]:
        if on == "text":
            text = ui.live_text(_("Text"), TEXT, key="att_real")
            return which, readings.text_of(which, text, ui.current_language()), measure
        period = int(ui.live_slider(_("Random tokens"), 2, 60, 24, key="att_period"))
        seed = int(ui.live_slider(_("Seed"), 0, 99, 1, key="att_rseed"))
        return which, readings.repeated(which, period, seed), measure


def _controls(reading: Reading, text: Text) -> tuple[int, int, int, str]:
    columns = st.columns([3, 3, 3, 4], gap="small")
    last = reading.layers - 1
    with columns[0]:
        layer = ui.live_slider(_("Layer"), 0, last, min(START[0], last), key="att_layer")
    with columns[1]:
        head = ui.live_slider(_("Head"), 0, reading.heads - 1, START[1], key="att_rhead")
    with columns[2]:
        token = ui.live_slider(
            _("Token"), 0, len(text.ids), 0, key="att_token", words={0: _("all")}
        )
    with columns[3]:
        form = ui.choice(
            _("One head as"),
            {"heat": _("heatmap"), "lines": _("lines")},
            key="att_form",
        )
    return int(layer), int(head), int(token), form


def _strip(text: Text, weights: Tensor, chosen: int | None) -> None:
    """The text, shaded by what the chosen token looks at."""
    if len(text.ids) > STRIP:
        return
    row = weights[chosen].tolist() if chosen is not None else [None] * len(text.ids)
    chips = [
        ui.Token(
            piece,
            "" if weight is None else f"{weight:.3f}",
            "" if weight is None or weight < 0.005 else f"{weight:.2f}",
            shade=weight,
        )
        for piece, weight in zip(text.pieces, row, strict=True)
    ]

    def choose(index: int) -> None:
        ui.set_state({"att_token": 0 if index == chosen else index + 1})

    tokens(
        chips,
        key="att_chips",
        label=_("The text's tokens; click one to see what it looks at"),
        selected=chosen,
        on_click=choose,
    )


def _head(
    text: Text,
    weights: Tensor,
    reading: Reading,
    layer: int,
    head: int,
    form: str,
    chosen: int | None,
) -> None:
    T = len(text.ids)
    at = T - 1 if chosen is None else chosen
    most = int(weights[at].argmax())
    words = text.words
    alt = _(
        "Head {head} of layer {layer} over {n} tokens. “{query}” looks most at “{key}”: {weight}."
    ).format(
        head=head,
        layer=layer,
        n=T,
        query=words[at],
        key=words[most],
        weight=f"{float(weights[at, most]):.2f}",
    )

    def choose(mark: dict[str, Any]) -> None:
        ui.set_state({"att_token": int(mark["y"])})

    if form == "lines":
        first = max(0, min(at - charts.LINED // 2, T - charts.LINED))
        spec = charts.head_lines(weights, words, first, chosen)
        ui.plot(spec, key="att_lines", alt=alt, height=charts.lines_height(T))
        if T > charts.LINED:
            ui.note(_("Lines among {n} tokens around the chosen one.").format(n=charts.LINED))
        return
    spec = charts.head_heatmap(weights, words, reading.causal, chosen)
    ui.plot(spec, key="att_heat", alt=alt, height=HEIGHT, on_click=choose)


def _facts(reading: Reading, layer: int, head: int) -> None:
    """The chosen head in numbers: its entropy, and the mean weight on each kind of token."""
    scores = reading.scores
    items = [
        ui.Fact(
            _("L{layer} H{head}: entropy").format(layer=layer, head=head),
            _("{n} bits").format(n=number(float(reading.entropy[layer, head]))),
            _("{n} if it looked at all alike").format(n=number(reading.chance)),
        )
    ]
    for key, name in wall.kinds().items():
        rows = scores.rows[key]
        value = float(getattr(scores, key)[layer, head])
        items.append(
            ui.Fact(
                name,
                f"{value:.2f}" if rows else "—",
                _("mean over {n} rows").format(n=count(rows)) if rows else _("nothing repeats"),
            )
        )
    ui.facts(items)
