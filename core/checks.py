"""Argument checks shared by all of `core`: each returns the value or raises an `InputError`."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor

from core.errors import InputError
from core.plain_checks import choice, integer, number, short

__all__ = [
    "boolean",
    "choice",
    "finite",
    "floating",
    "integer",
    "number",
    "probabilities",
    "short",
    "token_ids",
    "vector",
]

Values = Tensor | Sequence[float] | Sequence[Sequence[float]]


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
