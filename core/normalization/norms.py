"""Batch, layer and RMS normalization: the same division, over different axes."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from core.checks import boolean, finite, number
from core.errors import InputError


@dataclass(frozen=True, slots=True)
class NormTrace:
    """One normalization, stage by stage; `mean` is zero for RMS norm, which does not center.

    The statistics keep the reduced axes with size 1, so that they broadcast against `x`.
    """

    x: Tensor
    mean: Tensor
    variance: Tensor  # mean square of the centered values (RMS norm: of the values themselves)
    centered: Tensor
    normalized: Tensor
    output: Tensor  # normalized · weight + bias


def layer_norm(
    x: Tensor, eps: float = 1e-5, weight: Tensor | None = None, bias: Tensor | None = None
) -> Tensor:
    """Give every token mean 0 and variance 1 over its own features.

    Args:
        x: (..., D).
        eps: added to the variance, more than 0.
        weight: optional (D,) gain.
        bias: optional (D,) shift.

    Returns:
        x's shape and dtype; differentiable.

    Raises:
        ValueError: for NaN or infinity in x, an eps that is not positive, or a weight not (D,).

    Example:
        >>> [round(v, 3) for v in layer_norm(torch.tensor([1.0, 3.0])).tolist()]
        [-1.0, 1.0]

    Source: Ba, Kiros, Hinton 2016, arXiv:1607.06450, equation 3.
    """
    return layer_norm_trace(x, eps, weight, bias).output


def layer_norm_trace(
    x: Tensor, eps: float = 1e-5, weight: Tensor | None = None, bias: Tensor | None = None
) -> NormTrace:
    """Return `layer_norm` with its mean (..., 1), variance (..., 1) and centered values."""
    x = finite("x", x, min_ndim=1)
    mean = x.mean(dim=-1, keepdim=True)
    centered = x - mean
    variance = centered.square().mean(dim=-1, keepdim=True)
    return _finish(x, mean, variance, centered, eps, weight, bias)


def rms_norm(x: Tensor, eps: float = 1e-5, weight: Tensor | None = None) -> Tensor:
    """Divide every token by the root mean square of its own features; no centering.

    Args:
        x: (..., D).
        eps: added to the mean square, more than 0.
        weight: optional (D,) gain.

    Returns:
        x's shape and dtype; differentiable.

    Raises:
        ValueError: for NaN or infinity in x, an eps that is not positive, or a weight not (D,).

    Example:
        >>> [round(v, 3) for v in rms_norm(torch.tensor([1.0, 7.0])).tolist()]  # rms = 5
        [0.2, 1.4]

    Source: Zhang, Sennrich 2019, arXiv:1910.07467, equation 4.
    """
    return rms_norm_trace(x, eps, weight).output


def rms_norm_trace(x: Tensor, eps: float = 1e-5, weight: Tensor | None = None) -> NormTrace:
    """Return `rms_norm` with its mean square (..., 1) as `variance`."""
    x = finite("x", x, min_ndim=1)
    mean_square = x.square().mean(dim=-1, keepdim=True)
    return _finish(x, torch.zeros_like(mean_square), mean_square, x, eps, weight, None)


def batch_norm(
    x: Tensor,
    mask: Tensor | None = None,
    eps: float = 1e-5,
    weight: Tensor | None = None,
    bias: Tensor | None = None,
) -> Tensor:
    """Give every feature mean 0 and variance 1 over the real tokens of the whole batch.

    Args:
        x: (B, T, D).
        mask: (B, T) bool, True = real token; padding neither counts nor comes out (zeros).
        eps: added to the variance, more than 0.
        weight: optional (D,) gain.
        bias: optional (D,) shift.

    Returns:
        (B, T, D), x's dtype; differentiable. Statistics of this batch, as in training.

    Raises:
        ValueError: for a mask of another shape, or one without a real token.

    Example:
        >>> x = torch.tensor([[[1.0], [3.0], [99.0]]])
        >>> mask = torch.tensor([[True, True, False]])
        >>> [round(v, 3) for v in batch_norm(x, mask).flatten().tolist()]
        [-1.0, 1.0, 0.0]

    Source: Ioffe, Szegedy 2015, arXiv:1502.03167, algorithm 1; Shen et al. 2020 (PowerNorm),
    arXiv:2003.07845, on why its statistics are unsteady for text.
    """
    return batch_norm_trace(x, mask, eps, weight, bias).output


def batch_norm_trace(
    x: Tensor,
    mask: Tensor | None = None,
    eps: float = 1e-5,
    weight: Tensor | None = None,
    bias: Tensor | None = None,
) -> NormTrace:
    """Return `batch_norm` with its mean (1, 1, D) and variance (1, 1, D)."""
    x = finite("x", x, min_ndim=3, max_ndim=3)
    real = torch.ones(x.shape[:2], dtype=torch.bool, device=x.device)
    if mask is not None:
        real = boolean("mask", mask)
    if real.shape != x.shape[:2]:
        raise InputError(
            "mask must have shape {expected}, as x has; got {got}.",
            expected=tuple(x.shape[:2]),
            got=tuple(real.shape),
        )
    if not bool(real.any()):
        raise InputError("mask must keep at least one real token; got none.")
    tokens = x[real]
    mean = tokens.mean(dim=0).view(1, 1, -1)
    keep = real.unsqueeze(-1)
    centered = torch.where(keep, x - mean, 0.0)
    variance = (tokens - mean[0]).square().mean(dim=0).view(1, 1, -1)
    trace = _finish(x, mean, variance, centered, eps, weight, bias)
    return NormTrace(
        x=x,
        mean=mean,
        variance=variance,
        centered=centered,
        normalized=trace.normalized,
        output=torch.where(keep, trace.output, 0.0),  # a bias must not reach the padding
    )


def _finish(
    x: Tensor,
    mean: Tensor,
    variance: Tensor,
    centered: Tensor,
    eps: float,
    weight: Tensor | None,
    bias: Tensor | None,
) -> NormTrace:
    number("eps", eps, 0.0, low_open=True)
    for name, value in (("weight", weight), ("bias", bias)):
        if value is not None and value.shape != x.shape[-1:]:
            raise InputError(
                "{name} must have shape ({size},); got {got}.",
                name=name,
                size=x.shape[-1],
                got=tuple(value.shape),
            )
    normalized = centered * torch.rsqrt(variance + eps)
    output = normalized if weight is None else normalized * weight
    output = output if bias is None else output + bias
    return NormTrace(x, mean, variance, centered, normalized, output)
