"""Properties of attention weights: entropy, singular values, rank."""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch
from torch import Tensor

from core.checks import boolean, finite, number
from core.errors import InputError


def row_entropy(weights: Tensor, base: float = 2.0) -> Tensor:
    """Return the entropy of every row: 0 if one key has all weight, log(n) if n keys share it.

    Args:
        weights: (..., Tq, Tk), rows that sum to 1 (a row of zeros gives 0).
        base: 2 for bits, math.e for nats.

    Returns:
        (..., Tq).

    Example:
        >>> row_entropy(torch.tensor([[0.5, 0.5], [1.0, 0.0]])).tolist()
        [1.0, 0.0]
    """
    weights = _weights(weights)
    base = number("base", base, 1.0, low_open=True)
    return torch.special.entr(weights).sum(dim=-1) / math.log(base)


def head_entropy(weights: Tensor, base: float = 2.0) -> Tensor:
    """Return the mean `row_entropy` of each head.

    Args:
        weights: (..., Tq, Tk), for example (L, H, T, T).
        base: 2 for bits, math.e for nats.

    Returns:
        (...), for example (L, H).
    """
    return row_entropy(weights, base).mean(dim=-1)


def uniform_weights(mask: Tensor) -> Tensor:
    """Return the weights of a head that attends equally to all allowed keys.

    Args:
        mask: (..., Tq, Tk) bool, True = may attend.

    Returns:
        mask's shape, float64; a row that may attend to nothing is 0.

    Example:
        >>> uniform_weights(torch.tensor([[True, False], [True, True]])).tolist()
        [[1.0, 0.0], [0.5, 0.5]]
    """
    allowed = boolean("mask", mask).to(torch.float64)
    return allowed / allowed.sum(dim=-1, keepdim=True).clamp(min=1.0)


@dataclass(frozen=True, slots=True)
class Spectrum:
    """Singular values of attention matrices, largest first, and three readings of them."""

    singular_values: Tensor  # (..., min(Tq, Tk)), float64
    rank: Tensor  # (...) int: singular values above the tolerance
    effective_rank: Tensor  # (...): e to the entropy of the singular values' shares
    log10_abs_det: Tensor | None  # (...), square matrices only; -inf where singular
    tolerance: Tensor  # (...): the threshold that `rank` used


def attention_spectrum(weights: Tensor, relative_tolerance: float | None = None) -> Spectrum:
    """Return the singular values and the rank of attention matrices.

    A causal softmax matrix is triangular with a positive diagonal, so its exact rank is always
    full; a bidirectional one has no such guarantee. Whether that shows in numbers is what the
    numerical and the effective rank measure.

    Args:
        weights: (..., Tq, Tk), finite.
        relative_tolerance: a singular value counts when it is above this times the largest; None
            means max(Tq, Tk) · eps of the weights' own dtype, as in NumPy's matrix_rank.

    Returns:
        The spectrum; computed in float64, whatever the input.

    Example:
        >>> attention_spectrum(torch.full((3, 3), 1 / 3)).rank.item()
        1

    Source: Dong, Cordonnier, Loukas 2021, arXiv:2103.03404 (attention loses rank with depth);
    Roy, Vetterli 2007 (effective rank).
    """
    weights = finite("weights", weights, min_ndim=2)
    rows, columns = weights.shape[-2:]
    if relative_tolerance is None:
        relative_tolerance = max(rows, columns) * torch.finfo(weights.dtype).eps
    number("relative_tolerance", relative_tolerance, 0.0, 1.0)
    values = torch.linalg.svdvals(weights.detach().to(torch.float64))
    tolerance = values[..., 0] * relative_tolerance
    shares = values / values.sum(dim=-1, keepdim=True).clamp(min=torch.finfo(torch.float64).tiny)
    return Spectrum(
        singular_values=values,
        rank=(values > tolerance.unsqueeze(-1)).sum(dim=-1),
        effective_rank=torch.special.entr(shares).sum(dim=-1).exp(),
        log10_abs_det=values.log10().sum(dim=-1) if rows == columns else None,
        tolerance=tolerance,
    )


def _weights(weights: Tensor) -> Tensor:
    weights = finite("weights", weights, min_ndim=1)
    if float(weights.detach().min()) < 0:
        raise InputError(
            "weights must not be negative; got {got:g}. Pass the weights after "
            "softmax, not the scores.",
            got=float(weights.detach().min()),
        )
    return weights
