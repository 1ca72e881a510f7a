"""Coding and channels: the declaration of the page."""

from __future__ import annotations

import ui
from core import coding as core
from pages.coding import blocks, capacity, codes, controls, huffman, message
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
            ui.View(
                "blocks",
                _("Blocks"),
                blocks.draw,
                (controls.block, controls.symbols, *controls.block_bars.values()),
            ),
            ui.View(
                "capacity",
                _("Capacity"),
                capacity.draw,
                (controls.noise, controls.channel, controls.matrix),
            ),
            ui.View(
                "codes",
                _("Codes"),
                codes.draw,
                (controls.flip, controls.tries, controls.code, controls.plane_seed),
            ),
            ui.View(
                "sent",
                _("A message"),
                message.draw,
                (
                    controls.message_flip,
                    controls.message_code,
                    controls.sentence,
                    controls.marked,
                    controls.message_seed,
                ),
            ),
        ],
        sources=[ui.Source(core.huffman_code, "Huffman (1952)")],
    )


if __name__ == "__main__":
    ui.render(page())
