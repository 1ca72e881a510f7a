"""The loss of a recurrent network with one hidden unit: a surface with a cliff."""

from __future__ import annotations

import math
from typing import Any

import torch
from torch import Tensor

from core.optimizers.formula import Dual
from core.optimizers.surfaces import Surface

STATES = 50  # updates of the hidden state
FIRST = 0.5  # x₀
TARGET = 0.7


def recurrent_loss(w: Any, b: Any) -> Dual:
    """Return (σ(x₅₀) − 0.7)² and its derivatives by w and b, where xₜ = w·σ(xₜ₋₁) + b, x₀ = 0.5.

    Args:
        w: recurrent weight, a float or a tensor.
        b: bias, of the same kind.

    Source: Pascanu, Mikolov and Bengio (2013), figure 6: a recurrent network with one hidden unit.
    """
    x, by_w, by_b = FIRST + 0.0 * w, 0.0 * w, 0.0 * w
    for _step in range(STATES):
        s, slope = _sigmoid(x)
        x, by_w, by_b = w * s + b, s + w * slope * by_w, 1 + w * slope * by_b
    s, slope = _sigmoid(x)
    outer = 2 * (s - TARGET) * slope
    return Dual((s - TARGET) ** 2, outer * by_w, outer * by_b)


def _sigmoid(x: Any) -> tuple[Any, Any]:
    """Return σ(x) and σ'(x); tanh overflows for no x."""
    s = 0.5 * (1 + (torch.tanh(x / 2) if isinstance(x, Tensor) else math.tanh(x / 2)))
    return s, s * (1 - s)


#: Weight w along x, bias b along y. The cliff is where x₀ leaves one attractor's basin for another.
CLIFF = Surface(
    "(σ(x₅₀) − 0.7)², xₜ = w·σ(xₜ₋₁) + b, x₀ = 0.5",
    (),
    (5.0, -2.0),
    (3.0, 7.0, -4.0, 3.0),
    recurrent_loss,
)
