"""Shapes and sizes: describes the page."""

from __future__ import annotations

import ui
from core import shapes as core
from pages.shapes import block, controls, explorer, growth
from pages.shapes.pitfalls import pitfalls
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
            ui.View(
                "einsum",
                "Einsum",
                explorer.draw,
                (
                    controls.chosen,
                    controls.expression,
                    controls.first,
                    controls.second,
                    controls.third,
                    controls.seed,
                ),
            ),
            ui.View(
                "growth",
                _("Growth"),
                growth.draw,
                (controls.grown, controls.grown_model),
            ),
        ],
        scenarios=[
            ui.Scenario(
                _("A long text"),
                ui.state("block", length=12, tensor=8),
                _("At 4,096 tokens, scores and weights are the largest tensors of the block."),
            ),
            ui.Scenario(
                _("A mixture of experts"),
                ui.state("block", model="Mixtral 8x7B", tensor=15),
                _("Each token passes through 2 of 8 experts; the parameters are those of all 8."),
            ),
            ui.Scenario(
                _("A batched product"),
                ui.state("einsum", chosen="bik,bkj->bij", step=6),
                _("The batch index b is in every tensor, so it is never summed over."),
            ),
            ui.Scenario(
                _("Past the crossing"),
                ui.state("growth", grown=13),
                _("At 8,192 tokens, scores and weighted values cost more than the FFN."),
            ),
        ],
        experiments=experiments(),
        sources=[
            ui.Source(core.block_shapes, "Vaswani et al. (2017), section 3"),
            ui.Source(core.parameter_count),
            ui.Source(core.einsum, "torch.einsum"),
            ui.Source(core.growth, "Kaplan et al. (2020), table 1"),
        ],
        pitfalls=pitfalls(),
        downloads=[
            ui.Download(_("The tensors (CSV)"), "tensors.csv", block.table),
            ui.Download(_("The loops (CSV)"), "einsum.csv", explorer.table),
            ui.Download(_("FLOPs by length (CSV)"), "flops-by-length.csv", growth.table),
        ],
    )


if __name__ == "__main__":
    ui.render(page())
