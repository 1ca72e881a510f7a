"""Traffic between HBM and SRAM, and where both kernels stand on a GPU's roofline."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import ui
from charts import flash_attention as charts
from charts.format import byte_size, count, number
from core import flash_attention as core
from core.flash_attention import Card, Traffic
from pages.flash_attention import controls
from ui import _

LENGTHS = tuple(round(2 ** (n / 4)) for n in range(28, 69))  # 128 … 131,072
TILES = tuple(round(2 ** (n / 4)) for n in range(16, 45))  # 16 … 2,048 keys


@lru_cache(maxsize=256)
def count_traffic(kind: str, length: int, head_dim: int, sram_numbers: int) -> Traffic:
    """Return a kernel's counts; cached."""
    return core.attention_traffic(length, head_dim, kind, sram_numbers)


def card() -> Card:
    """Return the chosen GPU."""
    return core.CARDS[int(controls.card.value)]


def now() -> tuple[Traffic, Traffic]:
    """Return the counts of standard attention and of FlashAttention by the controls."""
    d, numbers = int(controls.head_dim.value), card().sram_numbers()
    standard, flash = (
        count_traffic(kind, controls.length.value, d, numbers) for kind in core.KINDS
    )
    return standard, flash


@lru_cache(maxsize=64)
def _lines(against: str, length: int, d: int, numbers: int) -> tuple[tuple[Traffic, ...], ...]:
    """Return the counts of both kinds along the horizontal axis."""
    if against == "length":
        return tuple(
            tuple(core.attention_traffic(n, d, kind, numbers) for n in LENGTHS)
            for kind in core.KINDS
        )
    return tuple(
        tuple(core.attention_traffic(length, d, kind, 4 * d * tile) for tile in TILES)
        for kind in core.KINDS
    )


def draw() -> None:
    """Draw the bytes moved, then the roofline."""
    kernels, gpu = now(), card()
    standard, flash = kernels
    n, d = controls.length.value, int(controls.head_dim.value)
    against = controls.against.value
    lines = _lines(against, n if against == "tile" else 0, d, gpu.sram_numbers())
    by_length = against == "length"
    with ui.figure():
        ui.plot(
            charts.moved(
                LENGTHS if by_length else TILES,
                lines,
                kernels,
                n if by_length else flash.block_columns,
                _("tokens N") if by_length else _("keys per tile"),
            ),
            key="flash_moved",
            alt=_("Standard attention moves {a}, FlashAttention {b} per head.").format(
                a=byte_size(standard.bytes), b=byte_size(flash.bytes)
            ),
            height=420,
            on_click=_choose if by_length else None,
        )
    with ui.second_figure():
        ui.plot(
            charts.roofline(gpu, kernels),
            key="flash_roofline",
            alt=_("Roofline of the {card}: {a} and {b} FLOPs per byte.").format(
                card=gpu.name, a=number(standard.intensity), b=number(flash.intensity)
            ),
            height=420,
        )
    ui.note(sentence(standard, flash, gpu), keep=True)
    ui.facts(
        [
            ui.Fact(
                _("moved, standard"), byte_size(standard.bytes), "4N² + 4Nd",
                help=_(
                    "The scores are written, read for the softmax, written as weights and read "
                    "again: 4N² numbers. q, k, v and the output are 4Nd."
                ),
            ),
            ui.Fact(
                _("moved, FlashAttention"), byte_size(flash.bytes),
                _("2Nd + {t}·(3Nd + 4N)").format(t=count(flash.column_tiles)),
                help=_(
                    "k and v are read once. For each of the {t} tiles of {b} keys, q, the output, "
                    "m and ℓ are read, and the output, m and ℓ are written again."
                ).format(t=count(flash.column_tiles), b=count(flash.block_columns)),
            ),
            ui.Fact(
                _("extra memory"),
                f"{byte_size(standard.extra_bytes)} → {byte_size(flash.extra_bytes)}",
                _("scores and weights 2N²; m and ℓ 2N"),
            ),
            ui.Fact(
                _("at least"),
                f"{_time(gpu.least_seconds(standard))} → {_time(gpu.least_seconds(flash))}",
                _("per head, by the roofline"),
                help=_(
                    "A kernel takes at least as long as the memory needs for its bytes and as the "
                    "cores need for its operations. The roofline's ridge is where both are equal."
                ),
            ),
        ]
    )  # fmt: skip
    ui.formula(
        rf"B_c = \left\lceil \tfrac{{M}}{{4d}} \right\rceil ="
        rf" \left\lceil \tfrac{{{gpu.sram_numbers()}}}{{4\cdot {d}}} \right\rceil"
        rf" = {-(-gpu.sram_numbers() // (4 * d))},\qquad T_c = \left\lceil \tfrac{{N}}{{B_c}}"
        rf" \right\rceil = {flash.column_tiles}"
    )
    ui.note(
        _(
            "{card}: memory {bandwidth} GB/s, {peak} TFLOP/s in FP16 without sparsity, {sram} of "
            "on-chip memory (SRAM) per multiprocessor. Source: {source}. Counted by algorithms 0 "
            "and 1 of Dao et al. (2022), forward pass of one head, 2 bytes per number. Later "
            "kernels (Dao 2023) keep the output of a row of tiles on chip and move even less."
        ).format(
            card=gpu.name,
            bandwidth=count(round(gpu.bandwidth / 1e9)),
            peak=number(gpu.peak / 1e12),
            sram=byte_size(gpu.sram),
            source=gpu.source,
        )
    )
    _printed()


