"""1, 100 or 10,000 draws compared with the distribution that they come from."""

from __future__ import annotations

import torch

import ui
from charts import sampling as charts
from charts.format import count, number, probability
from core.sampling import DrawCounts, Whisker, draw_counts, whisker
from pages.sampling import controls, settings
from pages.sampling.compare import distance_help
from pages.sampling.distribution import select_row, selected_row
from pages.sampling.source import Source, card, current_source, in_words
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
    hidden = trace.probs.numel() - len(ids)
    row = selected_row(len(ids) + bool(hidden))
    alt = _("Exact probability of each token and its share of {n} draws. {top}")
    top = in_words(labels, trace.probs[ids], result.frequencies[ids])
    with ui.figure():
        ui.plot(
            charts.draws(result, trace.probs, ids, labels, row),
            key="draw_counts",
            alt=alt.format(n=count(result.n), top=top),
            height=640 if len(ids) > 8 else 320,
            on_click=select_row,
        )
    if row < len(ids):
        label, found = labels[row], whisker(result, [ids[row]])
    else:
        label, found = _("{n} more").format(n=count(hidden)), whisker(result, ids, others=True)
    ui.note(_row_line(label, found, result.n), keep=True)
    _facts(result)
    ui.note(_whiskers_line(result, ids))
    _in_order(source, result)
    card(source)


def _row_line(label: str, found: Whisker, n: int) -> str:
    """Return the arithmetic of one bar, its whisker and its diamond."""
    if found.deviation == 0:
        words = _("“{token}” has probability {p}, so its share of the draws is always {share}.")
        return words.format(token=label, p=probability(found.p), share=probability(found.share))
    words = _(
        "“{token}”: the exact probability is p = {p}. The whisker is p ± 2·√(p(1 − p)/n) = {p} ± "
        "{spread} percentage points for n = {n}. The token was drawn {seen} times, a share of "
        "{share}, {z} standard deviations from p."
    )
    return words.format(
        token=label, p=probability(found.p), spread=number(200 * found.deviation, 2), n=count(n),
        seen=count(found.count), share=probability(found.share), z=number(abs(found.z), 2),
    )  # fmt: skip


def _whiskers_line(result: DrawCounts, ids: list[int]) -> str:
    found = [w for w in (whisker(result, [i]) for i in ids) if w.deviation > 0]
    inside = sum(abs(w.z) <= 2 for w in found)
    words = _(
        "A whisker reaches two standard deviations of the share of n independent draws to each "
        "side of p. Here {inside} of {all} shares lie within their whisker. Click a row for its "
        "numbers."
    )
    return words.format(inside=inside, all=len(found))


def _facts(result: DrawCounts) -> None:
    test = result.chi_square
    p_value = _("too few draws") if test.p_value is None else number(test.p_value, 2)
    chi = _("Pearson's χ² = {x} in {n} cells").format(x=number(test.statistic), n=test.cells)
    ui.facts(
        [
            ui.Fact(
                _("total variation distance"),
                probability(result.total_variation),
                _("between the draws and the exact distribution"),
                distance_help(),
            ),
            ui.Fact(
                _("p-value"),
                p_value,
                chi,
                _(
                    "Probability that draws from the exact distribution deviate at least as much. "
                    "Tokens expected fewer than 5 times share one cell."
                ),
            ),
            ui.Fact(_("distinct tokens"), count(int((result.counts > 0).sum())), _("in the draws")),
        ]
    )


def _in_order(source: Source, result: DrawCounts) -> None:
    ids = result.ids[:CHIPS].tolist()
    words = _("All {n} draws in order:") if len(ids) == result.n else _("The first {n} draws:")
    ui.note(words.format(n=len(ids)))
    title = _("id {id}, drawn {n} times")
    ui.tokens(
        [
            ui.Token(source.token(i), title.format(id=i, n=count(int(result.counts[i]))))
            for i in ids
        ],
        key="sampling_drawn",
        label=_("The draws in order"),
    )
