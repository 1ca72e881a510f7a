"""Argument checks shared by all of `core`: each returns the value or raises an `InputError`."""

from __future__ import annotations

import math
from collections.abc import Sequence

import torch
from torch import Tensor

from core.errors import InputError

Values = Tensor | Sequence[float] | Sequence[Sequence[float]]


# Scalars and strings.


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


# Tensors.


def vector(name: str, value: Tensor | Sequence[float], *, minimum_length: int = 1) -> Tensor:
    """Return `value` as a 1-D floating tensor.

    A floating tensor is returned as it is, neither copied nor modified; integers and lists become
    float64, so that sums of probabilities keep their digits.
    """
    if isinstance(value, Tensor):
        tensor = value if value.is_floating_point() else value.to(torch.float64)
    else:
        try:
            tensor = torch.tensor(list(value), dtype=torch.float64)
        except (TypeError, ValueError, RuntimeError) as error:
            raise InputError(
                "{name} must be a 1-D tensor or a list of floats; got {got}.",
                name=name,
                got=short(value),
            ) from error
    if tensor.ndim != 1:
        raise InputError(
            "{name} must be a 1-D tensor or a list of floats; got shape {shape}.",
            name=name,
            shape=tuple(tensor.shape),
        )
    if tensor.numel() < minimum_length:
        raise InputError(
            "{name} must have at least {least} value(s); got {got}.",
            name=name,
            least=minimum_length,
            got=tensor.numel(),
        )
    return tensor


def probabilities(name: str, value: Tensor | Sequence[float], *, tolerance: float = 1e-4) -> Tensor:
    """Return `value` as a 1-D distribution: finite, not negative, sum 1 within `tolerance`."""
    p = vector(name, value)
    if not bool(torch.isfinite(p).all()):
        raise InputError(
            "{name} must hold finite probabilities; got {got}.", name=name, got=short(p.tolist())
        )
    if bool((p < 0).any()):
        raise InputError(
            "{name} must not hold a negative probability; got {got:g}.",
            name=name,
            got=float(p.min()),
        )
    total = float(p.sum(dtype=torch.float64))
    if abs(total - 1.0) > tolerance:
        raise InputError(
            "{name} must sum to 1; got a sum of {total:g}. Divide it by its sum.",
            name=name,
            total=total,
        )
    return p


def floating(
    name: str, value: Values | float, *, min_ndim: int = 0, max_ndim: int | None = None
) -> Tensor:
    """Return `value` as a floating tensor of an allowed rank; lists and integers become float64.

    A floating tensor is returned as it is: no copy, its gradient history kept.
    """
    if isinstance(value, Tensor):
        if value.dtype == torch.bool or value.is_complex():
            raise InputError(
                "{name} must hold real numbers; got dtype {dtype}.", name=name, dtype=value.dtype
            )
        tensor = value if value.is_floating_point() else value.to(torch.float64)
    else:
        try:
            tensor = torch.tensor(value, dtype=torch.float64)
        except (TypeError, ValueError, RuntimeError) as error:
            raise InputError(
                "{name} must be a tensor or a list of numbers; got {got}.",
                name=name,
                got=short(value),
            ) from error
    shape = tuple(tensor.shape)
    if max_ndim is None and tensor.ndim < min_ndim:
        raise InputError(
            "{name} must have {least} or more dimensions; got shape {shape}.",
            name=name,
            least=min_ndim,
            shape=shape,
        )
    if max_ndim is not None and not min_ndim <= tensor.ndim <= max_ndim:
        raise InputError(
            "{name} must have {least} to {most} dimensions; got shape {shape}.",
            name=name,
            least=min_ndim,
            most=max_ndim,
            shape=shape,
        )
    if tensor.numel() == 0:
        raise InputError("{name} must not be empty; got shape {shape}.", name=name, shape=shape)
    return tensor


def finite(
    name: str, value: Values | float, *, min_ndim: int = 0, max_ndim: int | None = None
) -> Tensor:
    """Return `value` as `floating` does; NaN and infinity raise an error."""
    tensor = floating(name, value, min_ndim=min_ndim, max_ndim=max_ndim)
    if abs(float(tensor.detach().sum())) < torch.inf:
        return tensor  # the usual case, at a third of the cost of the test below
    good = torch.isfinite(tensor)
    if not bool(good.all()):
        bad = (~good).nonzero()[0].tolist()
        raise InputError(
            "{name} must hold finite numbers; got {got} at index {index}. Replace or remove it.",
            name=name,
            got=float(tensor[tuple(bad)].detach()),
            index=bad,
        )
    return tensor


def boolean(name: str, value: Tensor | Sequence[bool]) -> Tensor:
    """Return `value` as a boolean tensor (True = may attend, or = real token)."""
    tensor = value if isinstance(value, Tensor) else torch.tensor(list(value))
    if tensor.dtype != torch.bool:
        raise InputError(
            "{name} must be boolean, True = keep; got dtype {dtype}. "
            "Write for example mask == 0 if your zeros mean keep.",
            name=name,
            dtype=tensor.dtype,
        )
    return tensor


def token_ids(name: str, value: Tensor | Sequence[int]) -> Tensor:
    """Return `value` as a 1-D integer tensor of at least one non-negative id."""
    tensor = value if isinstance(value, Tensor) else torch.tensor(list(value))
    whole = not tensor.is_floating_point() and not tensor.is_complex()
    if tensor.ndim != 1 or tensor.numel() == 0 or tensor.dtype == torch.bool or not whole:
        raise InputError(
            "{name} must be a list of whole numbers; got {got}.", name=name, got=short(value)
        )
    if int(tensor.min()) < 0:
        raise InputError(
            "{name} must not be negative; got {got}.", name=name, got=int(tensor.min())
        )
    return tensor
