"""1, 100 or 10,000 draws compared with the distribution that they come from."""

from __future__ import annotations

import torch

import ui
from charts import sampling as charts
from charts.format import count, number, probability
from core.sampling import DrawCounts, draw_counts
from pages.sampling import controls, settings
from pages.sampling.source import Source, current_source, in_words
from ui import _

CHIPS = 60  # draws shown one by one, at most


def draw() -> None:
    """Draw the counts of the draws beside the exact distribution."""
    source = current_source(show_problems=True)
    params = settings.params()
    trace = source.trace(params)
    generator = torch.Generator().manual_seed(params.seed)
    result = draw_counts(trace.probs, generator, int(controls.draws.value))
    ids, labels = source.shown(trace)
    alt = _("Exact probability of each token and its share of {n} draws. {top}")
    top = in_words(labels, trace.probs[ids], result.frequencies[ids])
    with ui.figure():
        ui.plot(
            charts.draws(result, trace.probs, ids, labels),
            key="draw_counts",
            alt=alt.format(n=count(result.n), top=top),
            height=640 if len(ids) > 8 else 320,
        )
    _facts(result)
    _in_order(source, result)


def _facts(result: DrawCounts) -> None:
    test = result.chi_square
    p_value = _("too few draws") if test.p_value is None else number(test.p_value, 2)
    chi = _("Pearson's χ² = {x} in {n} cells").format(x=number(test.statistic), n=test.cells)
    distance = probability(result.total_variation)
    distinct = count(int((result.counts > 0).sum()))
    ui.facts(
        [
            ui.Fact(
                _("total variation distance"),
                distance,
                _("between the draws and the exact distribution"),
            ),
            ui.Fact(_("p-value"), p_value, chi),
            ui.Fact(_("distinct tokens"), distinct, _("in the draws")),
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
