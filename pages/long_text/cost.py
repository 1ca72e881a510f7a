"""Cost: pairs of tokens and bytes of the KV cache, by the length of the text."""

from __future__ import annotations

import ui
from charts import long_text as charts
from charts.format import byte_size, count, number
from charts.long_text.cost import LENGTHS
from core import long_text as core
from pages.long_text import controls
from ui import _, models


def current() -> tuple[int, int]:
    """Return the length and the size of the window and of the chunks."""
    return round(controls.length.value), round(controls.window.value)


def draw() -> None:
    """Draw the pairs by length, then pairs and bytes at the current length."""
    length, size = current()
    full, window, chunk = pairs(length, size)
    with ui.figure():
        ui.plot(
            charts.cost(length, size),
            key="long_cost",
            alt=_(
                "At {n} tokens: {full} pairs with full attention, {window} with a window."
            ).format(n=count(length), full=count(full), window=count(window)),
            height=400,
            least_height=260,
            on_click=lambda mark: controls.length.set(mark["x"]),
        )
    ui.note(outcome(length, size), keep=True)
    ui.facts(
        [
            ui.Fact(_("full attention"), count(full), _("pairs")),
            ui.Fact(_("window"), count(window), _("pairs")),
            ui.Fact(_("chunks"), count(chunk), _("pairs")),
        ]
    )
    ui.formula(formula(length, size))
    bytes_per_token = models.language_model().config.kv_bytes_per_token
    text = _(
        "The language model of this app keeps {each} of keys and values per token: {full} for the "
        "whole text, {window} for the window."
    )
    ui.note(
        text.format(
            each=byte_size(bytes_per_token),
            full=byte_size(bytes_per_token * core.tokens_in_cache(length)),
            window=byte_size(bytes_per_token * core.tokens_in_cache(length, size)),
        )
    )
    ui.note(
        _(
            "A pair is a query and a key for which attention computes a score, in one head of one "
            "layer, with a causal mask. A window holds the token itself and those right before it; "
            "with chunks, a token attends only within its own chunk."
        )
    )


def pairs(length: int, size: int) -> tuple[int, int, int]:
    """Return the pairs of full attention, a window, and chunks."""
    return (
        core.attention_pairs(length),
        core.attention_pairs(length, window=size),
        core.attention_pairs(length, chunk=size),
    )


def outcome(length: int, size: int) -> str:
    """Return a sentence that compares the three."""
    full, window, chunk = pairs(length, size)
    if size >= length:
        return _("The window holds the whole text, so all three compute the same pairs.")
    text = _(
        "Full attention computes {a} times as many scores as the window and {b} times as many as "
        "chunks. For twice the length it needs {c} times as many, the window {d} times."
    )
    full2, window2, _chunk2 = pairs(2 * length, size)
    return text.format(
        a=number(full / window),
        b=number(full / chunk),
        c=number(full2 / full),
        d=number(window2 / window),
    )


def formula(length: int, size: int) -> str:
    """Return the arithmetic of the three numbers."""
    w = min(size, length)
    chunks, rest = divmod(length, size)
    return (
        rf"\tfrac{{n(n+1)}}{{2}} = {core.attention_pairs(length)},\quad "
        rf"\tfrac{{w(w+1)}}{{2}} + (n-w)\,w = \tfrac{{{w}\cdot{w + 1}}}{{2}} + "
        rf"{length - w}\cdot{w},\quad "
        rf"{chunks}\cdot\tfrac{{{size}\cdot{size + 1}}}{{2}} + "
        rf"\tfrac{{{rest}\cdot{rest + 1}}}{{2}}"
    )


def table() -> ui.Table:
    """Return the pairs at every length of the figure."""
    length, size = current()
    head = [_("length"), _("full attention"), _("window"), _("chunks")]
    return head, [(n, *pairs(n, size)) for n in sorted({*LENGTHS, length})]
