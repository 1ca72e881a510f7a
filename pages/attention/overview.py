"""The overview of all heads: their matrices, or one number for each, and the highest ones."""

from __future__ import annotations

import streamlit as st
from torch import Tensor

import charts.attention as charts
import ui
from charts.format import number
from pages.attention import controls
from pages.attention.readings import Reading
from ui import _

HIGHEST = 6
SCROLLED_PX = 440  # height of an overview with more rows than fit


def values(reading: Reading, measure: str) -> Tensor:
    """Return a measure of every head, (L, H)."""
    return reading.entropy if measure == "entropy" else getattr(reading.scores, measure)


def draw(reading: Reading) -> None:
    """Draw all heads; a click or an arrow key chooses one."""
    measure = controls.measure.value
    _highest(reading, measure)
    L, H = reading.entropy.shape
    names = [f"L{i} H{j}" for i in range(L) for j in range(H)]
    images = reading.thumbs
    if measure != "picture":
        found = values(reading, measure)
        end = reading.uniform_entropy if measure == "entropy" else 1.0
        images = charts.tiles(found, end)
        numbers = found.flatten().tolist()
        names = [f"{name}: {number(value)}" for name, value in zip(names, numbers, strict=True)]
    layer, head = controls.layer.value, controls.real_head.value
    with st.container(height=SCROLLED_PX if L > 12 else "content", border=False):
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
            on_click=lambda tile: _choose(tile, H),
        )


def _choose(tile: int, heads: int) -> None:
    layer, head = divmod(tile, heads)
    controls.layer.set(layer)
    controls.real_head.set(head)


def _highest(reading: Reading, measure: str) -> None:
    """The heads with the highest values of a measure; a click chooses one."""
    if measure == "picture":
        ui.note(_("L is the layer, H the head. Click a head or use the arrow keys."))
        return
    if measure != "entropy" and reading.scores.rows[measure] == 0:
        ui.sentence(
            _("No token repeats in this text. Set “Input” to random tokens to measure this.")
        )
        return
    heads = reading.entropy.shape[1]
    found = values(reading, measure).flatten()
    order = found.argsort(descending=True).tolist()
    words, shown = _("Highest:"), order[:HIGHEST]
    if measure == "entropy":
        words, shown = (
            _("Highest and lowest (bits):"),
            order[: HIGHEST // 2] + order[-HIGHEST // 2 :],
        )
    chips = [
        ui.Token(
            "L{}H{}".format(*divmod(i, heads)),
            controls.measure.names[measure],
            number(float(found[i])),
        )
        for i in shown
    ]
    ui.note(words)
    ui.tokens(
        chips,
        key="att_best",
        label=words,
        on_click=lambda index: _choose(shown[index], heads),
    )
