"""FlashAttention: the declaration of the page."""

from __future__ import annotations

import ui
from core import flash_attention as core
from core.online_softmax import online_attention
from pages.flash_attention import controls, tiles
from ui import _


def page() -> ui.Page:
    """Return the declaration of the page."""
    return ui.Page(
        "flash_attention",
        "FlashAttention",
        _(
            "FlashAttention computes exact attention tile by tile. The large matrix of scores is "
            "never stored, so far fewer bytes move between the GPU's memory and its cores."
        ),
        controls=controls,
        views=[
            ui.View(
                "tiles",
                _("Tiles"),
                tiles.draw,
                (
                    controls.key_tile,
                    controls.query_tile,
                    controls.row,
                    controls.seed,
                    controls.slip,
                    controls.causal,
                    ui.More(
                        controls.source,
                        controls.text,
                        controls.layer,
                        controls.head,
                        *controls.matrices.values(),
                    ),
                ),
            ),
        ],
        sources=[
            ui.Source(online_attention, "Milakov and Gimelshein (2018), algorithm 3"),
            ui.Source(core.tiled_attention, "Dao et al. (2022), algorithm 1"),
        ],
    )


if __name__ == "__main__":
    ui.render(page())