def sentence(standard: Traffic, flash: Traffic, gpu: Card) -> str:
    """Return how much less FlashAttention moves, and what limits each kernel."""
    if flash.bytes > standard.bytes:
        text = _(
            "For {n} tokens FlashAttention moves more bytes, {inverse} times as many: d = {d} is "
            "so large that SRAM holds only {tile} keys per tile."
        )
    else:
        text = _("For {n} tokens FlashAttention moves {factor} times fewer bytes.")
    slow = [each.intensity < gpu.ridge for each in (standard, flash)]
    if slow == [True, True]:
        limit = _("On the {card}, the memory's bandwidth limits both kinds of attention.")
    elif slow == [False, False]:
        limit = _("On the {card}, arithmetic limits both kinds of attention.")
    elif slow == [True, False]:
        limit = _(
            "On the {card}, the memory's bandwidth limits standard attention, and arithmetic "
            "limits FlashAttention."
        )
    else:
        limit = _(
            "On the {card}, arithmetic limits standard attention, and the memory's bandwidth "
            "limits FlashAttention."
        )
    return f"{text} {limit}".format(
        n=count(controls.length.value),
        factor=number(standard.bytes / flash.bytes),
        inverse=number(flash.bytes / standard.bytes),
        d=controls.head_dim.value,
        tile=flash.block_columns,
        card=gpu.name,
    )


def _printed() -> None:
    """Compare the counts with the two printed versions of Figure 2."""
    computed = {kind: core.figure_2(kind) for kind in core.KINDS}
    traffic, flops = core.PRINTED_TRAFFIC, core.PRINTED_FLOPS
    ui.provenance(
        *(
            (
                _("moved, {kernel}").format(kernel=charts.kernel_name(kind)),
                traffic[kind, version],
                computed[kind][0],
            )
            for version in (1, 2)
            for kind in core.KINDS
        ),
        *(
            (
                _("operations, {kernel}").format(kernel=charts.kernel_name(kind)),
                flops[kind],
                computed[kind][1],
            )
            for kind in core.KINDS
        ),
    )
    ui.note(
        _(
            "Figure 2: forward and backward pass, N = 1024, d = 64, 16 heads, batch size 64, A100. "
            "Version 1 says “key-padding mask and no dropout”, version 2 “GPT-2 medium”. The "
            "recomputed numbers count algorithms 0, 1, 3 and 4 and the matrix products, without "
            "mask and dropout. The printed operations are about a twelfth of what this setup needs."
        )
    )


def _time(seconds: float) -> str:
    return f"{number(1e6 * seconds)} µs" if seconds < 1e-3 else f"{number(1e3 * seconds)} ms"


def _choose(mark: dict[str, Any]) -> None:
    controls.length.set(mark.get("x"))
