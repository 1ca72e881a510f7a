"""The map: every station between a text and its next token, on the visitor's sentence."""

from __future__ import annotations

from typing import Any

import streamlit as st

import ui
from charts import home as charts
from charts.format import count, number, probability
from core.home import TextMap
from core.lm import ModelConfig
from pages.home import controls, links, reading, words
from ui import _, models

PANEL_PX = 270
PANEL_LEAST_PX = 130


def draw() -> None:
    """Draw the stations, a thumbnail of each, what happens at the clicked one, and the links."""
    try:
        config = models.language_model().config
    except ui.Notice as problem:
        with ui.figure():
            _stations(None, 0, 0)
        ui.sentence(str(problem))
        links.draw()
        return
    ids, cut = reading.sentence_ids(controls.text.value, ui.current_language())
    layer, head = controls.layer.value, controls.head.value
    with ui.figure():
        _stations(config, len(ids), layer)
        found = reading.read(ids)
        choice = reading.current_choice()
        _sentence(ids, choice)
        columns = st.columns(4, gap="small")
        with columns[0]:
            _vectors(found)
        with columns[1]:
            _attention(found, layer, head)
        with columns[2]:
            _gates(found, layer)
        with columns[3]:
            _next(choice)
    ui.note(words.arithmetic(found, choice, layer, head), keep=True)
    if cut:
        ui.note(cut, keep=True)
    links.draw()
    top = choice.ids[0]
    ui.facts(
        [
            ui.Fact(
                _("tokens"), str(len(ids)), _("at most {n} are drawn").format(n=controls.LONGEST)
            ),
            ui.Fact(
                _("numbers per token"),
                count(config.embed_dim),
                _("the vector that goes through all layers"),
            ),
            ui.Fact(
                _("most likely: {token}").format(token=charts.short(reading.word(top))),
                probability(choice.probs[0]),
                _("at temperature {t}").format(t=f"{controls.temperature.value:g}"),
            ),
            ui.Fact(
                _("entropy"),
                _("{n} bits").format(n=number(choice.entropy)),
                _("of the next token"),
            ),
        ]
    )
    ui.note(
        _(
            "Click a station, a cell or a bar for its arithmetic. In the attention panel the color "
            "is the square root of the weight, and masked cells are blank. In the panels of "
            "vectors and gates, blue is positive and red is negative; the first layer is layer 0."
        )
    )
    ui.model_card()


def _stations(config: ModelConfig | None, tokens: int, layer: int) -> None:
    """Draw the line of stations; a click on one explains it."""
    of = _("layer {n} of {all}")
    if config is None:
        notes = [""] * len(controls.STATIONS)
    else:
        place = of.format(n=layer, all=f"0–{config.num_layers - 1}")
        notes = [
            _("{n} characters").format(n=len(controls.text.value)),
            _("{n} tokens").format(n=tokens),
            _("{n} × {d} numbers").format(n=tokens, d=config.embed_dim),
            place,
            place,
            _("{n} scores").format(n=count(config.vocab_size)),
            f"T = {controls.temperature.value:g}",
            _("{n} tokens").format(n=tokens + 1),
        ]
    names = words.station_names()
    clicked = controls.clicked()[0]
    ui.tokens(
        [
            ui.Token(name if i == 0 else f"→ {name}", note=note, label=True)
            for i, (name, note) in enumerate(zip(names.values(), notes, strict=True))
        ],
        key="home_stations",
        label=_("The stations between a text and its next token; click one to see what it does"),
        selected=controls.STATIONS.index(clicked) if clicked else None,
        on_click=lambda i: controls.spot.set(controls.STATIONS[i]),
    )


def _sentence(ids: tuple[int, ...], choice: reading.Choice) -> None:
    """Draw the sentence's tokens and, in green, the token that is drawn after them."""
    chips = [ui.Token(models.token(i), _("token {id}").format(id=i)) for i in ids]
    drawn = ui.Token(
        models.token(choice.drawn),
        _("token {id}, drawn with probability {p}").format(
            id=choice.drawn, p=probability(choice.share)
        ),
        color="@kept",
    )
    ui.tokens(
        [*chips, drawn],
        key="home_tokens",
        label=_("The tokens of the sentence; the last one is the drawn next token"),
        on_click=lambda i: controls.spot.set("tokens" if i < len(ids) else "choice"),
    )


