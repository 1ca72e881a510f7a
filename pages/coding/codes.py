"""Channel coding: codes on the plane of rate and error."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import torch
from torch import Tensor

import ui
from charts import coding as charts
from charts.format import bits, count, number, probability
from core.coding import (
    ChannelRun,
    codeword_bits,
    expected_bit_error_rate,
    message_bits,
    printed,
    rate_limit,
    transmit,
)
from pages.coding import controls
from ui import _


@lru_cache(maxsize=64)
def _draws(code: str, tries: int, seed: int) -> tuple[Tensor, Tensor]:
    """Return random messages and noise; a moved flip probability keeps both. Read-only."""
    generator = torch.Generator().manual_seed(seed)
    blocks = tries // message_bits(code)
    messages = torch.randint(2, (blocks, message_bits(code)), generator=generator).bool()
    return messages, torch.rand(blocks, codeword_bits(code), generator=generator)


@lru_cache(maxsize=16)
def _runs(flip: float, tries: int, seed: int) -> list[ChannelRun]:
    return [transmit(code, flip, *_draws(code, tries, seed)) for code in controls.CODE_NAMES]


def current() -> list[ChannelRun]:
    """Return one run per code, over the same channel."""
    return _runs(controls.flip.value, int(controls.tries.value), controls.plane_seed.value)


def draw() -> None:
    """Draw the plane, and the arithmetic of the selected code."""
    runs = current()
    names = list(controls.code.names.values())
    selected = list(controls.CODE_NAMES).index(controls.code.value)
    run, capacity = runs[selected], runs[0].capacity
    with ui.figure():
        ui.plot(
            charts.plane(runs, names, selected),
            key="coding_plane",
            alt=_("Rate and bit error rate at capacity {c}: {codes}.").format(
                c=bits(capacity),
                codes="; ".join(
                    f"{name} {number(run.rate)}, {number(run.bit_error_rate)}"
                    for name, run in zip(names, runs, strict=True)
                ),
            ),
            height=460,
            on_click=_choose,
        )
    ui.note(_arithmetic(run, names[selected]), keep=True)
    ui.facts(
        [
            ui.Fact(_("capacity C"), bits(capacity), _("per sent bit")),
            ui.Fact(_("rate R"), number(run.rate), _("R < C") if run.rate < capacity else "R ≥ C"),
            ui.Fact(
                _("bit error rate"),
                number(run.bit_error_rate),
                _("95 %: {low} to {high}").format(
                    low=number(run.error_interval[0], 2), high=number(run.error_interval[1], 2)
                ),
            ),
            ui.Fact(_("exact"), number(run.expected_bit_error_rate), _("all error patterns")),
            ui.Fact(
                _("largest rate at this error"),
                _limit(run),
                "C / (1 − H₂(p))",
                help=_("No code of any length has a higher rate at this bit error rate."),
            ),
        ]
    )
    ui.note(
        _(
            "The colored region is impossible: no code of any length can be there (converse of "
            "Shannon's theorem; MacKay 2003, section 10.1). The theorem promises codes at every "
            "rate below C with as small an error as you like. That is a statement on long codes, "
            "which this page does not run. Sending bits without a code is exactly on the border, "
            "at R = 1; repetition lowers the error only by giving up rate. A measured rate may be "
            "in the region by chance; the exact one never is."
        )
    )
    ui.table(
        [_("code"), "R", _("bit error rate"), "95 %", _("exact"), _("wrong blocks")],
        [
            ui.Row(
                [
                    name,
                    number(item.rate),
                    number(item.bit_error_rate),
                    f"{number(item.error_interval[0], 2)} – {number(item.error_interval[1], 2)}",
                    number(item.expected_bit_error_rate),
                    probability(item.block_error_rate),
                ],
                "marked" if i == selected else "",
            )
            for i, (name, item) in enumerate(zip(names, runs, strict=True))
        ],
        numbers=[1, 2, 3, 4, 5],
    )
    label = _("{code}: wrong message bits at f = {f}")
    ui.provenance(
        *(
            (
                label.format(code=controls.code.names[code], f=f"{printed.PRINTED_FLIP:g}"),
                number_printed,
                100 * expected_bit_error_rate(code, printed.PRINTED_FLIP),
            )
            for code, number_printed in (
                ("repetition-3", printed.REPETITION_3_ERROR),
                ("hamming-7-4", printed.HAMMING_7_4_ERROR),
            )
        )
    )


def _limit(run: ChannelRun) -> str:
    p = run.expected_bit_error_rate
    limit = rate_limit(run.capacity, min(p, 0.5))
    return number(limit) if limit < 1e4 else "∞"


def _arithmetic(run: ChannelRun, name: str) -> str:
    """Write the selected code's numbers, and whether it helps."""
    k, n = run.messages.shape[1], run.sent.shape[1]
    wrong = int((run.messages ^ run.decoded).sum())
    text = _(
        "{name} sends {n} bits for {k}: R = {rate}. Of {all} message bits, {wrong} are wrong: "
        "{share}."
    ).format(
        name=name,
        n=n,
        k=k,
        rate=number(run.rate),
        all=count(run.messages.numel()),
        wrong=count(wrong),
        share=number(run.bit_error_rate),
    )
    exact, flip = run.expected_bit_error_rate, run.flip
    if run.code == "none" or exact == flip:
        return text
    if exact > flip:
        more = _(
            "Without a code only f = {f} are wrong: at this noise the decoder does harm, because "
            "blocks with several inverted bits are “corrected” into other codewords."
        )
    else:
        more = _("Without a code f = {f} are wrong, {times} times as many (exact rates).")
    times = number(flip / exact) if exact > 0 else "∞"
    return f"{text} " + more.format(f=number(flip), times=times)


def _choose(mark: dict[str, Any]) -> None:
    """Select the clicked code; the border is no code."""
    if mark["curve"] > 0 and mark["point"] < len(controls.CODE_NAMES):
        controls.code.set(list(controls.CODE_NAMES)[mark["point"]])
