"""Argument checks of numbers and strings, without torch.

Each check returns the value or raises an `InputError`. `core.checks` has the same functions and
those of tensors; a module that must start fast imports them from here.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

from core.errors import InputError


def number(
    name: str,
    value: float,
    low: float = -math.inf,
    high: float = math.inf,
    *,
    low_open: bool = False,
    high_open: bool = False,
) -> float:
    """Return a finite `value` within [low, high]; `low_open` and `high_open` exclude an end."""
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not math.isfinite(value):
        raise InputError("{name} must be a finite number; got {got}.", name=name, got=short(value))
    too_low = value <= low if low_open else value < low
    too_high = value >= high if high_open else value > high
    if too_low or too_high:
        left, right = "(" if low_open else "[", ")" if high_open else "]"
        raise InputError(
            "{name} must lie in {interval}; got {got:g}.",
            name=name,
            interval=f"{left}{low:g}, {high:g}{right}",
            got=value,
        )
    return float(value)


def integer(name: str, value: int, low: int | None = None, high: int | None = None) -> int:
    """Return a whole `value` within [low, high]; an end of None is open."""
    if isinstance(value, bool) or not isinstance(value, int):
        raise InputError("{name} must be a whole number; got {got}.", name=name, got=short(value))
    if (low is not None and value < low) or (high is not None and value > high):
        if high is None:
            raise InputError(
                "{name} must be at least {low}; got {got}.", name=name, low=low, got=value
            )
        raise InputError(
            "{name} must be from {low} to {high}; got {got}.",
            name=name,
            low=low,
            high=high,
            got=value,
        )
    return value


def choice(name: str, value: str, options: Sequence[str]) -> str:
    """Return `value` if it is one of `options`."""
    if value not in options:
        raise InputError(
            "{name} must be one of {options}; got {got}.",
            name=name,
            options=", ".join(repr(option) for option in options),
            got=short(value),
        )
    return value


def short(value: object, limit: int = 60) -> str:
    """Return a `repr` of at most `limit` characters, so that it fits into a sentence."""
    text = repr(value)
    return text if len(text) <= limit else text[: limit - 1] + "…"