def _vectors(found: TextMap) -> None:
    dimensions = found.dimensions.tolist()
    ui.plot(
        charts.vectors(
            found.vectors,
            dimensions,
            [reading.word(i) for i in found.ids],
            _("Vectors"),
            _cell("vectors"),
        ),
        key="home_vectors",
        alt=_("The {n} largest of the {all} numbers in the tokens' vectors, by token.").format(
            n=len(dimensions), all=count(models.language_model().config.embed_dim)
        ),
        height=PANEL_PX,
        least_height=PANEL_LEAST_PX,
        on_click=lambda mark: _pick("vectors", mark["y"], mark["x"]),
    )


def _attention(found: TextMap, layer: int, head: int) -> None:
    names = [reading.word(i) for i in found.ids]
    weights = found.weights[layer, head]
    most = int(weights[-1].argmax())
    ui.plot(
        charts.attention(
            weights, names, _("Attention L{l} H{h}").format(l=layer, h=head), _cell("attention")
        ),
        key="home_attention",
        alt=_("Attention in layer {l}, head {h}: “{query}” attends most to “{key}”, {w}.").format(
            l=layer, h=head, query=names[-1], key=names[most], w=number(float(weights[-1, most]))
        ),
        height=PANEL_PX,
        least_height=PANEL_LEAST_PX,
        on_click=lambda mark: _pick("attention", mark["y"], mark["x"]),
    )


def _gates(found: TextMap, layer: int) -> None:
    units = found.units[layer].tolist()
    ui.plot(
        charts.gates(
            found.activations[layer],
            units,
            [reading.word(i) for i in found.ids],
            _("FFN gates L{l}").format(l=layer),
            _cell("ffn"),
        ),
        key="home_gates",
        alt=_("The {n} most active of {all} gates in layer {l}, by token.").format(
            n=len(units), all=count(found.width), l=layer
        ),
        height=PANEL_PX,
        least_height=PANEL_LEAST_PX,
        on_click=lambda mark: _pick("ffn", mark["y"], mark["x"]),
    )


def _next(choice: reading.Choice) -> None:
    names = [reading.word(i) for i in choice.ids]
    _name, at = controls.clicked()
    ui.plot(
        charts.next_token(
            choice.probs,
            [*names, _("all others")],
            choice.row,
            _("Next token"),
            at[0] if _name == "logits" and len(at) == 1 else None,
        ),
        key="home_next",
        alt=_("The next token: {rows}.").format(
            rows=", ".join(
                f"{name} {probability(p)}" for name, p in zip(names, choice.probs, strict=False)
            )
        ),
        height=PANEL_PX,
        least_height=PANEL_LEAST_PX,
        on_click=lambda mark: _pick("logits", mark["y"]),
    )


def _cell(name: str) -> tuple[int, int] | None:
    """Return the clicked cell of a panel."""
    clicked, at = controls.clicked()
    return (at[0], at[1]) if clicked == name and len(at) == 2 else None


def _pick(name: str, *at: Any) -> None:
    """Choose the clicked mark."""
    if all(isinstance(n, (int, float)) for n in at):
        controls.spot.set(",".join([name, *(str(round(n)) for n in at)]))


def append_button() -> None:
    """Draw the button that appends the drawn token to the sentence."""
    st.button(
        _("Append the drawn token"),
        key="home_append",
        on_click=_append,
        icon=":material/playlist_add:",
    )


def _append() -> None:
    try:
        model = models.language_model()
        drawn = reading.current_choice().drawn
    except ui.Notice:  # The view says how to get the model.
        return
    controls.text.set(model.decode([*model.encode(controls.text.value), drawn]))


def table() -> ui.Table:
    """Return every token with the id, and the row of the chosen head's last query."""
    ids = reading.current_ids()
    found = reading.read(ids)
    row = found.weights[controls.layer.value, controls.head.value, -1].tolist()
    head = [_("position"), _("token"), _("id"), _("weight from the last token")]
    return head, [
        (n + 1, reading.word(i), i, weight)
        for n, (i, weight) in enumerate(zip(ids, row, strict=True))
    ]


def next_table() -> ui.Table:
    """Return the most likely next tokens with their probabilities at the temperature."""
    choice = reading.current_choice()
    return [_("token"), _("id"), _("probability")], [
        (reading.word(i), i, p) for i, p in zip(choice.ids, choice.probs, strict=False)
    ]
