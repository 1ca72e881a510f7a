"""The best rates of gradient descent and the heavy ball on a quadratic."""

from __future__ import annotations

from dataclasses import dataclass

from core.errors import InputError
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
