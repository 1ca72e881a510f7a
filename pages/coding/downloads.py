"""The tables of the page on coding and channels."""

from __future__ import annotations

import ui
from pages.coding import blocks, capacity, codes, controls, source
from ui import _


def _huffman() -> ui.Table:
    """Return the whole code table; for the model, the rows of the figure."""
    coded, _cut = source.current()
    header = [_("symbol"), "p", _("code"), _("bits")]
    if coded.code is None:
        return header, [
            (r.label, r.share, r.code, len(r.code.rstrip("…"))) for r in coded.placed.rows
        ]
    return header, [
        (symbol, coded.code.probabilities[symbol], bits, len(bits))
        for symbol, bits in coded.code.codes.items()
    ]


def _blocks() -> ui.Table:
    p, values = blocks.current()
    return ["n", _("blocks"), _("bits per symbol")], [
        (n, len(p) ** n, value) for n, value in enumerate(values, start=1)
    ]


def _capacities() -> ui.Table:
    noise, lines = capacity.curves()
    names = [controls.channel.names[name] for name in lines]
    columns = [noise.tolist(), *(line.tolist() for line in lines.values())]
    return ["f", *names], list(zip(*columns, strict=True))


def _iterations() -> ui.Table:
    result = capacity.found()
    inputs = range(len(result.input_distribution))
    header = [_("iteration"), _("lower bound"), _("upper bound"), *(f"p(x{i + 1})" for i in inputs)]
    return header, [
        (n, step.lower, step.upper, *step.input_distribution.tolist())
        for n, step in enumerate(result.steps, start=1)
    ]


def _codes() -> ui.Table:
    header = [_("code"), "f", "R", _("bit error rate"), _("95 %, lower"), _("95 %, upper")]
    return [*header, _("exact"), _("wrong blocks"), _("capacity C")], [
        (
            run.code, run.flip, run.rate, run.bit_error_rate, *run.error_interval,
            run.expected_bit_error_rate, run.block_error_rate, run.capacity,
        )
        for run in codes.current()
    ]  # fmt: skip


def downloads() -> list[ui.Download]:
    """Return what the page offers."""
    return [
        ui.Download(_("Code table (CSV)"), "huffman.csv", _huffman),
        ui.Download(_("Blocks (CSV)"), "blocks.csv", _blocks),
        ui.Download(_("Capacity curves (CSV)"), "capacity.csv", _capacities),
        ui.Download(_("Blahut–Arimoto (CSV)"), "blahut-arimoto.csv", _iterations),
        ui.Download(_("Codes (CSV)"), "codes.csv", _codes),
    ]
