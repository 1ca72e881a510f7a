"""Attention sinks: the model's loss with a cache of limited size, recorded."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import ui
from charts import long_text as charts
from charts.format import number
from core.long_text import PRINTED_PERPLEXITY, RecordedRun, SinksRecord, sinks_record
from pages.long_text import controls
from ui import _


def current() -> tuple[SinksRecord, Sequence[RecordedRun], int]:
    """Return the record, the runs to show, and the number of blocks read."""
    record = sinks_record()
    cache = int(controls.cache.value)
    runs = [run for run in record.runs if run.full or run.cache == cache]
    return record, runs, max(1, controls.position.value // record.block)


def after(runs: Sequence[RecordedRun], blocks: int, block: int) -> dict[str, float]:
    """Return each run's perplexity on the tokens read after the cache was full, by name."""
    full = int(controls.cache.value) // block
    first = full if blocks > full else 0
    return {charts.run_name(run): run.perplexity(first, blocks) for run in runs}


def draw() -> None:
    """Draw the loss along the text, then the perplexities."""
    record, runs, blocks = current()
    cache = int(controls.cache.value)
    values = after(runs, blocks, record.block)
    with ui.figure():
        ui.plot(
            charts.losses(runs, record.block, blocks * record.block, cache),
            key="long_sinks",
            alt=_("Loss along the text; perplexities: {values}.").format(
                values=", ".join(f"{name} {number(value)}" for name, value in values.items())
            ),
            height=400,
            least_height=260,
            on_click=_choose,
        )
    ui.note(outcome(runs, blocks, record.block), keep=True)
    ui.facts([ui.Fact(name, number(value), _("perplexity")) for name, value in values.items()])
    text = _(
        "Measured once on SmolLM2-135M-Instruct reading {n} tokens of Genesis (King James "
        "Version); each dot is the mean of {block} tokens. `make sinks` measures it again."
    )
    ui.note(text.format(n=record.length, block=record.block))
    ui.note(
        _(
            "The cache keeps keys and values; when it is full, the oldest one is dropped, except "
            "the first tokens in the runs that keep them. Positions count inside the cache."
        ),
        more=_(
            "Many heads attend to the first tokens when no other token is relevant, because the "
            "weights of a softmax always sum to 1. When these tokens are dropped, the weight "
            "moves to other tokens, whose values then disturb the output."
        ),
    )
    ui.provenance(
        *(
            (
                _("Perplexity of Llama-2-13B, first {first} and last {last} tokens kept").format(
                    first=first, last=last
                ),
                printed,
                None,
            )
            for (first, last), printed in PRINTED_PERPLEXITY.items()
        )
    )


def outcome(runs: Sequence[RecordedRun], blocks: int, block: int) -> str:
    """Return a sentence on what the window does."""
    cache = int(controls.cache.value)
    if blocks * block <= cache:
        return _("The cache is not full yet: no token was dropped, so all runs have the same loss.")
    full = cache // block
    whole = next(run for run in runs if run.full)
    kept = {run.sinks: run.perplexity(full, blocks) for run in runs if not run.full}
    text = _(
        "After the cache of {cache} tokens was full, the perplexity is {none} if only the last "
        "tokens are kept, {four} if the first 4 stay too, and {whole} with the whole text."
    )
    return text.format(
        cache=cache,
        none=number(kept[0]),
        four=number(kept[4]),
        whole=number(whole.perplexity(full, blocks)),
    )


def _choose(mark: dict[str, Any]) -> None:
    controls.position.set(mark["x"])


def table() -> ui.Table:
    """Return the loss of every block in every recorded run."""
    record = sinks_record()
    head = [_("tokens read"), _("cache"), _("first tokens kept"), _("−log p per token, nats")]
    return head, [
        (record.block * (i + 1), run.cache, run.sinks, value)
        for run in record.runs
        for i, value in enumerate(run.nll)
    ]
