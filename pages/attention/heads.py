"""Real heads: one head in detail, beside an overview of all heads."""

from __future__ import annotations

from typing import Any

from torch import Tensor

import charts.attention as charts
import ui
from charts.format import count, number
from pages.attention import controls, overview, readings
from pages.attention.readings import Reading, Text
from ui import _

MOST_CHIPS = 160  # longer texts are not drawn as chips


def draw() -> None:
    """Draw the chosen head, the overview of all heads and the mean weights."""
    text = controls.real_tokens()
    if not text.ids:
        ui.note(_("Type a sentence."), keep=True)
        return
    if text.notice:
        ui.sentence(text.notice)
    reading = readings.read(controls.model.value, text.ids)
    weights = reading.head_weights(controls.layer.value, controls.real_head.value)
    chosen = controls.token.value - 1 if controls.token.value else None
    with ui.figure():
        _head(text, weights, reading.causal, chosen)
    with ui.second_figure():
        overview.draw(reading)
    _chips(text, weights, chosen)
    _facts(reading)


def _head(text: Text, weights: Tensor, causal: bool, chosen: int | None) -> None:
    T = len(text.ids)
    at = T - 1 if chosen is None else chosen
    most = int(weights[at].argmax())
    words = text.words
    alt = _(
        "Head {head} of layer {layer} over {n} tokens. “{query}” attends most to “{key}”, with "
        "weight {weight}."
    ).format(
        head=controls.real_head.value,
        layer=controls.layer.value,
        n=T,
        query=words[at],
        key=words[most],
        weight=f"{float(weights[at, most]):.2f}",
    )

    def choose(mark: dict[str, Any]) -> None:
        controls.token.set(mark["y"])

    if controls.form.value == "lines":
        first = max(0, min(at - charts.LINED // 2, T - charts.LINED))
        spec = charts.head_lines(weights, words, first, chosen)
        ui.plot(spec, key="att_lines", alt=alt, height=charts.lines_height(T))
        if T > charts.LINED:
            ui.note(_("Only the {n} tokens around the query are drawn.").format(n=charts.LINED))
        return
    spec = charts.head_heatmap(weights, words, causal, chosen)
    ui.plot(spec, key="att_heat", alt=alt, height=440, least_height=300, on_click=choose)


def _chips(text: Text, weights: Tensor, chosen: int | None) -> None:
    """The text, shaded by the weights of the chosen query."""
    if len(text.ids) > MOST_CHIPS:
        return
    chips = [ui.Token(piece) for piece in text.pieces]
    if chosen is not None:
        chips = [
            ui.Token(piece, f"{weight:.3f}", f"{weight:.2f}" if weight >= 0.005 else "", weight)
            for piece, weight in zip(text.pieces, weights[chosen].tolist(), strict=True)
        ]

    def choose(index: int) -> None:
        controls.token.set(0 if index == chosen else index + 1)

    ui.tokens(
        chips,
        key="att_chips",
        label=_("The tokens of the text; click one to see what it attends to"),
        selected=chosen,
        on_click=choose,
    )


def _facts(reading: Reading) -> None:
    """The entropy of the chosen head, and its mean weight on each kind of token."""
    layer, head = controls.layer.value, controls.real_head.value
    items = [
        ui.Fact(
            _("L{layer} H{head}: entropy").format(layer=layer, head=head),
            _("{n} bits").format(n=number(float(reading.entropy[layer, head]))),
            _("{n} bits with uniform weights").format(n=number(reading.uniform_entropy)),
        )
    ]
    for name in controls.TARGETS:
        rows = reading.scores.rows[name]
        value = float(getattr(reading.scores, name)[layer, head])
        items.append(
            ui.Fact(
                controls.measure.names[name],
                f"{value:.2f}" if rows else "—",
                _("mean weight over {n} rows").format(n=count(rows))
                if rows
                else _("no token repeats"),
            )
        )
    ui.facts(items)
