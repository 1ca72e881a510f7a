"""Prefill and decoding of the current request, timed on this server."""

from __future__ import annotations

from collections.abc import Iterator
from statistics import median

import torch

import ui
from charts import architectures as charts
from charts.format import count, number
from core import architectures as core
from core.architectures import TimedPass
from pages.architectures import controls, talk
from pages.architectures.conversation import current
from ui import _, models

RUN = "arch_timing"


def run() -> ui.Run:
    """Return this visitor's measurement of the current request."""
    found, steps = current(), controls.steps.value

    def make() -> Iterator[TimedPass]:
        return core.timed_passes(models.language_model(), found.cached, found.prompt, steps)

    return ui.run_of(RUN, (found, steps), make, lambda left: next(left, None), limit=steps + 2)


def passes() -> tuple[tuple[int, int], ...]:
    """Return the tokens that each forward pass runs, with the cache and without it."""
    compared = talk.prefix(current())
    return core.passes(compared.reused, compared.length, controls.steps.value)


def buttons() -> None:
    """Draw the buttons that start and stop the measurement."""
    ui.run_controls(run(), key=RUN, start_label=_("Measure"))


def draw() -> None:
    """Draw the tokens of every forward pass, and the times measured so far."""
    measured = run()
    measured.look()
    timed: list[TimedPass] = list(measured.frames)
    compared, planned = talk.prefix(current()), passes()
    total = [sum(sizes[way] for sizes in planned) for way in range(2)]
    with ui.figure():
        ui.plot(
            charts.timing(planned, timed),
            key="arch_timing_plot",
            alt=_("Tokens run: {a} with the cache, {b} without. {n} passes are timed.").format(
                a=total[0], b=total[1], n=len(timed)
            ),
            height=390,
        )
    ui.note(
        _(
            "For the request and {n} written tokens, the model runs {a} tokens with the cache and "
            "{b} without it. The prefill runs {first} of the request's {all} tokens; the other "
            "{reused} are in the cache."
        ).format(
            n=controls.steps.value,
            a=count(total[0]),
            b=count(total[1]),
            first=compared.recomputed,
            all=compared.length,
            reused=compared.reused,
        ),
        keep=True,
    )
    _facts(timed, measured.done)
    ui.note(
        _(
            "Measured on this server (torch threads: {n}), the faster of two runs of each pass, "
            "while other visitors may use it. The tokens are always the most likely ones, the end "
            "token included. “Without a cache” runs the whole text for every token."
        ).format(n=torch.get_num_threads())
    )
    ui.model_card()


def _facts(timed: list[TimedPass], done: bool) -> None:
    if not timed:
        ui.note(_("Press Measure to run both on the model. The times appear below."), keep=True)
        return
    prefill, decoding = timed[0].seconds, [found.seconds for found in timed[1:]]
    facts = [_pair(_("prefill"), *prefill)]
    if decoding:
        each = [median(pair[way] for pair in decoding) for way in range(2)]
        facts.append(_pair(_("per written token (median)"), *each))
    total = [sum(found.seconds[way] for found in timed) for way in range(2)]
    facts.append(_pair(_("together") if done else _("so far"), *total))
    facts.append(
        ui.Fact(
            _("largest difference of logits"),
            number(max(found.difference for found in timed), 2),
            _("between the two ways: rounding only"),
        )
    )
    ui.facts(facts)


def _pair(label: str, fast: float, slow: float) -> ui.Fact:
    """Return the time with the cache, and the one without it in the note."""
    return ui.Fact(
        label,
        _("{t} ms").format(t=number(1000 * fast)),
        _("{t} ms without a cache: {r} times as long").format(
            t=number(1000 * slow), r=number(slow / fast, 2)
        ),
    )
