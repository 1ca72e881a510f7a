"""Experiments of the page "Long text", with a question to answer first."""

from __future__ import annotations

import ui
from charts.format import number
from pages.long_text import chunks, controls, cost, cutting, retrieval, sinks
from ui import _

LONG, LONGER = 8_192.0, 16_384.0


def experiments() -> list[ui.Experiment]:
    """Return the page's experiments."""
    return [
        ui.Experiment(
            _("The overlap that one gets"),
            _("The splitter repeats whole pieces only. Look at the orange chips."),
            ui.state("chunks", method="recursive"),
            ui.Question(
                _(
                    "The recursive splitter is asked for chunks of 120 characters with an overlap "
                    "of 30 (25 %). Neighboring chunks of this text share, on average, …"
                ),
                [_("30 characters"), _("more than 30 characters"), _("less than 30 characters")],
                _overlap,
                ui.state("chunks", method="recursive", overlap=0),
            ),
        ),
        ui.Experiment(
            _("Retrieve more chunks"),
            _("A sentence that a cut has divided is whole in no retrieved chunk. Add overlap."),
            ui.state("retrieval", best=8, overlap=0, sizes={"characters": 60}),
            ui.Question(
                _(
                    "Chunks have 60 characters and no overlap, and 2 are retrieved. With k = 8, a "
                    "retrieved chunk that holds the whole sentence with the answer …"
                ),
                [_("is found"), _("is still not found")],
                _retrieved,
                ui.state("retrieval", best=2, overlap=0, sizes={"characters": 60}),
            ),
        ),
        ui.Experiment(
            _("Twice the text"),
            _("Full attention grows with the square of the length, a window linearly."),
            ui.state("cost", length=LONGER),
            ui.Question(
                _(
                    "The text grows from 8,192 to 16,384 tokens; every token attends to the last "
                    "1,024. The number of pairs becomes about …"
                ),
                [_("1 time as large"), _("2 times as large"), _("4 times as large")],
                _longer,
                ui.state("cost", length=LONG),
            ),
        ),
        ui.Experiment(
            _("Keep one token"),
            _("The first token alone repairs most of what the sliding window breaks."),
            ui.state("sinks"),
            ui.Question(
                _(
                    "A cache keeps the last 128 tokens, and the model fails once the first token "
                    "is dropped. If the first token stays and the last 127, the perplexity …"
                ),
                [
                    _("stays high, because one token of 128 cannot matter"),
                    _("falls about halfway"),
                    _("falls to within twice that of the whole text"),
                ],
                _one_token,
                ui.state("sinks", position=128),
            ),
        ),
    ]


def _overlap() -> tuple[int, str]:
    found = cutting.current()
    mean = chunks.got(found)
    text = _(
        "They share {mean} characters on average. At {none} of {all} seams nothing is repeated, "
        "because a piece there is longer than {asked} characters or is itself split further."
    )
    none = sum(c.overlap == 0 for c in found.chunks[1:])
    index = 0 if mean == found.overlap else 1 if mean > found.overlap else 2
    return index, text.format(
        mean=number(mean), none=none, all=len(found.chunks) - 1, asked=found.overlap
    )


def _retrieved() -> tuple[int, str]:
    found = retrieval.current()
    return int(not set(found.whole) & set(found.kept)), retrieval.outcome(found)


def _longer() -> tuple[int, str]:
    size = round(controls.window.value)
    now, before = cost.pairs(round(LONGER), size)[1], cost.pairs(round(LONG), size)[1]
    text = _(
        "The number of pairs grows from {before} to {now}, {ratio} times as many, because "
        "each further token adds {window}."
    )
    index = min(range(3), key=lambda i: abs(2**i - now / before))
    return index, text.format(
        now=f"{now:,}", before=f"{before:,}", ratio=number(now / before), window=f"{size:,}"
    )


def _one_token() -> tuple[int, str]:
    record, runs, blocks = sinks.current()
    full = int(controls.cache.value) // record.block
    kept = {run.sinks: run.perplexity(full, blocks) for run in runs if not run.full}
    whole = next(run for run in runs if run.full).perplexity(full, blocks)
    middle = (kept[0] + whole) / 2
    index = 2 if kept[1] < 2 * whole else 1 if kept[1] < 1.2 * middle else 0
    text = _("It falls from {none} to {one}; with the whole text it is {whole}.")
    return index, text.format(none=number(kept[0]), one=number(kept[1]), whole=number(whole))
