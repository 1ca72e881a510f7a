"""Argument checks shared by `core`: a refusal is a sentence naming argument, value and remedy."""

from __future__ import annotations

import math
from collections.abc import Sequence

import torch
from torch import Tensor

type_names = "a 1-D tensor or a list of floats"


def vector(name: str, value: Tensor | Sequence[float], *, minimum_length: int = 1) -> Tensor:
    """Return `value` as a 1-D floating tensor, or say what is wrong with it.

    A floating tensor comes back as it is (never copied, never modified by the callers); integers
    and lists become float64, so that sums of probabilities keep their digits.
    """
    if isinstance(value, Tensor):
        tensor = value if value.is_floating_point() else value.to(torch.float64)
    else:
        try:
            tensor = torch.tensor(list(value), dtype=torch.float64)
        except (TypeError, ValueError, RuntimeError) as error:
            raise ValueError(f"{name} must be {type_names}; got {short(value)}.") from error
    if tensor.ndim != 1:
        raise ValueError(f"{name} must be {type_names}; got shape {tuple(tensor.shape)}.")
    if tensor.numel() < minimum_length:
        raise ValueError(
            f"{name} must have at least {minimum_length} value(s); got {tensor.numel()}."
        )
    return tensor


def probabilities(name: str, value: Tensor | Sequence[float], *, tolerance: float = 1e-4) -> Tensor:
    """Return `value` as a 1-D distribution: finite, not negative, sum 1 within `tolerance`."""
    p = vector(name, value)
    if not bool(torch.isfinite(p).all()):
        raise ValueError(f"{name} must hold finite probabilities; got {short(p.tolist())}.")
    if bool((p < 0).any()):
        raise ValueError(f"{name} must not hold a negative probability; got {float(p.min()):g}.")
    total = float(p.sum(dtype=torch.float64))
    if abs(total - 1.0) > tolerance:
        raise ValueError(f"{name} must sum to 1; got a sum of {total:g}. Divide it by its sum.")
    return p


def number(
    name: str,
    value: float,
    low: float = -math.inf,
    high: float = math.inf,
    *,
    low_open: bool = False,
    high_open: bool = False,
) -> float:
    """Return a finite `value` within [low, high] (an end is excluded where `*_open` says so)."""
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not math.isfinite(value):
        raise ValueError(f"{name} must be a finite number; got {short(value)}.")
    too_low = value <= low if low_open else value < low
    too_high = value >= high if high_open else value > high
    if too_low or too_high:
        left, right = "(" if low_open else "[", ")" if high_open else "]"
        raise ValueError(f"{name} must lie in {left}{low:g}, {high:g}{right}; got {value:g}.")
    return float(value)


def integer(name: str, value: int, low: int | None = None, high: int | None = None) -> int:
    """Return a whole `value` within [low, high]; an end of None is open."""
    if isinstance(value, bool) or not isinstance(value, int):
        raise ValueError(f"{name} must be a whole number; got {short(value)}.")
    if (low is not None and value < low) or (high is not None and value > high):
        bounds = f"at least {low}" if high is None else f"from {low} to {high}"
        raise ValueError(f"{name} must be {bounds}; got {value}.")
    return value


def choice(name: str, value: str, options: Sequence[str]) -> str:
    """Return `value` if it is one of `options`."""
    if value not in options:
        listed = ", ".join(repr(option) for option in options)
        raise ValueError(f"{name} must be one of {listed}; got {short(value)}.")
    return value


def short(value: object, limit: int = 60) -> str:
    """A `repr` that cannot flood a sentence."""
    text = repr(value)
    return text if len(text) <= limit else text[: limit - 1] + "…"
