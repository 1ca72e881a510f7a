"""Checks for tensor arguments of any rank, beside the scalar checks of `core._check`."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor

from core._check import short

Values = Tensor | Sequence[float] | Sequence[Sequence[float]]


def floating(
    name: str, value: Values | float, *, min_ndim: int = 0, max_ndim: int | None = None
) -> Tensor:
    """Return `value` as a floating tensor of an allowed rank; lists and integers become float64.

    A floating tensor comes back as it is: no copy, its gradient history kept.
    """
    if isinstance(value, Tensor):
        if value.dtype == torch.bool or value.is_complex():
            raise ValueError(f"{name} must hold real numbers; got dtype {value.dtype}.")
        tensor = value if value.is_floating_point() else value.to(torch.float64)
    else:
        try:
            tensor = torch.tensor(value, dtype=torch.float64)
        except (TypeError, ValueError, RuntimeError) as error:
            raise ValueError(
                f"{name} must be a tensor or a list of numbers; got {short(value)}."
            ) from error
    if tensor.ndim < min_ndim or (max_ndim is not None and tensor.ndim > max_ndim):
        upto = "or more" if max_ndim is None else f"to {max_ndim}"
        raise ValueError(
            f"{name} must have {min_ndim} {upto} dimensions; got shape {tuple(tensor.shape)}."
        )
    if tensor.numel() == 0:
        raise ValueError(f"{name} must not be empty; got shape {tuple(tensor.shape)}.")
    return tensor


def finite(
    name: str, value: Values | float, *, min_ndim: int = 0, max_ndim: int | None = None
) -> Tensor:
    """Like `floating`, and refuse NaN and infinity."""
    tensor = floating(name, value, min_ndim=min_ndim, max_ndim=max_ndim)
    good = torch.isfinite(tensor)
    if not bool(good.all()):
        bad = (~good).nonzero()[0].tolist()
        raise ValueError(
            f"{name} must hold finite numbers; got {float(tensor[tuple(bad)].detach())} "
            f"at index {bad}. Replace or remove it."
        )
    return tensor


def boolean(name: str, value: Tensor | Sequence[bool]) -> Tensor:
    """Return `value` as a boolean tensor (True = may attend, or = real token)."""
    tensor = value if isinstance(value, Tensor) else torch.tensor(list(value))
    if tensor.dtype != torch.bool:
        raise ValueError(
            f"{name} must be boolean, True = keep; got dtype {tensor.dtype}. "
            f"Write for example mask == 0 if your zeros mean keep."
        )
    return tensor


def token_ids(name: str, value: Tensor | Sequence[int]) -> Tensor:
    """Return `value` as a 1-D integer tensor of at least one non-negative id."""
    tensor = value if isinstance(value, Tensor) else torch.tensor(list(value))
    whole = not tensor.is_floating_point() and not tensor.is_complex()
    if tensor.ndim != 1 or tensor.numel() == 0 or tensor.dtype == torch.bool or not whole:
        raise ValueError(f"{name} must be a list of whole numbers; got {short(value)}.")
    if int(tensor.min()) < 0:
        raise ValueError(f"{name} must not be negative; got {int(tensor.min())}.")
    return tensor
