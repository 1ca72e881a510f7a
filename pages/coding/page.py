"""Coding and channels: the declaration of the page."""

from __future__ import annotations

import ui
from core import coding as core
from pages.coding import controls, huffman
from ui import _


def page() -> ui.Page:
    """Return the declaration of the page."""
    return ui.Page(
        "coding",
        _("Coding and channels"),
        _(
            "Shannon's two theorems: a source cannot be coded in fewer bits than its entropy, and "
            "a noisy channel carries at most its capacity without error."
        ),
        controls=controls,
        views=[
            ui.View(
                "huffman",
                _("Huffman code"),
                huffman.draw,
                (controls.source, controls.text, controls.bars, controls.prompt),
            ),
        ],
        sources=[ui.Source(core.huffman_code, "Huffman (1952)")],
    )


if __name__ == "__main__":
    ui.render(page())
