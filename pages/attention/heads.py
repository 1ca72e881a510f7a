"""Real heads: one head or several in detail, beside an overview of all heads."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor

import charts.attention as charts
import ui
from charts.format import count, number
from pages.attention import ablation, controls, overview, readings
from pages.attention.named_heads import Head, name_of, parse, problem
from pages.attention.readings import Reading, Text
from ui import _

MOST_CHIPS = 160  # longer texts are not drawn as chips
HEATMAP_PX = 440


def draw() -> None:
    """Draw the chosen heads, the overview of all heads, the prediction and the mean weights."""
    text = controls.real_tokens()
    if not text.ids:
        ui.note(_("“Text” is empty: type a sentence."), keep=True)
        return
    reading = readings.read(controls.model.value, text.ids)
    shown = (controls.layer.value, controls.real_head.value)
    sizes = readings.sizes(controls.model.value)
    others, unknown = parse(controls.compared.value, sizes)
    heads = list(dict.fromkeys([shown, *others]))[: len(charts.OVERLAID)]
    chosen = controls.token.value - 1 if controls.token.value else None
    with ui.figure():
        _legend(heads)
        _figure(text, reading, heads, chosen)
    with ui.second_figure():
        overview.draw(reading)
    ui.note(_arithmetic(text, reading, shown, chosen), keep=True)
    _chips(text, reading.head_weights(*shown), chosen)
    notices = [
        text.notice,
        problem(_("Heads to compare"), unknown, sizes),
        _left_out(text, len({shown, *others})),
    ]
    ui.note(" ".join(filter(None, notices)), keep=True)
    if reading.causal:
        ablation.draw(text, chosen)
    _facts(reading, shown)
    ui.model_card(readings.model_of(controls.model.value))


def _figure(text: Text, reading: Reading, heads: list[Head], chosen: int | None) -> None:
    T = len(text.ids)
    at = T - 1 if chosen is None else chosen
    weights = [reading.head_weights(*head) for head in heads]
    most = int(weights[0][at].argmax())
    words = text.words
    alt = _(
        "Head {head} over {n} tokens. “{query}” attends most to “{key}”, with weight {weight}."
    ).format(
        head=name_of(heads[0]),
        n=T,
        query=words[at],
        key=words[most],
        weight=charts.weight_text(float(weights[0][at, most])),
    )

    def choose(mark: dict[str, Any]) -> None:
        controls.token.set(mark["y"])
        controls.key_token.set(mark["x"])

    mean = torch.stack(weights).mean(dim=0)
    if controls.form.value == "lines":
        first = max(0, min(at - charts.LINED // 2, T - charts.LINED))
        spec = charts.head_lines(mean, words, first, chosen)
        ui.plot(spec, key="att_lines", alt=alt, height=charts.lines_height(T))
        return
    marked = {"chosen": chosen, "key": _key(T), "hovers": ui.full_detail()}
    if len(heads) > 1 and controls.combine.value == "max":
        spec = charts.heads_overlay(weights, words, reading.causal, **marked)
    else:
        spec = charts.head_heatmap(mean, words, reading.causal, **marked)
    ui.plot(spec, key="att_heat", alt=alt, height=HEATMAP_PX, least_height=300, on_click=choose)


def _key(tokens: int) -> int | None:
    """Return the clicked key, counted from 0."""
    key = controls.key_token.value
    return key - 1 if 0 < key <= tokens else None


def _arithmetic(text: Text, reading: Reading, head: Head, chosen: int | None) -> str:
    """Return how the weight of the chosen cell comes about."""
    trace = reading.head_trace(*head)
    at = len(text.ids) - 1 if chosen is None else chosen
    key = _key(len(text.ids))
    if key is None or chosen is None:
        key = int(trace.weights[at].argmax())
    steps = "; ".join(charts.arithmetic(trace, at, key, terms=2))
    words = text.words
    return f"{name_of(head)}, {words[at]} → {words[key]}: {steps}"


def _legend(heads: list[Head]) -> None:
    """The colors: of the heads that are drawn over one another, or of the weights."""
    overlaid = len(heads) > 1
    if overlaid:
        mixed = controls.combine.value == "mean" or controls.form.value == "lines"
        colors = [""] * len(heads) if mixed else charts.OVERLAID
        chips = [
            ui.Token(name_of(head), color=color) for head, color in zip(heads, colors, strict=False)
        ]
    else:
        chips = [ui.Token(f"{w:g}", shade=w**0.5) for w in charts.SCALE]
        chips.insert(0, ui.Token(_("weight"), muted=True))
    label = _("Heads drawn; click one to select it") if overlaid else _("Color of a weight")

    def choose(index: int) -> None:
        if overlaid:
            overview.choose(heads[index])

    ui.tokens(chips, key="att_legend", label=label, on_click=choose)


def _left_out(text: Text, heads: int) -> str:
    """Say what this view does not draw."""
    T = len(text.ids)
    said = []
    if controls.form.value == "lines":
        said.append(_("Weights below 0.02 are not drawn as lines."))
        if T > charts.LINED:
            said.append(
                _("Lines are drawn for {n} tokens around the query.").format(n=charts.LINED)
            )
    if T > MOST_CHIPS:
        said.append(_("Chips are drawn for texts of at most {n} tokens.").format(n=MOST_CHIPS))
    if T > charts.THUMB:
        said.append(_("Each cell of an overview picture is the largest weight of several tokens."))
    if heads > len(charts.OVERLAID):
        said.append(
            _("“Heads to compare” names {n} heads; at most {most} are drawn.").format(
                n=heads, most=len(charts.OVERLAID)
            )
        )
    return " ".join(said)


def _chips(text: Text, weights: Tensor, chosen: int | None) -> None:
    """The text, shaded by the weights of the chosen query; tokens that are [UNK] are marked."""
    if len(text.ids) > MOST_CHIPS:
        return
    row = None if chosen is None else weights[chosen].tolist()
    chips = []
    for n, piece in enumerate(text.pieces):
        title = (
            _("“{word}” is not in the vocabulary").format(word=text.unknown[n])
            if n in text.unknown
            else ""
        )
        if row is None:
            color = "@warn" if n in text.unknown else ""
            chips.append(ui.Token(piece, title, _("unknown") if title else "", color=color))
            continue
        said = charts.weight_text(row[n])
        note = charts.weight_text(row[n], 2) if row[n] >= 0.005 else ""
        chips.append(ui.Token(piece, f"{said}. {title}" if title else said, note, row[n]))

    def choose(index: int) -> None:
        controls.token.set(0 if index == chosen else index + 1)
        controls.key_token.set(0)

    ui.tokens(
        chips,
        key="att_chips",
        label=_("The tokens of the text; click one to see what it attends to"),
        selected=chosen,
        on_click=choose,
    )


def _facts(reading: Reading, head: Head) -> None:
    """The entropy of the chosen head, and its mean weight on each kind of token."""
    items = [
        ui.Fact(
            _("{head}: entropy").format(head=name_of(head)),
            _("{n} bits").format(n=number(float(reading.entropy[head]))),
            _("{n} bits with uniform weights").format(n=number(reading.uniform_entropy)),
            help=_("Mean over the rows: how widely the head spreads its weight."),
        )
    ]
    explained = {
        "same_token": _("Other places of the text that contain the query token."),
        "induction": _("The token that followed an earlier copy of the query token."),
    }
    for name in controls.TARGETS:
        rows = reading.scores.rows[name]
        value = float(getattr(reading.scores, name)[head])
        items.append(
            ui.Fact(
                controls.measure.names[name],
                charts.weight_text(value) if rows else "—",
                _("mean weight over {n} rows").format(n=count(rows))
                if rows
                else _("no token repeats"),
                help=explained.get(name, ""),
            )
        )
    ui.facts(items)
