"""GRPO: the advantages of a group of answers to one question."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor

from core.checks import finite, number, vector

Values = Tensor | Sequence[float]


def group_advantages(rewards: Values, eps: float = 1e-4) -> Tensor:
    """Return GRPO's advantages of the answers to one question: (r − mean) / (std + ε).

    Args:
        rewards: (G,) finite rewards of at least 2 answers.
        eps: Added to the standard deviation (of n − 1), at least 0.

    Returns:
        (G,) advantages; all 0 if all rewards are equal.

    Raises:
        ValueError: if there are fewer than 2 rewards, or one is not finite.

    Example:
        >>> group_advantages([1.0, 1.0, 1.0])
        tensor([0., 0., 0.], dtype=torch.float64)

    Source: Shao et al. 2024, arXiv:2402.03300, section 4.1.2.
    """
    r = finite("rewards", vector("rewards", rewards, minimum_length=2))
    eps = number("eps", eps, 0.0)
    centered = r - r.mean()
    if bool((r == r[0]).all()):
        return torch.zeros_like(r)  # exactly: the rounded mean may differ from the rewards
    return centered / (r.std() + eps)


def deviation(rewards: Values) -> float:
    """Return the standard deviation of a group's rewards, with n − 1; 0 if all are equal.

    Raises:
        ValueError: as `group_advantages`.
    """
    r = finite("rewards", vector("rewards", rewards, minimum_length=2))
    return 0.0 if bool((r == r[0]).all()) else float(r.std())
