"""The rule of each optimizer, with PyTorch's conventions.

The rules are written once for tensors and for floats: a path over a surface is computed one
coordinate at a time on floats, which costs a fraction of operations on tensors of two values.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from core.optimizers.matrices import orthogonalized

SGD = {"momentum": 0.0, "nesterov": False, "weight_decay": 0.0}
ADAM = {"betas": (0.9, 0.999), "eps": 1e-8, "weight_decay": 0.0}

#: Every method with its settings and their defaults, which are PyTorch's; momentum's is 0.9.
DEFAULTS: dict[str, dict[str, Any]] = {
    "sgd": SGD,
    "momentum": SGD | {"momentum": 0.9},
    "nesterov": SGD | {"momentum": 0.9, "nesterov": True},
    "adagrad": {"eps": 1e-10, "weight_decay": 0.0},
    "rmsprop": {
        "alpha": 0.99,
        "eps": 1e-8,
        "momentum": 0.0,
        "centered": False,
        "weight_decay": 0.0,
    },
    "adam": ADAM,
    "adamw": ADAM | {"weight_decay": 0.01},
    "muon": {"momentum": 0.95, "nesterov": True, "weight_decay": 0.1, "eps": 1e-7, "ns_steps": 5},
}
METHODS = tuple(DEFAULTS)


@dataclass(frozen=True, slots=True)
class State:
    """What an optimizer remembers, and the stages of its last update; None if it has none.

    Attributes:
        step: number of updates so far.
        m: average of gradients; the momentum buffer of the methods with momentum.
        v: average (Adagrad: sum) of squared gradients.
        m_hat: m / (1 − β₁ᵗ).
        v_hat: v / (1 − β₂ᵗ).
        mean: average gradient of centered RMSProp.
    """

    step: int
    m: Any = None
    v: Any = None
    m_hat: Any = None
    v_hat: Any = None
    mean: Any = None


Rule = Callable[..., tuple[State, Any]]


def _sgd(
    p: Any,
    g: Any,
    s: State | None,
    lr: float,
    *,
    momentum: float,
    nesterov: bool,
    weight_decay: float,
) -> tuple[State, Any]:
    g = g + weight_decay * p
    m = g if s is None else momentum * s.m + g
    direction = g + momentum * m if nesterov else m
    return State(_next(s), m), -lr * direction


def _adagrad(
    p: Any, g: Any, s: State | None, lr: float, *, eps: float, weight_decay: float
) -> tuple[State, Any]:
    g = g + weight_decay * p
    v = g * g if s is None else s.v + g * g
    return State(_next(s), v=v), -lr * g / (_sqrt(v) + eps)


def _rmsprop(
    p: Any,
    g: Any,
    s: State | None,
    lr: float,
    *,
    alpha: float,
    eps: float,
    momentum: float,
    centered: bool,
    weight_decay: float,
) -> tuple[State, Any]:
    g = g + weight_decay * p
    v = (0.0 if s is None else alpha * s.v) + (1 - alpha) * g * g
    mean, spread = None, v
    if centered:
        mean = (0.0 if s is None else alpha * s.mean) + (1 - alpha) * g
        spread = v - mean * mean
    scaled = g / (_sqrt(spread) + eps)
    m = None
    if momentum > 0:
        m = scaled = scaled if s is None else momentum * s.m + scaled
    return State(_next(s), m, v, mean=mean), -lr * scaled


def _adam(
    p: Any,
    g: Any,
    s: State | None,
    lr: float,
    *,
    betas: tuple[float, float],
    eps: float,
    weight_decay: float,
) -> tuple[State, Any]:
    return _adaptive(p, g + weight_decay * p, s, lr, betas, eps)


def _adamw(
    p: Any,
    g: Any,
    s: State | None,
    lr: float,
    *,
    betas: tuple[float, float],
    eps: float,
    weight_decay: float,
) -> tuple[State, Any]:
    state, delta = _adaptive(p, g, s, lr, betas, eps)
    return state, delta - lr * weight_decay * p


def _adaptive(
    p: Any, g: Any, s: State | None, lr: float, betas: tuple[float, float], eps: float
) -> tuple[State, Any]:
    """Return Adam's state and step for a gradient that may include the weight decay."""
    beta1, beta2 = betas
    t = _next(s)
    m = (0.0 if s is None else beta1 * s.m) + (1 - beta1) * g
    v = (0.0 if s is None else beta2 * s.v) + (1 - beta2) * g * g
    m_hat, v_hat = m / (1 - beta1**t), v / (1 - beta2**t)
    return State(t, m, v, m_hat, v_hat), -lr * m_hat / (_sqrt(v_hat) + eps)


def _muon(
    p: Tensor,
    g: Tensor,
    s: State | None,
    lr: float,
    *,
    momentum: float,
    nesterov: bool,
    weight_decay: float,
    eps: float,
    ns_steps: int,
) -> tuple[State, Tensor]:
    m = torch.zeros_like(g) if s is None else s.m
    m = torch.lerp(m, g, 1 - momentum)
    direction = torch.lerp(g, m, momentum) if nesterov else m
    ortho = orthogonalized(direction.bfloat16(), ns_steps, eps)[-1].to(p.dtype)
    rows, columns = p.shape
    return State(_next(s), m), -lr * weight_decay * p - lr * max(1, rows / columns) ** 0.5 * ortho


RULES: dict[str, Rule] = {
    "sgd": _sgd,
    "momentum": _sgd,
    "nesterov": _sgd,
    "adagrad": _adagrad,
    "rmsprop": _rmsprop,
    "adam": _adam,
    "adamw": _adamw,
    "muon": _muon,
}


def _next(state: State | None) -> int:
    return 1 if state is None else state.step + 1


def _sqrt(x: Any) -> Any:
    if isinstance(x, Tensor):
        return x.sqrt()
    return math.sqrt(x) if x >= 0 else math.nan
