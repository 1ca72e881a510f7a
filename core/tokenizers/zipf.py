"""Zipf's law on a text: how often the r-th most frequent token occurs, and the fitted slope.

Zipf 1949, "Human Behavior and the Principle of Least Effort": count ≈ C / rank^s with s near 1.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from core.errors import InputError
from core.plain_checks import short
from core.tokenizers.trained.merging import check_word_counts


@dataclass(frozen=True, slots=True)
class ZipfResult:
    """Tokens by falling count, rank 1 first (ties in order of meeting), and the line through them.

    `slope` and `intercept` are of ln count = intercept + slope·ln rank, by ordinary least squares
    over all ranks alike; the many rare tokens therefore weigh most. They are None for fewer than
    two different tokens; `r_squared` is None too where all counts are equal.
    """

    tokens: tuple[str, ...]
    counts: tuple[int, ...]
    total: int
    types: int
    slope: float | None
    intercept: float | None
    r_squared: float | None
    hapax: int  # types that occur once
    hapax_share: float  # of the types; 0 for no types

    def fitted(self, rank: int) -> float | None:
        """Return the count that the line gives at a rank."""
        if self.slope is None or self.intercept is None:
            return None
        return math.exp(self.intercept + self.slope * math.log(rank))


def zipf(tokens: Iterable[str] | Mapping[str, int]) -> ZipfResult:
    """Rank the tokens of a text by how often they occur and fit a line on log-log axes.

    Args:
        tokens: the tokens one by one, or a table of counts. Nothing gives an empty result.

    Returns:
        Ranks, counts, the fit, and the share of types that occur once.

    Raises:
        ValueError: something that is not text among the tokens, or a count below 1.

    Example:
        >>> result = zipf({"the": 8, "of": 4, "and": 2})
        >>> result.counts, result.hapax
        ((8, 4, 2), 0)
    """
    if isinstance(tokens, Mapping):
        table = check_word_counts(tokens) if tokens else {}
    else:
        table: dict[str, int] = {}
        for token in tokens:
            if not isinstance(token, str):
                raise InputError(
                    "tokens must be texts; got {got}.",
                    got=short(token),
                )
            table[token] = table.get(token, 0) + 1
    ranked = sorted(table.items(), key=lambda entry: -entry[1])
    counts = tuple(count for _, count in ranked)
    hapax = counts.count(1)
    slope, intercept, r_squared = fit_line(
        [math.log(rank) for rank in range(1, len(counts) + 1)],
        [math.log(count) for count in counts],
    )
    return ZipfResult(
        tokens=tuple(token for token, _ in ranked),
        counts=counts,
        total=sum(counts),
        types=len(counts),
        slope=slope,
        intercept=intercept,
        r_squared=r_squared,
        hapax=hapax,
        hapax_share=hapax / len(counts) if counts else 0.0,
    )


def fit_line(x: list[float], y: list[float]) -> tuple[float | None, float | None, float | None]:
    """Fit by ordinary least squares: slope, intercept, r²; None where they are undefined.

    Example:
        >>> fit_line([0.0, 1.0, 2.0], [1.0, 3.0, 5.0])
        (2.0, 1.0, 1.0)
    """
    if len(x) < 2:
        return None, None, None
    mean_x, mean_y = math.fsum(x) / len(x), math.fsum(y) / len(y)
    xx = math.fsum((a - mean_x) ** 2 for a in x)
    xy = math.fsum((a - mean_x) * (b - mean_y) for a, b in zip(x, y, strict=True))
    yy = math.fsum((b - mean_y) ** 2 for b in y)
    if xx == 0:
        return None, None, None
    slope = xy / xx
    return slope, mean_y - slope * mean_x, xy * xy / (xx * yy) if yy > 0 else None
