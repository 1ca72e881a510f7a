"""Real heads: a wall of all of them, one large, and what they look at, measured."""

from __future__ import annotations

from typing import Any

import streamlit as st
from torch import Tensor

import charts.attention as charts
import ui
from charts.format import count, number
from pages.attention_parts import readings
from pages.attention_parts.readings import DECODER, ENCODER, Reading, Text
from ui import _
from ui.outputs import tokens

TEXT = "When Mary and John went to the store, John gave a drink to Mary."
STRIP = 160  # up to here the tokens are drawn as chips
BEST = 6
START = (17, 4)  # looks at what followed the earlier “John”


def measures() -> dict[str, str]:
    """What the wall can show of each head."""
    return {
        "picture": _("its matrix"),
        "entropy": _("entropy"),
        "previous_token": _("looks at the previous token"),
        "first_token": _("looks at the first token"),
        "current_token": _("looks at itself"),
        "same_token": _("looks at the same token elsewhere"),
        "induction": _("induction: what followed the same token"),
    }


def draw() -> None:
    """The text, the wall, the chosen head."""
    which, text, measure = _text()
    if not text.ids:
        ui.note(_("Type a sentence."))
        return
    if text.notice:
        ui.sentence(text.notice)
    reading = readings.read(which, text.ids)
    wall = st.container()
    large, side = st.columns([3, 1], gap="medium")
    with side:
        layer, head, token, form = _controls(reading, text)
        _facts(reading, layer, head)
    with wall:
        _wall(which, reading, measure, layer, head)
        _best(reading, measure)
    weights = reading.head_weights(layer, head)
    chosen = token - 1 if token else None
    with large:
        _strip(text, weights, chosen)
        _head(text, weights, reading, layer, head, form, chosen)


def _text() -> tuple[str, Text, str]:
    """The model, the tokens that it reads, and what the wall shows."""
    left, middle, right = st.columns([4, 3, 3], gap="medium")
    with middle:
        which = ui.choice(
            _("Model"),
            {DECODER: _("language model"), ENCODER: _("encoder")},
            key="att_model",
        )
    with right:
        measure = ui.choice(_("The wall shows of each head"), measures(), key="att_wall", menu=True)
    with middle:
        on = ui.choice(
            _("reads"),
            {"text": _("my text"), "random": _("random tokens, twice")},
            key="att_on",
            hide_label=True,
        )
    with left:
        if on == "text":
            text = ui.live_text(_("Text"), TEXT, key="att_real")
            return which, readings.text_of(which, text, ui.current_language()), measure
        period = int(ui.live_slider(_("Random tokens"), 2, 60, 24, key="att_period"))
        seed = int(ui.live_slider(_("Seed"), 0, 99, 1, key="att_rseed"))
        return which, readings.repeated(which, period, seed), measure


def _controls(reading: Reading, text: Text) -> tuple[int, int, int, str]:
    layer = ui.live_slider(
        _("Layer"), 0, reading.layers - 1, min(START[0], reading.layers - 1), key="att_layer"
    )
    head = ui.live_slider(_("Head"), 0, reading.heads - 1, START[1], key="att_rhead")
    token = ui.live_slider(
        _("Token"), 0, len(text.ids), 0, key="att_token", words={0: _("all")},
        help=_("Only what this token looks at."),
    )  # fmt: skip
    form = ui.choice(
        _("One head as"),
        {"heat": _("heatmap"), "lines": _("lines")},
        key="att_form",
        hide_label=True,
    )
    return int(layer), int(head), int(token), form


def values(reading: Reading, measure: str) -> Tensor:
    """(L, H): one of `measures`."""
    return reading.entropy if measure == "entropy" else getattr(reading.scores, measure)


def _wall(which: str, reading: Reading, measure: str, layer: int, head: int) -> None:
    L, H = reading.layers, reading.heads
    across = which == DECODER  # 30 layers fit beside one another, not above
    if measure == "picture":
        images = reading.thumbs
        names = [f"L{i} H{j}" for i in range(L) for j in range(H)]
    else:
        held = values(reading, measure)
        images = charts.tiles(held, reading.chance if measure == "entropy" else 1.0)
        names = [
            f"L{i} H{j}: {number(value)}"
            for i, row in enumerate(held.tolist())
            for j, value in enumerate(row)
        ]

    def choose(tile: int) -> None:
        i, j = (tile % L, tile // L) if across else divmod(tile, H)
        ui.set_state({"att_layer": i, "att_rhead": j})

    if across:
        names = [names[i * H + j] for j in range(H) for i in range(L)]
    ui.wall(
        charts.by_layer(images, L, across),
        names,
        columns=L if across else H,
        rows=[f"H{j}" for j in range(H)] if across else [f"L{i}" for i in range(L)],
        heads=[f"L{i}" for i in range(L)] if across else [f"H{j}" for j in range(H)],
        key="att_all",
        label=_("All heads of all layers; {layer} and {head} chosen").format(
            layer=f"L{layer}", head=f"H{head}"
        ),
        selected=head * L + layer if across else layer * H + head,
        on_click=choose,
    )


def _best(reading: Reading, measure: str) -> None:
    """The heads that do most of what is measured; a click goes there."""
    if measure == "picture":
        if not ui.presenting():
            ui.note(
                _("L is the layer, H the head. Click a head, or walk over the wall by arrow keys.")
            )
        return
    if measure != "entropy" and reading.scores.rows[measure] == 0:
        ui.sentence(_("Nothing repeats in this text: let the model read random tokens, twice."))
        return
    held = values(reading, measure).flatten()
    order = held.argsort(descending=True)
    best = order[:BEST].tolist()
    if measure == "entropy":
        best = [*order[: BEST // 2].tolist(), *order[-BEST // 2 :].tolist()]
    unit = _("bits") if measure == "entropy" else ""
    chips = [
        ui.Token(
            f"L{i // reading.heads} H{i % reading.heads}",
            measures()[measure],
            f"{number(float(held[i]))} {unit}".strip(),
        )
        for i in best
    ]

    def choose(index: int) -> None:
        i, j = divmod(best[index], reading.heads)
        ui.set_state({"att_layer": i, "att_rhead": j})

    words = _("Highest and lowest: ") if measure == "entropy" else _("Found by measuring: ")
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        ui.note(words)
        tokens(chips, key="att_best", label=words, on_click=choose)


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
    ui.plot(spec, key="att_heat", alt=alt, height=540, on_click=choose)


def _facts(reading: Reading, layer: int, head: int) -> None:
    scores = reading.scores
    lines = [
        (name, float(getattr(scores, key)[layer, head]), scores.rows[key])
        for key, name in measures().items()
        if key not in ("picture", "entropy")
    ]
    ui.facts(
        [
            ui.Fact(
                _("layer {layer}, head {head}: entropy").format(layer=layer, head=head),
                _("{n} bits").format(n=number(float(reading.entropy[layer, head]))),
                _("mean over the rows; {n} if it looked at all alike").format(
                    n=number(reading.chance)
                ),
            )
        ]
    )
    ui.table(
        (_("mean weight"), "", _("rows")),
        [(name, f"{value:.2f}" if rows else "—", count(rows)) for name, value, rows in lines],
        numbers=(1, 2),
    )
