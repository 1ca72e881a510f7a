"""By hand: a small layer, or Q, K and V typed in, stage by stage."""

from __future__ import annotations

from typing import Any

import streamlit as st

import charts.attention as charts
import ui
from charts.format import number
from core.attention import explain_cell, head_entropy, uniform_weights
from pages.attention_parts import given
from pages.attention_parts.boards import show_board
from pages.attention_parts.sentences import Batch, batch_of, layer_run
from ui import _

TEXT = "the cat chased the mouse\nthe mouse slept"


def draw() -> None:
    """Controls, the board, the numbers."""
    wide, *narrow = st.columns([5, 3, 3, 3], gap="medium")
    # Asked for before its control is drawn, because the control's place depends on it.
    typed = ui.get("att_source", st.query_params.get("att_source")) == "given"
    view = _given(wide, narrow) if typed else _layer(wide, narrow)
    if view is None:
        return
    names = charts.stages(view)
    stepper, name = st.columns([3, 1], gap="medium", vertical_alignment="center")
    with stepper:
        at = ui.stepper(
            _("Stage"), len(names), key="att_stage", interval_ms=1600, name=_("stage"), first=1
        )
    with name:
        ui.note(names[at])
    lines = charts.hand_lines(view, charts.stage_keys(view.projections is not None)[at])
    show_board(lines, key="att_hand", alt=_alt(view))
    _facts(view)
    ui.formula(_formula(view))
    if not ui.presenting():
        ui.note(
            _(
                "Point at a cell: its arithmetic, number by number. Hatched cells are masked. The "
                "sizes under a name: B sentences, H heads, T words, D numbers for a word. X is "
                "[B, T, D]; Q, K and V are [B, H, T, D/H]; scores and weights [B, H, T, T]."
            )
        )


def _source() -> None:
    ui.choice(
        _("Q, K and V"),
        {"layer": _("random"), "given": _("typed in")},
        key="att_source",
    )


def _layer(wide: Any, narrow: list[Any]) -> charts.HandView | None:
    """A random layer on the visitor's sentences."""
    with wide:
        text = ui.live_text(_("Up to four sentences, one a line"), TEXT, key="att_text", rows=2)
    with narrow[0]:
        heads = int(ui.live_slider(_("Heads H"), 1, 8, 2, key="att_heads"))
    with narrow[2]:
        _source()
        with ui.more():
            off, size, side, seed = _more(heads)
    batch = batch_of(text, side)
    with narrow[0]:
        sentence = _sentence(batch)
    with narrow[1]:
        head = int(ui.live_slider(_("Head shown"), 1, heads, 1, key="att_head"))
        causal = ui.switch(_("Causal"), key="att_causal", value=True)
    if not batch.rows:
        ui.note(_("Type a sentence; its words become the rows of X."))
        return None
    if batch.notice:
        ui.sentence(batch.notice)
    trace, projections = layer_run(
        tuple(map(tuple, batch.rows)), tuple(batch.lengths), side, causal, heads, size, off, seed
    )
    return charts.HandView(trace, batch.rows[sentence], sentence, head - 1, projections)


def _more(heads: int) -> tuple[tuple[int, ...], int, str, int]:
    off = ui.choices(
        _("Heads switched off"),
        {str(n): str(n) for n in range(1, heads + 1)},
        key="att_off",
        value=[],
        help=_("A head that is off adds nothing to the output."),
    )
    size = int(ui.live_slider(_("Head size d = D/H"), 1, 4, 4, key="att_size"))
    side = ui.choice(
        _("Shorter sentences are padded"),
        {"right": _("on the right"), "left": _("on the left")},
        key="att_side",
    )
    seed = int(ui.live_slider(_("Seed"), 0, 99, 1, key="att_seed"))
    return tuple(int(name) - 1 for name in off), size, side, seed


def _sentence(batch: Batch) -> int:
    if len(batch.rows) < 2:
        return 0
    options = {str(i): str(i + 1) for i in range(len(batch.rows))}
    return int(ui.choice(_("Sentence shown"), options, key="att_sentence"))


def _given(wide: Any, narrow: list[Any]) -> charts.HandView | None:
    """Q, K and V as they were typed."""
    with wide:
        _source()
        causal = ui.switch(_("Causal"), key="att_causal", value=True)
        ui.note(_("A line of numbers is a word."))
    return given.view(causal, narrow)


def _facts(view: charts.HandView) -> None:
    B, H, T, d = view.sizes
    trace, at = view.trace, (view.sentence, view.head)
    allowed = trace.masked_scores[at] > float("-inf")
    ui.facts(
        [
            ui.Fact(
                "1/√d",
                number(view.trace.scale),
                _("d = {d}: the scores keep a spread of about 1").format(d=d),
            ),
            ui.Fact(
                _("entropy of a row"),
                _("{n} bits").format(n=number(float(head_entropy(trace.weights[at])))),
                _("on average; {most} if a row's words all counted alike").format(
                    most=number(float(head_entropy(uniform_weights(allowed))))
                ),
            ),
            ui.Fact(
                _("numbers in the weights"),
                f"{B}·{H}·{T}·{T} = {B * H * T * T}",
                _("twice the words, four times the numbers"),
            ),
        ]
    )


def _formula(view: charts.HandView) -> str:
    """The last word's largest weight with its numbers."""
    at = (view.sentence, view.head)
    query = view.sizes[2] - 1
    key = int(view.trace.weights[(*at, query)].argmax())
    cell = explain_cell(view.trace, query, key, at)
    q, k = f"q_{{{query + 1}}}", f"k_{{{key + 1}}}"
    weight = f"w_{{{query + 1},{key + 1}}}"
    if cell.row_sum == 0:
        return rf"{weight} = 0"
    most = f"{cell.row_max:.2f}" if cell.row_max >= 0 else f"({cell.row_max:.2f})"
    return (
        rf"{weight} = \frac{{e^{{{q}\cdot {k}/\sqrt{{d}}}}}}"
        rf"{{\sum_j e^{{{q}\cdot k_j/\sqrt{{d}}}}}}"
        rf" = \frac{{e^{{{cell.dot:.2f}/\sqrt{{{view.sizes[3]}}} - {most}}}}}"
        rf"{{{cell.row_sum:.2f}}} = {cell.weight:.2f}"
    )


def _alt(view: charts.HandView) -> str:
    _B, H, T, _d = view.sizes
    weights = view.trace.weights[view.sentence, view.head]
    most = int(weights[-1].argmax())
    return _(
        "Attention of {heads} heads over {words} words: Q, K and V, scores, mask, weights, output. "
        "The last word, “{last}”, looks most at “{key}”: {weight}."
    ).format(
        heads=H,
        words=T,
        last=view.words[-1],
        key=view.words[most],
        weight=f"{float(weights[-1, most]):.2f}",
    )
