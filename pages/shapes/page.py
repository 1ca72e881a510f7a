"""Shapes and sizes: describes the page."""

from __future__ import annotations

import ui
from core import shapes as core
from pages.shapes import block, controls
from pages.shapes.questions import experiments
from ui import _


def page() -> ui.Page:
    """Return the page's description."""
    return ui.Page(
        "shapes",
        _("Shapes and sizes"),
        _("The shapes of a transformer's tensors decide its parameters, FLOPs and memory."),
        controls=controls,
        views=[
            ui.View(
                "block",
                _("Block"),
                block.draw,
                (controls.length, controls.batch, controls.model),
            ),
        ],
        scenarios=[
            ui.Scenario(
                _("A long text"),
                ui.state("block", length=12, tensor=8),
                _("At 4,096 tokens, the attention weights are the largest tensor of the block."),
            ),
            ui.Scenario(
                _("A mixture of experts"),
                ui.state("block", model="Mixtral 8x7B", tensor=15),
                _("Each token passes through 2 of 8 experts; the parameters are those of all 8."),
            ),
        ],
        experiments=experiments(),
        sources=[
            ui.Source(core.block_shapes, "Vaswani et al. (2017), section 3"),
            ui.Source(core.parameter_count),
        ],
        downloads=[ui.Download(_("The tensors (CSV)"), "tensors.csv", block.table)],
    )


if __name__ == "__main__":
    ui.render(page())
