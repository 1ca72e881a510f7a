"""What Adam is for: four small comparisons, each a few curves over updates."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from core.checks import integer, number
from core.optimizers.paths import optimize
from core.optimizers.quadratic import best_rates, quadratic
from core.optimizers.rules import State
from core.optimizers.surfaces import parse_surface
from core.optimizers.updates import prepared

ADAM_LR = 0.1
DECAY_LR = 0.01


@dataclass(frozen=True, slots=True)
class Axes:
    """Distance to the minimum of (x² + curvature·y²)/2 from (1, 1), by update; each (steps + 1,).

    Attributes:
        sgd: with its best learning rate.
        adam: with a learning rate of 0.1.
        sgd_lr: the best rate, 2/(1 + curvature).
    """

    sgd: Tensor
    adam: Tensor
    sgd_lr: float


def badly_scaled(curvature: float, steps: int = 100) -> Axes:
    """Return how far SGD and Adam come on axes of different curvature.

    Args:
        curvature: of y, at least 1; that of x is 1.
        steps: number of updates.

    Example:
        >>> badly_scaled(1.0, 2).sgd.tolist()  # the best rate of a round bowl needs one step
        [1.4142135623730951, 0.0, 0.0]
    """
    surface = quadratic(1.0, number("curvature", curvature, 1.0))
    lr = best_rates(1.0, curvature).descent_lr
    sgd = optimize(surface, [1.0, 1.0], "sgd", steps, lr=lr)
    adam = optimize(surface, [1.0, 1.0], "adam", steps, lr=ADAM_LR)
    return Axes(sgd.positions.norm(dim=-1), adam.positions.norm(dim=-1), lr)


@dataclass(frozen=True, slots=True)
class Scaled:
    """The first coordinate on c·(x² + 20y²)/2 from (1, 1), by update; each (steps + 1,).

    SGD has a learning rate of 0.05, Adam one of 0.1; "plain" is c = 1. A path that diverges is
    NaN from there on.
    """

    sgd: Tensor
    adam: Tensor
    sgd_plain: Tensor
    adam_plain: Tensor


def scaled_loss(factor: float, steps: int = 40) -> Scaled:
    """Return the paths of SGD and Adam on a loss and on `factor` times that loss."""
    number("factor", factor, 0.0, low_open=True)

    def run(method: str, lr: float, c: float) -> Tensor:
        surface = parse_surface(f"{c:.12f}*(x^2 + 20*y^2)/2")
        found = optimize(surface, [1.0, 1.0], method, steps, lr=lr).positions[:, 0]
        return torch.cat([found, found.new_full((steps + 1 - len(found),), torch.nan)])

    return Scaled(
        run("sgd", 0.05, factor), run("adam", 0.1, factor), run("sgd", 0.05, 1), run("adam", 0.1, 1)
    )


@dataclass(frozen=True, slots=True)
class FirstSteps:
    """Step sizes in units of the learning rate for a constant gradient; each (steps,).

    Attributes:
        corrected: m̂/√v̂, which is 1.
        uncorrected: m/√v = (1 − β₁ᵗ)/√(1 − β₂ᵗ).
    """

    corrected: Tensor
    uncorrected: Tensor


def first_steps(beta1: float, beta2: float, steps: int = 10) -> FirstSteps:
    """Return Adam's first steps with and without bias correction, for a gradient of 1.

    Args:
        beta1: in [0, 1).
        beta2: in [0, 1).
        steps: number of updates.

    Example:
        >>> round(float(first_steps(0.9, 0.999).uncorrected[0]), 3)
        3.162

    Source: Kingma and Ba (2015), section 3.
    """
    integer("steps", steps, 1)
    rule, known = prepared("adam", 1.0, {"betas": (beta1, beta2), "eps": 1e-12})
    state: State | None = None
    sizes = []
    for _step in range(steps):
        state, delta = rule(0.0, 1.0, state, 1.0, **known)
        sizes.append((-delta, state.m / state.v**0.5))
    table = torch.tensor(sizes, dtype=torch.float64)
    return FirstSteps(table[:, 0], table[:, 1])


@dataclass(frozen=True, slots=True)
class Decayed:
    """Two weights that start at 1, by update; each (steps + 1,).

    Their gradients alternate in sign: ±10 for "large", ±0.1 for "small". Only the decay pulls them
    to 0: as L2 in Adam's gradient, or decoupled in AdamW.
    """

    l2_large: Tensor
    l2_small: Tensor
    decoupled_large: Tensor
    decoupled_small: Tensor


def weight_decay(strength: float, steps: int = 200) -> Decayed:
    """Return what weight decay does to weights with large and with small gradients.

    Args:
        strength: λ, at least 0; the learning rate is 0.01.
        steps: number of updates.

    Source: Loshchilov and Hutter (2019), section 2.
    """

    def run(method: str, size: float) -> Tensor:
        rule, known = prepared(method, DECAY_LR, {"weight_decay": strength})
        weight, state = 1.0, None
        found = [weight]
        for i in range(steps):
            state, delta = rule(weight, size * (-1) ** i, state, DECAY_LR, **known)
            weight += delta
            found.append(weight)
        return torch.tensor(found, dtype=torch.float64)

    return Decayed(run("adam", 10.0), run("adam", 0.1), run("adamw", 10.0), run("adamw", 0.1))
