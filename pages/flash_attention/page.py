"""FlashAttention: the declaration of the page."""

from __future__ import annotations

import ui
from core import flash_attention as core
from core.flash_attention.measuring import fused_attention, measure, plain_attention
from core.online_softmax import online_attention
from pages.flash_attention import controls, measured, overflow, tiles, traffic
from pages.flash_attention.downloads import downloads
from pages.flash_attention.experiments import experiments
from pages.flash_attention.pitfalls import pitfalls
from ui import _

_INPUTS = (
    controls.source,
    controls.text,
    controls.layer,
    controls.head,
    *controls.matrices.values(),
)


def page() -> ui.Page:
    """Return the declaration of the page."""
    return ui.Page(
        "flash_attention",
        "FlashAttention",
        _(
            "FlashAttention computes exact attention tile by tile. It never stores the large "
            "matrix of scores, so far fewer bytes move between the GPU's memory and its cores."
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
                    ui.More(*_INPUTS),
                ),
            ),
            ui.View(
                "overflow",
                _("Overflow"),
                overflow.draw,
                (controls.factor, controls.offset, controls.number_format, ui.More(*_INPUTS)),
            ),
            ui.View(
                "traffic",
                _("Traffic"),
                traffic.draw,
                (controls.length, controls.card, controls.head_dim, controls.against),
            ),
            ui.View(
                "measured",
                _("Measured"),
                measured.draw,
                (controls.measured_dim, controls.measured_causal, measured.buttons),
            ),
        ],
        sentences=[
            lambda text: ui.state("tiles", source="model", text=text),
        ],
        scenarios=[
            ui.Scenario(
                _("Rising maximum"),
                ui.state("tiles", seed=1, visit=4, row=4),
                _("In a random order the maximum may rise late; α then scales what came before."),
            ),
            ui.Scenario(
                _("One row per tile"),
                ui.state("tiles", query_tile=1, key_tile=2, row=1, visit=18),
                _("Each query is a row of tiles of its own; α is a single number per tile."),
            ),
            ui.Scenario(
                _("Without a mask"),
                ui.state("tiles", causal=False, visit=8),
                _("Without a causal mask no tile is skipped."),
            ),
            ui.Scenario(
                "float16",
                ui.state("overflow", factor=3.0),
                _("float16's largest number is 65,504 = e^11.09, so scores above 11.09 overflow."),
            ),
            ui.Scenario(
                _("Far below 0"),
                ui.state("overflow", offset=-120.0, number_format="float32"),
                _("Every e^s becomes 0, even in float32. Subtracting the maximum repairs it."),
            ),
            ui.Scenario(
                _("Tile size"),
                ui.state("traffic", against="tile"),
                _("Twice as many keys per tile need half as many passes over q and the output."),
            ),
            ui.Scenario(
                _("Large heads"),
                ui.state("traffic", head_dim="256", card="1"),
                _("Large heads leave room for few keys per tile; the T4 has little SRAM."),
            ),
        ],
        experiments=experiments(),
        sources=[
            ui.Source(
                online_attention,
                "Milakov and Gimelshein (2018), algorithm 3; Dao et al. (2022), algorithm 1",
            ),
            ui.Source(core.tiled_attention, "Dao et al. (2022), algorithm 1; Dao (2023)"),
            ui.Source(core.softmax_in_format, "Milakov and Gimelshein (2018), algorithms 1 and 2"),
            ui.Source(core.attention_traffic, "Dao et al. (2022), algorithms 0, 1, 3 and 4"),
            ui.Source(core.Card, "Williams, Waterman and Patterson (2009), figure 1"),
            ui.Source(measure),
            ui.Source(plain_attention),
            ui.Source(fused_attention),
        ],
        pitfalls=pitfalls(),
        downloads=downloads(),
    )


if __name__ == "__main__":
    ui.render(page())
