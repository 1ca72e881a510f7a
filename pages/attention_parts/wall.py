"""The wall of all heads, by picture or by what is measured of them, and the best of a measure."""

from __future__ import annotations

import streamlit as st
from torch import Tensor

import charts.attention as charts
import ui
from charts.format import number
from pages.attention_parts.readings import Reading
from ui import _
from ui.outputs import tokens

BEST = 6
HEIGHT = 640


def kinds() -> dict[str, str]:
    """What a head may look at: the fields of `HeadScores`."""
    return {
        "previous_token": _("previous token"),
        "first_token": _("first token"),
        "current_token": _("itself"),
        "same_token": _("same token elsewhere"),
        "induction": _("induction: what followed it"),
    }


def measures() -> dict[str, str]:
    """What the wall can show of each head."""
    return {"picture": _("its matrix"), "entropy": _("entropy")} | kinds()


def values(reading: Reading, measure: str) -> Tensor:
    """(L, H): one of `measures`."""
    return reading.entropy if measure == "entropy" else getattr(reading.scores, measure)


def draw(reading: Reading, measure: str, layer: int, head: int) -> None:
    """The wall; a click or an arrow key chooses a head."""
    L, H = reading.layers, reading.heads
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
        i, j = divmod(tile, H)
        ui.set_state({"att_layer": i, "att_rhead": j})

    with st.container(height=HEIGHT if L > 12 else "content", border=False):
        ui.wall(
            images,
            names,
            columns=H,
            rows=[f"L{i}" for i in range(L)],
            heads=[f"H{j}" for j in range(H)],
            key="att_all",
            label=_("All heads of all layers; {layer} and {head} chosen").format(
                layer=f"L{layer}", head=f"H{head}"
            ),
            selected=layer * H + head,
            on_click=choose,
        )


def best(reading: Reading, measure: str) -> None:
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
    shown = order[:BEST].tolist()
    if measure == "entropy":
        shown = [*order[: BEST // 2].tolist(), *order[-BEST // 2 :].tolist()]
    unit = _("bits") if measure == "entropy" else ""
    chips = [
        ui.Token(
            f"L{i // reading.heads}H{i % reading.heads}",
            measures()[measure],
            f"{number(float(held[i]))} {unit}".strip(),
        )
        for i in shown
    ]

    def choose(index: int) -> None:
        i, j = divmod(shown[index], reading.heads)
        ui.set_state({"att_layer": i, "att_rhead": j})

    words = _("Highest and lowest:") if measure == "entropy" else _("Found by measuring:")
    ui.note(words)
    tokens(chips, key="att_best", label=words, on_click=choose)
