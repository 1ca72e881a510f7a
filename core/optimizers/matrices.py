"""Gradients as whole tensors: Muon's orthogonalization and clipping by the norm."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from core.checks import finite, floating, integer, number
from core.errors import InputError

COEFFICIENTS = (3.4445, -4.7750, 2.0315)
EPS = 1e-7


def newton_schulz(matrix: Tensor | Sequence[Sequence[float]], steps: int = 5) -> Tensor:
    """Return the matrix with its singular values moved close to 1, in its own precision.

    Args:
        matrix: (rows, columns).
        steps: iterations, 0 to 99; 0 only divides by the Frobenius norm.

    Raises:
        InputError: for another rank, and for another number of steps.

    Example:
        >>> newton_schulz([[2.0, 0.0], [0.0, 1.0]]).diagonal().tolist()
        [0.6887627710569304, 1.114164004691683]

    Source: Jordan et al. (2024), "Muon: An optimizer for hidden layers in neural networks".
    """
    return newton_schulz_steps(matrix, steps)[-1]


def newton_schulz_steps(
    matrix: Tensor | Sequence[Sequence[float]], steps: int = 5
) -> tuple[Tensor, ...]:
    """Return the matrix divided by its norm, and the result of every iteration."""
    checked = floating("matrix", matrix, min_ndim=2, max_ndim=2)
    return tuple(orthogonalized(checked, integer("steps", steps, 0, 99), EPS))


@dataclass(frozen=True, slots=True)
class Orthogonalization:
    """Newton–Schulz iterations with their singular values.

    Attributes:
        matrices: (steps + 1, rows, columns); the first is the matrix divided by its norm.
        singular_values: (steps + 1, min(rows, columns)), in the order of the matrix's own; each is
            uₖᵀ·X·vₖ with the singular vectors of the matrix, which no iteration changes.
        before: (min(rows, columns),), singular values of the matrix, largest first.
        nearest: (rows, columns), U·Vᵀ, the nearest matrix whose singular values are all 1; for a
            matrix without full rank one of several.
    """

    matrices: Tensor
    singular_values: Tensor
    before: Tensor
    nearest: Tensor


def orthogonalization(
    matrix: Tensor | Sequence[Sequence[float]], steps: int = 5
) -> Orthogonalization:
    """Return what Newton–Schulz iterations do to the singular values of a matrix.

    Args:
        matrix: (rows, columns), finite.
        steps: iterations, 0 to 99.

    Raises:
        InputError: for another rank, and for another number of steps.

    Example:
        >>> orthogonalization([[3.0, 0.0], [0.0, 4.0]], 1).singular_values[0].tolist()
        [0.8, 0.6]

    Source: Jordan et al. (2024), "Muon: An optimizer for hidden layers in neural networks".
    """
    matrices = torch.stack(newton_schulz_steps(matrix, steps))
    u, before, vh = torch.linalg.svd(
        finite("matrix", matrix).to(matrices.dtype), full_matrices=False
    )
    values = torch.einsum("rk,nrc,kc->nk", u, matrices, vh)
    return Orthogonalization(matrices, values, before, u @ vh)


def orthogonalized(matrix: Tensor, steps: int, eps: float) -> list[Tensor]:
    """Return X₀ = matrix / norm and Xₖ₊₁ = aXₖ + (bA + cA²)Xₖ with A = XₖXₖᵀ."""
    a, b, c = COEFFICIENTS
    tall = matrix.shape[0] > matrix.shape[1]
    x = matrix.T if tall else matrix
    x = x / x.norm().clamp(min=eps)
    found = [x]
    for _step in range(steps):
        gram = x @ x.T
        x = torch.addmm(x, torch.addmm(gram, gram, gram, beta=b, alpha=c), x, beta=a)
        found.append(x)
    return [x.T for x in found] if tall else found


@dataclass(frozen=True, slots=True)
class Clipped:
    """Gradients after clipping.

    Attributes:
        gradients: in the form of the input.
        norm: Euclidean norm of all gradients together, before clipping.
        scale: the factor on every gradient, at most 1.
    """

    gradients: Tensor | list[Tensor]
    norm: float
    scale: float


def clip_by_norm(
    gradients: Tensor | Sequence[float] | Sequence[Tensor], max_norm: float
) -> Clipped:
    """Return the gradients scaled down so that their common norm is at most `max_norm`.

    As in `torch.nn.utils.clip_grad_norm_`, the factor is max_norm / (norm + 10⁻⁶).

    Args:
        gradients: a tensor, a list of floats, or a list of tensors of any shapes.
        max_norm: at least 0.

    Raises:
        InputError: for a bad `max_norm` and for gradients that are not numbers.

    Example:
        >>> clip_by_norm([3.0, 4.0], 1.0).norm
        5.0

    Source: Pascanu, Mikolov and Bengio (2013), algorithm 1.
    """
    number("max_norm", max_norm, 0.0)
    several = (
        isinstance(gradients, Sequence) and bool(gradients) and isinstance(gradients[0], Tensor)
    )
    parts = [floating("gradients", part) for part in (gradients if several else [gradients])]  # type: ignore
    norm = float(torch.stack([part.norm() for part in parts]).norm())
    if norm != norm:
        raise InputError("gradients must not hold NaN.")
    scale = min(1.0, max_norm / (norm + 1e-6))
    scaled = [part * scale for part in parts]
    return Clipped(scaled if several else scaled[0], norm, scale)
