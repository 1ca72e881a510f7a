"""The overview of all heads: their matrices, or one number for each, and the highest ones."""

from __future__ import annotations

import streamlit as st
from torch import Tensor

import charts.attention as charts
import ui
from charts.format import number
from pages.attention import controls
from pages.attention.named_heads import Head, name_of
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
    _findings(reading, measure)
    L, H = reading.entropy.shape
    names = [name_of((i, j)) for i in range(L) for j in range(H)]
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
            label=_("All heads of all layers; {head} is chosen").format(
                head=name_of((layer, head))
            ),
            selected=layer * H + head,
            on_click=lambda tile: choose((tile // H, tile % H)),
        )


def choose(head: Head) -> None:
    """Show a head. Only for callbacks."""
    controls.layer.set(head[0])
    controls.real_head.set(head[1])


def _findings(reading: Reading, measure: str) -> None:
    """The most remarkable heads, or those with the highest values; a click chooses one."""
    found, words = _remarkable(reading) if measure == "picture" else _highest(reading, measure)
    shown = (controls.layer.value, controls.real_head.value)
    picked = [i for i, (head, _title, _note) in enumerate(found) if head == shown]
    ui.note(words)
    ui.tokens(
        [ui.Token(name_of(head), title, note) for head, title, note in found],
        key="att_best",
        label=words,
        selected=picked[0] if picked else None,
        on_click=lambda index: choose(found[index][0]),
    )


Found = list[tuple[Head, str, str]]


def _remarkable(reading: Reading) -> tuple[Found, str]:
    """Return the head with the highest mean weight on each kind of token."""
    found: Found = []
    for name in controls.TARGETS:
        if reading.scores.rows[name]:
            scores = values(reading, name)
            head, value = _at(scores, int(scores.argmax()))
            kind = controls.measure.names[name]
            found.append(
                (head, _("highest mean weight: {kind}").format(kind=kind), f"{kind} {value}")
            )
    words = _("Click a head, or move between heads with the arrow keys. The highest mean weights:")
    return found, words


def _highest(reading: Reading, measure: str) -> tuple[Found, str]:
    """Return the heads with the highest values of a measure; for the entropy, the lowest too."""
    if measure != "entropy" and reading.scores.rows[measure] == 0:
        words = _("No token repeats in this text. Set “Input” to random tokens to measure this.")
        return [], words
    scores = values(reading, measure)
    order = scores.flatten().argsort(descending=True).tolist()
    words, shown = _("Highest:"), order[:HIGHEST]
    if measure == "entropy":
        words = _("Highest and lowest (bits):")
        shown = order[: HIGHEST // 2] + order[-HIGHEST // 2 :]
    kind = controls.measure.names[measure]
    return [(head, kind, value) for head, value in (_at(scores, i) for i in shown)], words


def _at(scores: Tensor, index: int) -> tuple[Head, str]:
    """Return a head, by its place in the flattened scores, and its score as text."""
    head = divmod(index, scores.shape[1])
    value = float(scores[head])
    return head, number(value) if scores.max() > 1 else charts.weight_text(value)
