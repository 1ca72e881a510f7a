"""Experiments of the shapes page, with a question to answer first."""

from __future__ import annotations

import math

import ui
from charts import shapes as charts
from charts.format import count, number, probability
from core import shapes as core
from pages.shapes import block, controls, explorer
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
        ui.Experiment(
            _("Sum over one more index"),
            _("An index that the output does not have is summed over."),
            ui.state("einsum", chosen="own", expression="ij,jk->i", step=10**6),
            ui.Question(
                _(
                    "In ij,jk->ik the index k is removed from the output: ij,jk->i. The number of "
                    "multiplications …"
                ),
                [_("falls, because the output is smaller"), _("stays the same"), _("rises")],
                _removed,
                ui.state("einsum", chosen="own", expression="ij,jk->ik", step=10**6),
            ),
        ),
        ui.Experiment(
            _("Where the parameters are"),
            _("Choose Llama 3 8B: the embedding has a smaller share of its parameters."),
            ui.state("growth", grown_model="SmolLM2-135M"),
            ui.Question(
                _("Of the 134.5 million parameters of SmolLM2-135M, the token embedding has …"),
                [_("about 2 %"), _("about 20 %"), _("about 50 %")],
                _embedding,
                ui.state("block"),
            ),
        ),
    ]


def _removed() -> tuple[int, str]:
    """Compare the multiplications of both expressions."""
    with_k, without = (explorer.trace_of(*explorer.arguments(text)).trace
                       for text in ("ij,jk->ik", "ij,jk->i"))  # fmt: skip
    before, after = with_k.multiplications, without.multiplications
    text = _(
        "There are {before} before and {after} after: the loops run over i, j and k in both "
        "cases, and only the cell to which a product is added changes. Summing B over k first "
        "would save work."
    )
    right = 0 if after < before else 1 if after == before else 2
    return right, text.format(before=count(before), after=count(after))


def _embedding() -> tuple[int, str]:
    """Compare the embedding's share with the answers."""
    shape = core.KNOWN_MODELS[controls.grown_model.value]
    found = core.parameter_count(shape)
    embedding = found.by_part["embedding"]
    share = embedding / found.total
    text = _(
        "{tokens} tokens × {width} channels = {n} of {total} parameters, or {share}. The matrix is "
        "also the output matrix, so it counts once."
    )
    distances = [abs(math.log(share / guess)) for guess in (0.02, 0.2, 0.5)]
    return distances.index(min(distances)), text.format(
        tokens=count(shape.vocab_size),
        width=count(shape.dim),
        n=count(embedding),
        total=count(found.total),
        share=probability(share),
    )


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
        "The block goes from {before} to {after}, × {ratio}. Only the scores and the "
        "weighted values grow with T², and they were {share} of the block."
    )
    right = 0 if ratio < 2.1 else 1 if ratio < 3 else 2
    return right, text.format(
        before=charts.flops_text(before),
        after=charts.flops_text(after),
        ratio=number(ratio),
        share=probability(share),
    )
