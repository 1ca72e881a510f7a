"""The tables of the FlashAttention page."""

from __future__ import annotations

import ui
from core import flash_attention as core
from pages.flash_attention import controls, measured, tiles, traffic
from ui import _


def _tiles() -> ui.Table:
    """Return the state of every query after every tile."""
    header = [_("tile"), _("query"), _("first key"), _("last key"), "m", "ℓ", "α", _("distance")]
    head = tiles.head()
    if head is None:
        return header, []
    trace = tiles.current(head)
    rows = []
    for number, visit in enumerate(trace.visits, start=1):
        place = trace.order.index(visit.key_tile)
        step = trace.steps[place]
        rows += [
            (
                number,
                row + 1,
                visit.keys.start + 1,
                visit.keys.stop,
                float(step.m[row]),
                float(step.l[row]),
                float(step.alpha[row]),
                float(trace.distance[place, row]),
            )
            for row in visit.rows
        ]
    return header, rows


def _traffic() -> ui.Table:
    """Return the counts of both kinds for many lengths, on the chosen GPU."""
    header = ["N", _("kind"), _("read"), _("written"), _("bytes"), _("operations")]
    header += [_("operations per byte"), _("extra memory, bytes")]
    d, numbers = int(controls.head_dim.value), traffic.card().sram_numbers()
    return header, [
        (n, kind, t.read, t.written, t.bytes, t.flops, t.intensity, t.extra_bytes)
        for n in traffic.LENGTHS
        for kind in core.KINDS
        for t in (core.attention_traffic(n, d, kind, numbers),)
    ]


def _cards() -> ui.Table:
    """Return the GPUs with the sources of their numbers."""
    header = [_("GPU"), _("bandwidth, bytes/s"), _("FP16 peak, operations/s")]
    header += [_("SRAM per multiprocessor, bytes"), _("multiprocessors"), _("source")]
    return header, [
        (c.name, c.bandwidth, c.peak, c.sram, c.multiprocessors, c.source) for c in core.CARDS
    ]


def _measured() -> ui.Table:
    """Return what will be measured; its results are empty until then."""
    header = [_("kernel"), _("tokens T"), _("seconds"), _("peak memory, bytes"), _("runs")]
    found = {(m.kernel, m.length): (m.seconds, m.peak_bytes, m.runs) for m in measured.results()}
    return header, [
        (*request[:2], *found.get(request[:2], ("", "", ""))) for request in measured.requests()
    ]


def downloads() -> list[ui.Download]:
    """Return what the page offers."""
    return [
        ui.Download(_("Tile by tile (CSV)"), "tiles.csv", _tiles),
        ui.Download(_("Traffic by length (CSV)"), "traffic.csv", _traffic),
        ui.Download(_("GPUs (CSV)"), "gpus.csv", _cards),
        ui.Download(_("Measurements (CSV)"), "measured.csv", _measured),
    ]
