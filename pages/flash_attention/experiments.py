"""Predict, then reveal: questions that `core` answers."""

from __future__ import annotations

import ui
from charts.format import byte_size, number
from core import flash_attention as core
from pages.flash_attention import controls, inputs, overflow, tiles, traffic
from ui import _


def experiments() -> list[ui.Experiment]:
    """Return the page's experiments."""
    return [
        ui.Experiment(
            _("Double the length"),
            _(
                "Drag “Tokens N”: FlashAttention moves far fewer bytes, but for long texts its "
                "line is parallel to that of standard attention."
            ),
            ui.state("traffic", length=32_768),
            ui.Question(
                _(
                    "The text grows from 16,384 to 32,768 tokens. The number of bytes that "
                    "FlashAttention moves …"
                ),
                (_("stays nearly the same"), _("about doubles"), _("about quadruples")),
                _doubled,
                ui.state("traffic", length=16_384),
            ),
        ),
        ui.Experiment(
            _("Shuffle the tiles"),
            _("Change the seed: the way to the output differs, but not the output."),
            ui.state("tiles", seed=3, visit=10),
            ui.Question(
                _(
                    "The tiles of keys are visited in a random order in place of from left to "
                    "right. After the last tile, the output …"
                ),
                (
                    _("is the same, up to rounding"),
                    _("differs, because the maximum rises at other tiles"),
                    _("differs, because the causal mask depends on the order"),
                ),
                _shuffled,
                ui.state("tiles", visit=10),
            ),
        ),
        ui.Experiment(
            _("Overflow in float16"),
            _("Drag “Scores multiplied by” until e^s overflows; then choose bfloat16."),
            ui.state("overflow", factor=3.0),
            ui.Question(
                _(
                    "In float16, the scores of this query are tripled and nothing is subtracted. "
                    "The weight of the key with the largest score becomes …"
                ),
                (_("close to 1"), _("∞"), _("NaN"), "0"),
                _overflowed,
                ui.state("overflow"),
            ),
        ),
    ]


def _doubled() -> tuple[int, str]:
    d, gpu = int(controls.head_dim.value), traffic.card()
    n = controls.length.value
    before, after = (
        core.attention_traffic(length, d, "flash", gpu.sram_numbers()) for length in (n // 2, n)
    )
    ratio = after.bytes / before.bytes
    answer = min(range(3), key=lambda i: abs(ratio - (1, 2, 4)[i]))
    return answer, _(
        "The bytes grow {ratio} times, from {a} to {b}: the tiles of keys grow from {s} to {t}, "
        "and each needs a pass over q and the output, which are twice as long as well. Only the "
        "memory is linear in N."
    ).format(
        ratio=number(ratio),
        a=byte_size(before.bytes),
        b=byte_size(after.bytes),
        s=before.column_tiles,
        t=after.column_tiles,
    )


def _head() -> inputs.Head | None:
    return inputs.of_model(
        controls.text.value, controls.layer.value, controls.head.value, ui.current_language()
    )


def _shuffled() -> tuple[int, str]:
    head = _head()
    assert head is not None
    shuffled = tiles.current(head)
    natural = tiles.trace_of(
        head,
        controls.query_tile.value,
        controls.key_tile.value,
        controls.causal.value,
        0,
        False,
    )
    difference = float((shuffled.output - natural.output).abs().max())
    same = difference < 1e-4
    return 0 if same else 1, _(
        "The outputs of both orders differ by {n} at most, which is float32's rounding. Whenever "
        "the maximum rises, α brings the earlier sums to the new maximum, so every e^s ends up "
        "divided by the same e^m."
    ).format(n=number(difference, 2))


def _overflowed() -> tuple[int, str]:
    head = _head()
    assert head is not None
    found = overflow.result(head)
    weight = float(found.plain.weights[int(found.scores.argmax())])
    if weight != weight:
        answer = 2
    elif weight == float("inf"):
        answer = 1
    else:
        answer = 0 if weight > 0.5 else 3
    return answer, overflow.outcome(found, controls.number_format.value)
