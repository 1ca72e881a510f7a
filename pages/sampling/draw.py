"""1, 100 or 10,000 draws compared with the distribution that they come from."""

from __future__ import annotations

import torch

import ui
from charts import sampling as charts
from charts.format import count, number, probability
from core.sampling import DrawCounts, draw_counts
from pages.sampling import controls, settings
from pages.sampling.source import Source, shown_source
from ui import _

CHIPS = 60  # draws shown one by one, at most


def draw() -> None:
    """Draw the counts of the draws beside the exact distribution."""
    source = shown_source()
    params = settings.params()
    trace = source.trace(params)
    generator = torch.Generator().manual_seed(params.seed)
    result = draw_counts(trace.probs, generator, int(controls.draws.value))
    ids, labels = source.shown(trace)
    counts = result.counts[ids].tolist()
    top = ", ".join(f"{label} {n}" for label, n in zip(labels[:3], counts, strict=False))
    with ui.figure():
        ui.plot(
            charts.draws(result, trace.probs, ids, labels),
            key="draw_counts",
            alt=_("Counts of {n} draws and the exact distribution. {top}").format(
                n=count(result.n), top=top
            ),
            height=440 if len(ids) > 8 else 320,
        )
    _facts(result)
    _in_order(source, result)


def _facts(result: DrawCounts) -> None:
    test = result.chi_square
    p_value = _("too few draws") if test.p_value is None else number(test.p_value, 2)
    ui.facts(
        [
            ui.Fact(
                _("total variation distance"),
                probability(result.total_variation),
                _("between the shares of the draws and the exact probabilities"),
            ),
            ui.Fact(
                _("p-value"),
                p_value,
                _("Pearson's χ² = {x} in {n} cells").format(x=number(test.statistic), n=test.cells),
            ),
            ui.Fact(_("distinct tokens"), count(int((result.counts > 0).sum())), _("in the draws")),
        ]
    )


def _in_order(source: Source, result: DrawCounts) -> None:
    ids = result.ids[:CHIPS].tolist()
    if len(ids) < result.n:
        ui.note(_("The first {n} draws in order:").format(n=len(ids)))
    ui.tokens(
        [ui.Token(source.token(i), title=str(i)) for i in ids],
        key="sampling_drawn",
        label=_("The draws in order"),
    )
