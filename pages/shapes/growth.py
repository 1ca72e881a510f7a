"""Growth: the FLOPs of a block by length, and where a model's parameters are."""

from __future__ import annotations

from functools import lru_cache

import ui
from charts import shapes as charts
from charts.format import count, probability
from core import shapes as core
from pages.shapes import controls
from ui import _

LENGTHS = tuple(2**n for n in range(4, 18))


@lru_cache(maxsize=16)
def curves(model: str) -> core.Growth:
    """Return a block's FLOPs at every length of the figure; cached, read-only."""
    return core.growth(core.KNOWN_MODELS[model], LENGTHS)


@lru_cache(maxsize=16)
def counted(model: str) -> core.ParameterCount:
    """Return a model's parameters by part; cached, read-only."""
    return core.parameter_count(core.KNOWN_MODELS[model])


def draw() -> None:
    """Draw the FLOPs by length and the parameters by part, then the numbers."""
    name = controls.grown_model.value
    label = controls.grown_model.names[name]
    found, parameters = curves(name), counted(name)
    length = 2**controls.grown.value
    at = found.lengths.index(length)
    with ui.figure():
        ui.plot(
            charts.growth(found, length),
            key="shapes_growth",
            alt=_("Attention's scores and the FFN take equally many FLOPs at {n} tokens.").format(
                n=count(round(found.crossing))
            ),
            height=360,
            on_click=lambda mark: controls.grown.set(found.lengths[mark["point"]].bit_length() - 1),
        )
    with ui.second_figure():
        ui.plot(
            charts.parts(parameters),
            key="shapes_parts",
            alt=_("{n} parameters by part.").format(n=count(parameters.total)),
            height=360,
        )
    square, ffn = found.square[at], found.ffn[at]
    whole = square + ffn + found.projections[at]
    ui.note(_sentence(length, square, ffn, found.crossing), keep=True)
    embedding = parameters.by_part["embedding"]
    ui.facts(
        [
            ui.Fact(
                _("T² part at T = {n}").format(n=count(length)),
                probability(square / whole),
                _("{part} of {all}").format(
                    part=charts.flops_text(square), all=charts.flops_text(whole)
                ),
            ),
            ui.Fact(
                _("crossing"),
                _("{n} tokens").format(n=count(round(found.crossing))),
                _("scores and weighted values = FFN"),
            ),
            ui.Fact(_("parameters"), count(parameters.total), label),
            ui.Fact(
                _("token embedding"),
                probability(embedding / parameters.total),
                _("{n} parameters").format(n=count(embedding)),
            ),
        ]
    )
    ui.note(
        _(
            "The FLOPs are those of a forward pass over one sequence, 2 per multiply-add, masked "
            "scores included. At the crossing, the scores and weighted values take as many as the "
            "FFN; the projections are not counted."
        )
    )
    printed = core.PRINTED[name]
    unit = 10**9 if printed.unit == "B" else 10**6
    ui.provenance((_("Parameters of {model}").format(model=label), printed,
                   parameters.total / unit))  # fmt: skip


def _sentence(length: int, square: int, ffn: int, crossing: float) -> str:
    text = (
        _("At {n} tokens, scores and weighted values take {ratio} times the FLOPs of the FFN.")
        if square >= ffn
        else _("At {n} tokens, scores and weighted values take {share} of the FLOPs of the FFN.")
    )
    end = _(" Both are equal at {crossing} tokens.")
    return text.format(
        n=count(length), ratio=f"{square / ffn:.3g}", share=probability(square / ffn)
    ) + end.format(crossing=count(round(crossing)))


def table() -> ui.Table:
    """Return the FLOPs at every length."""
    found = curves(controls.grown_model.value)
    head = [_("tokens T"), _("scores and weighted values"), _("projections"), "FFN"]
    return head, list(zip(found.lengths, found.square, found.projections, found.ffn, strict=True))
