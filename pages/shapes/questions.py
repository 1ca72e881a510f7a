"""Experiments of the shapes page, with a question to answer first."""

from __future__ import annotations

import ui
from charts.format import number, probability
from core import shapes as core
from pages.shapes import block, controls
from ui import _

FROM, TO = 10, 11  # exponents of T


def experiments() -> list[ui.Experiment]:
    """Return the page's experiments."""
    return [
        ui.Experiment(
            _("Double the length"),
            _("The weights have an axis T and an axis S, and both have doubled."),
            ui.state("block", length=TO, tensor=8),
            ui.Question(
                _(
                    "A text grows from 1,024 to 2,048 tokens. The FLOPs of one block of "
                    "SmolLM2 become …"
                ),
                [
                    _("about 2 times as many"),
                    _("more than 2 but less than 3 times as many"),
                    _("about 4 times as many"),
                ],
                _doubled,
                ui.state("block", length=FROM, tensor=8),
            ),
        ),
    ]


def _doubled() -> tuple[int, str]:
    """Compare the block's FLOPs at the two lengths."""
    before, after = (
        sum(t.flops for t in block.tensors_of(controls.model.value, controls.batch.value, 2**n))
        for n in (controls.length.value - 1, controls.length.value)
    )
    ratio = after / before
    shape = core.growth(core.KNOWN_MODELS[controls.model.value], [2 ** (controls.length.value - 1)])
    share = shape.square[0] / (shape.square[0] + shape.projections[0] + shape.ffn[0])
    text = _(
        "The FLOPs go from {before} to {after}, × {ratio}. Only the scores and the weighted values "
        "grow with T², and they were {share} of the block."
    )
    right = 0 if ratio < 2.1 else 1 if ratio < 3 else 2
    return right, text.format(
        before=number(before), after=number(after), ratio=number(ratio), share=probability(share)
    )
