"""Gradient steps on the output matrix alone, and their effect on any prompt."""

from __future__ import annotations

import torch
from torch import Tensor

from core.checks import finite, integer, number
from core.errors import InputError
from core.objectives.masking import IGNORED


def step_logits(
    logits: Tensor,
    hidden: Tensor,
    target: int,
    rate: float,
    other: tuple[Tensor, Tensor] | None = None,
) -> Tensor:
    """Return a prompt's logits after one step of gradient descent on the output matrix.

    The loss is −ln p(target) after one prompt with hidden state h. Its gradient with respect to
    the matrix W (V, D) is (p − y) hᵀ, where y is one-hot. The step W − rate · (p − y) hᵀ changes
    the logits W h' of any prompt by −rate · (h · h') · (p − y), so no copy of W is needed.

    Args:
        logits: (V,) logits W h of the trained prompt.
        hidden: (D,) its final hidden state h, normalized.
        target: Token that should follow.
        rate: Learning rate, at least 0.
        other: Logits and hidden state of another prompt; None: the trained one.

    Returns:
        (V,) the logits after the step. No input changes.

    Raises:
        ValueError: if shapes do not fit, or the target is not in the vocabulary.
    """
    z, h = (
        finite("logits", logits, min_ndim=1, max_ndim=1),
        finite("hidden", hidden, min_ndim=1, max_ndim=1),
    )
    target = integer("target", target, 0, len(z) - 1)
    rate = number("rate", rate, 0.0)
    z_other, h_other = other or (z, h)
    if z_other.shape != z.shape or h_other.shape != h.shape:
        raise InputError(
            "other must have the shapes of logits and hidden; got {got}.",
            got=[tuple(z_other.shape), tuple(h_other.shape)],
        )
    error = z.softmax(0)
    error[target] -= 1
    return z_other - rate * torch.dot(h, h_other) * error


def trained_logits(
    logits: Tensor, hidden: Tensor, labels: Tensor, rate: float, steps: int, row: int
) -> Tensor:
    """Return the logits at one position after training the output matrix on a text.

    The loss is the mean cross-entropy of the positions with a label. As in `step_logits`, only
    logits are needed: each step subtracts rate / n · (h_row · h_s) · (p_s − y_s) for each of the n
    positions s with a label.

    Args:
        logits: (T, V) logits W h of every position.
        hidden: (T, D) final hidden states h, normalized.
        labels: (T,) the next token, or -100 where the position has no loss.
        rate: Learning rate, at least 0.
        steps: Number of steps of gradient descent, at least 0.
        row: Position whose logits are returned; it need not have a label.

    Returns:
        (V,) the logits of that position. No input changes.

    Raises:
        ValueError: if shapes do not fit, or the row is not a position.
    """
    z = finite("logits", logits, min_ndim=2, max_ndim=2)
    h = finite("hidden", hidden, min_ndim=2, max_ndim=2)
    if len(h) != len(z) or tuple(labels.shape) != (len(z),):
        raise InputError(
            "hidden and labels must have one row for each of the {T} rows of logits; got {got}.",
            T=len(z),
            got=[tuple(h.shape), tuple(labels.shape)],
        )
    row, rate = integer("row", row, 0, len(z) - 1), number("rate", rate, 0.0)
    counted = (labels != IGNORED).nonzero().flatten()
    rows = torch.cat([counted, torch.tensor([row], device=counted.device)])
    n, z = len(counted), z[rows]
    weights = -rate / max(n, 1) * (h[rows] @ h[counted].T)  # (n + 1, n)
    for _step in range(integer("steps", steps, 0) if n else 0):
        error = z[:n].softmax(1)
        error[range(n), labels[counted]] -= 1
        z = z.addmm(weights, error)
    return z[-1]
