"""Questions of the page: the visitor predicts, then the page shows the answer."""

from __future__ import annotations

import ui
from charts.format import bits, number
from core.coding import bsc_capacity, expected_bit_error_rate, huffman_code
from core.information import entropy
from pages.coding import blocks, controls
from ui import _


def experiments() -> list[ui.Experiment]:
    """Return the page's experiments."""
    skewed = [[0.95, 0.01, 0.01, 0.01, 0.01, 0.01]]
    return [
        ui.Experiment(
            _("One frequent symbol"),
            _("Drag the bar of A down: the gap between L and H shrinks."),
            ui.state("huffman", source="bars", bars=skewed),
            ui.Question(
                _(
                    "A source has six symbols. A has the probability 0.95, the others 0.01 each; "
                    "H is less than half a bit. The Huffman code takes, on average, …"
                ),
                [_("about H bits"), _("exactly 1 bit"), _("more than 1 bit")],
                _frequent_symbol,
                start=ui.state("huffman", source="bars"),
            ),
        ),
        ui.Experiment(
            _("Longer blocks"),
            _("Press play. Then drag the bars, and look for other n at which L/n rises."),
            ui.state("blocks", block=4),
            ui.Question(
                _(
                    "The symbols have the probabilities 0.8, 0.1 and 0.1. Blocks of 3 symbols "
                    "share a Huffman code, then blocks of 4. The number of bits per symbol …"
                ),
                [_("rises"), _("stays the same"), _("falls")],
                _longer_blocks,
                start=ui.state("blocks", block=3),
            ),
        ),
        ui.Experiment(
            _("More noise"),
            _("Drag f from 0 to 1 on all three channels."),
            ui.state("capacity", noise=0.9),
            ui.Question(
                _(
                    "A binary symmetric channel inverts half of the bits: its capacity is 0. Now f "
                    "rises from 0.5 to 0.9. The capacity …"
                ),
                [_("stays 0"), _("rises"), _("falls below 0")],
                _more_noise,
                start=ui.state("capacity", noise=0.5),
            ),
        ),
        ui.Experiment(
            _("A code that does harm"),
            _("Drag f down until Hamming(7,4) helps again."),
            ui.state("codes", flip=0.3),
            ui.Question(
                _(
                    "Hamming(7,4) corrects any single error in a block of seven bits. At f = 0.3, "
                    "compared with no code, the share of wrong message bits is …"
                ),
                [_("much lower"), _("a little lower"), _("higher")],
                _harm,
                start=ui.state("codes", flip=0.05),
            ),
        ),
    ]


def _frequent_symbol() -> tuple[int, str]:
    p = controls.bars.value[0]
    code = huffman_code(dict(zip(controls.bars.outcomes, p, strict=True)))
    length, h = code.average_length, entropy(p)
    right = 2 if length > 1 + 1e-9 else 1 if length > 1 - 1e-9 else 0
    why = _(
        "Even the most frequent symbol needs a whole bit, and the others need more: L = {length}, "
        "although H = {h}. L < H + 1 still holds. Blocks and arithmetic coding avoid this."
    )
    return right, why.format(length=bits(length), h=bits(h))


def _longer_blocks() -> tuple[int, str]:
    _p, values = blocks.current()
    n = controls.block.value
    before, after = values[n - 2], values[n - 1]
    right = 1 if abs(after - before) < 1e-9 else 0 if after > before else 2
    why = _(
        "L/{m} = {before} and L/{n} = {after} bits. Only the bound H + 1/n falls with every n. "
        "Doubling n never raises L/n, but adding one symbol can."
    )
    return right, why.format(m=n - 1, n=n, before=number(before, 4), after=number(after, 4))


def _more_noise() -> tuple[int, str]:
    f = controls.noise.value
    capacity = bsc_capacity(f)
    why = _(
        "At f = {f} the capacity is {c}, as at f = {g}: the receiver inverts every bit, and the "
        "channel becomes one with f = {g}. Only f = 0.5 is useless; no capacity is below 0."
    )
    right = 1 if capacity > 0 else 0
    return right, why.format(f=number(f, 2), g=number(1 - f, 2), c=bits(capacity))


def _harm() -> tuple[int, str]:
    f = controls.flip.value
    error = expected_bit_error_rate("hamming-7-4", f)
    right = 2 if error > f else 1 if error > f / 2 else 0
    why = _(
        "With the code {error} of the message bits are wrong, without it {f}. A block of seven has "
        "{n} inverted bits on average, and the decoder turns two or more of them into a wrong "
        "codeword, often with one more error."
    )
    return right, why.format(error=number(error), f=number(f), n=number(7 * f, 2))
