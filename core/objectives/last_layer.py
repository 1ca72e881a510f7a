"""One gradient step on the output matrix alone, and its effect on any prompt."""

from __future__ import annotations

import torch
from torch import Tensor

from core.checks import finite, integer, number
from core.errors import InputError


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
