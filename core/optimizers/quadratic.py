"""The best rates of gradient descent and the heavy ball on a quadratic."""

from __future__ import annotations

import math
from dataclasses import dataclass

from torch import Tensor

from core.errors import InputError
from core.optimizers.paths import optimize
from core.optimizers.surfaces import Surface, parse_surface
from core.plain_checks import number


@dataclass(frozen=True, slots=True)
class BestRates:
    """The best settings on a quadratic, and the factor on the distance per step, in the limit.

    Attributes:
        gradient_descent: (λ₂ − λ₁) / (λ₂ + λ₁).
        heavy_ball: (√λ₂ − √λ₁) / (√λ₂ + √λ₁).
        descent_lr: 2 / (λ₁ + λ₂).
        ball_lr: 4 / (√λ₁ + √λ₂)².
        ball_momentum: the square of `heavy_ball`.
    """

    gradient_descent: float
    heavy_ball: float
    descent_lr: float
    ball_lr: float
    ball_momentum: float


def best_rates(lowest: float, highest: float) -> BestRates:
    """Return the best rates for curvatures (eigenvalues of the Hessian) in [lowest, highest].

    Args:
        lowest: λ₁, more than 0.
        highest: λ₂, at least λ₁.

    Raises:
        InputError: for other curvatures.

    Example:
        >>> found = best_rates(0.01, 1.0)
        >>> found.gradient_descent * 101, found.heavy_ball * 11
        (99.0, 9.0)

    Source: Polyak (1964); Polyak (1987), "Introduction to Optimization", sections 1.4 and 3.2.
    """
    number("lowest", lowest, 0.0, low_open=True)
    number("highest", highest, 0.0)
    if highest < lowest:
        raise InputError(
            "{name} must be at least {low}; got {got}.", name="highest", low=lowest, got=highest
        )
    low, high = lowest**0.5, highest**0.5
    ball = (high - low) / (high + low)
    return BestRates(
        gradient_descent=(highest - lowest) / (highest + lowest),
        heavy_ball=ball,
        descent_lr=2 / (lowest + highest),
        ball_lr=4 / (low + high) ** 2,
        ball_momentum=ball**2,
    )


def quadratic(lowest: float, highest: float) -> Surface:
    """Return the surface (λ₁x² + λ₂y²)/2."""
    number("lowest", lowest, 0.0)
    number("highest", highest, 0.0)
    return parse_surface(f"({lowest:.12f}*x^2 + {highest:.12f}*y^2)/2")


@dataclass(frozen=True, slots=True)
class BestRuns:
    """Both methods on (λ₁x² + λ₂y²)/2 from (1, 1) with their best settings.

    Attributes:
        best: the settings and the theoretical factors.
        descent: (steps + 1,) distance to the minimum, of gradient descent.
        ball: (steps + 1,) the same of the heavy ball.
        descent_measured: mean factor per update over the second half of the path that lies above
            10⁻¹²; NaN if that is too short.
        ball_measured: the same of the heavy ball.
    """

    best: BestRates
    descent: Tensor
    ball: Tensor
    descent_measured: float
    ball_measured: float


def best_runs(lowest: float, highest: float, steps: int = 120) -> BestRuns:
    """Run gradient descent and the heavy ball with their best settings.

    Raises:
        InputError: as `best_rates`.
    """
    best, surface = best_rates(lowest, highest), quadratic(lowest, highest)
    plain = optimize(surface, [1.0, 1.0], "sgd", steps, lr=best.descent_lr)
    heavy = optimize(
        surface, [1.0, 1.0], "momentum", steps, lr=best.ball_lr, momentum=best.ball_momentum
    )
    descent, ball = (one.positions.norm(dim=-1) for one in (plain, heavy))
    return BestRuns(best, descent, ball, _measured(descent), _measured(ball))


def updates_per_digit(factor: float) -> float:
    """Return after how many updates a factor per update, in [0, 1), makes a tenth; at least 1.

    Example:
        >>> updates_per_digit(0.1), round(updates_per_digit(99 / 101))
        (1.0, 115)
    """
    number("factor", factor, 0.0, 1.0, high_open=True)
    return max(1.0, -1 / math.log10(factor)) if factor else 1.0


def _measured(distances: Tensor) -> float:
    last = int((distances > 1e-12).nonzero().max())
    if last < 4:
        return math.nan
    middle = last // 2
    return float(distances[last] / distances[middle]) ** (1 / (last - middle))
