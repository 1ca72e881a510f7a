"""Learning-rate schedules, with the conventions of the library `transformers`."""

from __future__ import annotations

import math

from core.plain_checks import choice, integer, number
from core.provenance import Printed

SCHEDULES = ("constant", "linear", "cosine", "inverse_sqrt", "wsd")
#: The base model of "Attention is all you need" (inverse square root, machine translation).
TRANSFORMER = "Vaswani et al. (2017), arXiv:1706.03762"
TRANSFORMER_WARMUP = Printed("4000", TRANSFORMER, "section 5.3", "updates")
TRANSFORMER_UPDATES = Printed("100000", TRANSFORMER, "section 5.2", "updates")
TIMESCALE = 10_000  # steps, of the inverse square root without warm-up


def learning_rate(
    kind: str, step: int, total: int, peak: float, warmup: int = 0, floor: float = 0.0
) -> float:
    """Return the learning rate of one update.

    Args:
        kind: one of `SCHEDULES`. "wsd" is warm-up, stable, decay: the last fifth of the updates
            follows half a cosine.
        step: the update, from 0; past `total` the rate stays at its last value.
        total: number of updates, at least 1.
        peak: highest learning rate, at least 0.
        warmup: number of updates over which the rate rises linearly from 0 ("wsd": from `floor`).
        floor: lowest rate after the warm-up, at most `peak`.

    Raises:
        InputError: for another kind, and for a number outside its range.

    Example:
        >>> [learning_rate("linear", step, 10, 1.0, warmup=2) for step in (0, 1, 2, 6, 10, 99)]
        [0.0, 0.5, 1.0, 0.5, 0.0, 0.0]

    Source: `transformers.get_scheduler`; Loshchilov and Hutter (2017), equation 5 (cosine); Vaswani
    et al. (2017), equation 3 (inverse square root); Hu et al. (2024), section 4.2 (wsd).
    """
    choice("kind", kind, SCHEDULES)
    integer("total", total, 1)
    integer("step", step, 0)
    integer("warmup", warmup, 0)
    number("peak", peak, 0.0)
    number("floor", floor, 0.0, peak)
    step = min(step, total)
    if step < warmup:
        share = step / warmup
        return floor + (peak - floor) * share if kind == "wsd" else peak * share
    done = (step - warmup) / max(1, total - warmup)
    if kind == "constant":
        return peak
    if kind == "inverse_sqrt":
        scale = warmup or TIMESCALE
        return max(floor, peak / math.sqrt((step - warmup + scale) / scale))
    if kind == "linear":
        share = 1 - done
    elif kind == "cosine":
        share = _half_cosine(done)
    else:
        first = decay_start(total, warmup)
        share = _half_cosine((step - first) / max(1, total - first)) if step >= first else 1.0
    return floor + (peak - floor) * max(0.0, share)


def decay_start(total: int, warmup: int = 0) -> int:
    """Return the first update of the decay of "wsd", which is the last fifth of all updates."""
    return max(warmup, total - total // 5)


def _half_cosine(done: float) -> float:
    return 0.5 * (1 + math.cos(math.pi * done))
