"""The confidence interval of an error rate."""

from __future__ import annotations

import math

from core import checks

NORMAL_95 = 1.959963984540054  # 97.5 % quantile of the standard normal distribution


def wilson_interval(share: float, count: int) -> tuple[float, float]:
    """Return the 95 % confidence interval of a share, by Wilson's score.

    It stays within [0, 1] and is not empty where the share is 0. The blocks are independent, the
    bits of one block are not; with `count` blocks the interval is therefore never too narrow.

    Args:
        share: observed share, from 0 to 1.
        count: number of independent observations, at least 1.

    Returns:
        The lower and the upper end.

    Raises:
        ValueError: if an argument cannot be used.

    Example:
        `wilson_interval(0.0, 100)` is (0, 0.037).

    Source: Wilson (1927); Brown, Cai and DasGupta (2001), equation 4.
    """
    share = checks.number("share", share, 0.0, 1.0)
    count = checks.integer("count", count, 1)
    square = NORMAL_95**2 / count
    center = (share + square / 2) / (1 + square)
    half = math.sqrt(square * (share * (1 - share) + square / 4)) / (1 + square)
    # At the ends the formula gives 0 and 1 but for rounding.
    return (max(0.0, center - half) if share > 0 else 0.0), (
        min(1.0, center + half) if share < 1 else 1.0
    )
