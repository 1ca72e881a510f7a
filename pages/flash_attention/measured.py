"""Measured: plain attention against torch's fused kernel, on the server that runs the page."""

from __future__ import annotations

from collections.abc import Iterator

import ui
from charts import flash_attention as charts
from charts.format import byte_size, count, number
from core.flash_attention.measuring import (
    KERNELS,
    Measured,
    device_of_measurement,
    lengths_to_measure,
)
from pages.flash_attention import controls, process
from ui import _

Request = tuple[str, int, int, bool]  # kernel, length, head size, causal


def requests() -> list[Request]:
    """Return what is measured, from short to long; plain attention stops where memory would."""
    head_dim, causal = int(controls.measured_dim.value), controls.measured_causal.value
    device, _format = device_of_measurement()
    lengths = {kernel: lengths_to_measure(kernel, device) for kernel in KERNELS}
    return [
        (kernel, length, head_dim, causal)
        for length in lengths["fused"]
        for kernel in KERNELS
        if length in lengths[kernel]
    ]


def run() -> ui.Run:
    """Return this visitor's measurement; one process measures for all visitors, one at a time."""
    wanted = requests()

    def advance(left: Iterator[Request]) -> Measured | process.Failure | None:
        request = next(left, None)
        return None if request is None else process.measured(request)

    return ui.run_of(
        "flash_measure",
        tuple(wanted),
        lambda: iter(wanted),
        advance,
        limit=len(wanted) + 1,
        worker=process.worker(),
    )


def buttons() -> None:
    """Draw the buttons that start and stop the measurement."""
    ui.run_controls(run(), key="flash_measure", start_label=_("Measure"))


def results() -> list[Measured]:
    """Return what has been measured so far."""
    return [frame for frame in run().frames if isinstance(frame, Measured)]


def draw() -> None:
    """Draw time and memory against the length, as they are measured."""
    found = results()
    device, number_format = device_of_measurement()
    longest = lengths_to_measure("fused", device)[-1]
    last = _pair(found)
    with ui.figure():
        ui.plot(
            charts.measured(found, longest),
            key="flash_measured",
            alt=_pair_sentence(last) if last else _("Nothing is measured yet."),
            height=440,
        )
    for failure in run().frames:
        if isinstance(failure, process.Failure):
            ui.sentence(
                _("{kernel} could not be measured for {n} tokens: {reason}").format(
                    kernel=charts.measured_name(failure.kernel),
                    n=count(failure.length),
                    reason=failure.message,
                )
            )
    ui.note(
        _pair_sentence(last)
        if last
        else _("Press Measure. The figure fills from left to right; Pause stops it."),
        keep=True,
    )
    if last:
        plain, fused = last
        ui.facts(
            [
                ui.Fact(
                    _("time, {n} tokens").format(n=count(plain.length)),
                    f"{_ms(plain)} → {_ms(fused)}",
                    _("plain ÷ fused = {n}").format(n=number(plain.seconds / fused.seconds, 2)),
                ),
                ui.Fact(
                    _("peak memory"),
                    f"{byte_size(plain.peak_bytes)} → {byte_size(fused.peak_bytes)}",
                    _("beyond q, k and v"),
                ),
                ui.Fact(
                    _("one T×T matrix"),
                    byte_size(plain.length**2 * (2 if device == "cuda" else 4)),
                    number_format,
                ),
            ]
        )
    ui.note(
        _(
            "One head of random numbers, {format}, on this server's {device}, in a process of low "
            "priority: the fastest of 3 to 15 runs, and the largest amount of memory that torch "
            "held at a time. A busy server measures longer times. Plain attention stops at {plain} "
            "tokens, before its matrices fill the memory that this page allows itself."
        ).format(
            format=number_format,
            device={"cpu": "CPU", "cuda": "GPU"}[device],
            plain=count(lengths_to_measure("plain", device)[-1]),
        )
    )


def _pair(found: list[Measured]) -> tuple[Measured, Measured] | None:
    """Return both measurements at the longest length at which both exist."""
    plain, fused = ({m.length: m for m in found if m.kernel == kernel} for kernel in KERNELS)
    both = sorted(plain.keys() & fused.keys())
    return (plain[both[-1]], fused[both[-1]]) if both else None


def _pair_sentence(pair: tuple[Measured, Measured]) -> str:
    plain, fused = pair
    return _(
        "At {n} tokens plain attention took {a} and held {x}; the fused kernel took {b} and held "
        "{y}."
    ).format(
        n=count(plain.length),
        a=_ms(plain),
        b=_ms(fused),
        x=byte_size(plain.peak_bytes),
        y=byte_size(fused.peak_bytes),
    )


def _ms(result: Measured) -> str:
    return f"{number(1000 * result.seconds)} ms"
