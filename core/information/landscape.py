"""KL divergence over the simplex of three outcomes, and along a fit of one Gaussian to p."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

import torch
from torch import Tensor

from core import checks
from core.errors import InputError
from core.information import measures


@dataclass(frozen=True, slots=True)
class KLLandscape:
    """KL between a fixed p and every q of a grid on the simplex.

    Attributes:
        p: (3,) the fixed distribution.
        points: (N, 3) the q of the grid, each a distribution.
        forward: (N,) D(p‖q), inf where q = 0 < p.
        reverse: (N,) D(q‖p), inf where p = 0 < q.
    """

    p: Tensor
    points: Tensor
    forward: Tensor
    reverse: Tensor


@dataclass(frozen=True, slots=True)
class FitStep:
    """One Gaussian on its way.

    Attributes:
        step: 0 is the start.
        mean, std: of the Gaussian, in the units of x.
        loss: the divergence that is descended, in nats.
        forward: D(p‖q) in nats.
        reverse: D(q‖p) in nats.
        q: (N,) the Gaussian on the grid, sum 1.
        gradient: slope of the loss along (mean, log std).
    """

    step: int
    mean: float
    std: float
    loss: float
    forward: float
    reverse: float
    q: Tensor
    gradient: tuple[float, float]


def simplex_grid(steps: int) -> Tensor:
    """Return all distributions over three outcomes in multiples of 1 / steps.

    Args:
        steps: at least 1.

    Returns:
        ((steps + 1)(steps + 2) / 2, 3) float64, rows sum to 1, the first outcome slowest.

    Raises:
        ValueError: if steps is below 1.

    Example:
        `simplex_grid(1)` is the three corners.

    Source: barycentric coordinates (Möbius, 1827).
    """
    steps = checks.integer("steps", steps, 1)
    a, b = torch.triu(torch.ones(steps + 1, steps + 1)).flip(1).nonzero(as_tuple=True)
    return torch.stack((a, b, steps - a - b), 1).to(torch.float64) / steps


def simplex_xy(points: Tensor) -> Tensor:
    """Convert barycentric coordinates to the plane, (..., 3) to (..., 2), on a triangle of side 1.

    Args:
        points: (..., 3) distributions over three outcomes.

    Returns:
        (..., 2); outcome 0 is at (0, 0), 1 at (1, 0), 2 at (1/2, √3/2).

    Raises:
        ValueError: if the last size is not 3.

    Example:
        `simplex_xy(torch.tensor([0.0, 0.0, 1.0]))` is `[0.5, 0.866]`.

    Source: barycentric coordinates (Möbius, 1827).
    """
    if not isinstance(points, Tensor) or points.ndim == 0 or points.shape[-1] != 3:
        shape = tuple(points.shape) if isinstance(points, Tensor) else checks.short(points)
        raise InputError(
            "points must be a (..., 3) tensor; got {shape}.",
            shape=shape,
        )
    corners = points.new_tensor([[0.0, 0.0], [1.0, 0.0], [0.5, math.sqrt(3) / 2]])
    return points @ corners


def kl_landscape(p: measures.Distribution, steps: int = 60, base: float = 2.0) -> KLLandscape:
    """Return D(p‖q) and D(q‖p) for every q of a grid on the simplex.

    Args:
        p: (3,) probabilities.
        steps: of the grid, at least 1; it has (steps + 1)(steps + 2) / 2 points.
        base: of the logarithm, above 1.

    Returns:
        A KLLandscape.

    Raises:
        ValueError: if p does not have three outcomes or an argument cannot be used.

    Example:
        For p uniform and steps = 3 both divergences are 0 at the middle point.

    Source: Csiszár (1975), "I-Divergence Geometry of Probability Distributions".
    """
    fixed = measures.distribution("p", p)
    if fixed.numel() != 3:
        raise InputError(
            "p must have three outcomes; got {got}.",
            got=fixed.numel(),
        )
    scale = math.log(checks.number("base", base, 1.0, low_open=True))
    points = simplex_grid(steps)
    log_ratio = fixed.log() - points.log()
    forward = torch.where(fixed > 0, fixed * log_ratio, 0.0).sum(1) / scale
    reverse = torch.where(points > 0, -points * log_ratio, 0.0).sum(1) / scale
    return KLLandscape(
        p=fixed,
        points=points,
        forward=forward.clamp(min=0.0),
        reverse=reverse.clamp(min=0.0),
    )


def gaussian_mixture(
    x: Tensor | Sequence[float],
    means: Sequence[float],
    stds: Sequence[float],
    weights: Sequence[float] | None = None,
) -> Tensor:
    """Return a mixture of Gaussians on a grid, as a distribution over the grid points.

    Args:
        x: (N,) places.
        means, stds: one per Gaussian, in the units of x; stds above 0.
        weights: one per Gaussian, at least 0; equal if left out.

    Returns:
        (N,) float64 probabilities, sum 1.

    Raises:
        ValueError: if the lengths differ or a std is not above 0.

    Example:
        `gaussian_mixture([-1.0, 0.0, 1.0], [0.0], [1.0])` is in proportion to e^-½, 1, e^-½.

    Source: Bishop (2006), "Pattern Recognition and Machine Learning", eq. 2.188.
    """
    places = _grid(x)
    if not len(means) == len(stds) == len(means if weights is None else weights) > 0:
        raise InputError("means, stds and weights must have the same length, at least 1.")
    shares = [1.0] * len(means) if weights is None else list(weights)
    logs = []
    for mean, std, share in zip(means, stds, shares, strict=True):
        std = checks.number("stds", std, 0.0, low_open=True)
        share = checks.number("weights", share, 0.0)
        gap = (places - checks.number("means", mean)) / std
        log_share = math.log(share) if share > 0 else -math.inf
        logs.append(log_share - math.log(std) - gap**2 / 2)
    mixed = torch.logsumexp(torch.stack(logs), 0)
    if float(mixed.max()) == -math.inf:
        raise InputError("weights must not all be 0.")
    return mixed.softmax(0)


def mass_below(p: measures.Distribution, x: Tensor | Sequence[float], place: float) -> float:
    """Return the probability of the grid points below a place.

    Args:
        p: (N,) probabilities on the grid.
        x: (N,) places of the grid, finite and increasing.
        place: where to cut; a grid point exactly there counts half.

    Returns:
        From 0 to 1.

    Raises:
        ValueError: if p and x do not fit together.

    Example:
        `mass_below([0.2, 0.3, 0.5], [-1.0, 0.0, 1.0], 0.0)` is 0.35.
    """
    fixed, places = _on_grid(p, x)
    place = checks.number("place", place)
    return float(fixed[places < place].sum() + fixed[places == place].sum() / 2)


def fit_gaussian(
    p: measures.Distribution,
    x: Tensor | Sequence[float],
    direction: Literal["forward", "reverse"],
    mean: float,
    std: float,
    rate: float = 0.1,
    steps: int = 100,
    clip: float = 2.0,
) -> Iterator[FitStep]:
    """Fit one Gaussian q to p by gradient descent, a step at a time.

    Forward, D(p‖q), pays wherever p has mass and q has not, so q covers both modes: mean and std
    become those of p. Reverse, D(q‖p), pays wherever q has mass and p has not, so q seeks one mode:
    which one is decided by the start.

    Args:
        p: (N,) probabilities on the grid.
        x: (N,) places of the grid, finite and increasing.
        direction: "forward" descends D(p‖q), "reverse" D(q‖p).
        mean, std: where to start, in the units of x; std above 0.
        rate: step size, in units of q itself: the mean moves by rate · std² · slope, log std by
            rate / 2 · slope (the natural gradient), so narrow and wide modes take as many steps.
        steps: how many.
        clip: a step is shortened to rate · clip, in std and in log std, so that a bad start cannot
            fly off.

    Yields:
        steps + 1 FitSteps, the start included. Nothing is random.

    Raises:
        ValueError: when the first step is asked for, if an argument cannot be used.

    Example:
        On modes at -2 and 2, both of std 0.5, and a grid from -8 to 8, forward ends at mean 0,
        std 2.06, those of p; reverse from mean 1 ends at mean 2, std 0.5, one mode.

    Source: Murphy (2012), "Machine Learning", section 21.2.2; the step is Amari's (1998).
    """
    fixed, places = _on_grid(p, x)
    checks.choice("direction", direction, ("forward", "reverse"))
    start = [checks.number("mean", mean), math.log(checks.number("std", std, 0.0, low_open=True))]
    rate = checks.number("rate", rate, 0.0, low_open=True)
    steps = checks.integer("steps", steps, 0)
    clip = checks.number("clip", clip, 0.0, low_open=True)
    # A place of p without mass would make every reverse divergence infinite and its slope NaN.
    log_p = fixed.log().clamp(min=-745.0)
    span = float(places[-1] - places[0])
    spacing = float((places[1:] - places[:-1]).min())
    now_mean, log_std = start
    for step in range(steps + 1):
        now_std = math.exp(log_std)
        z = (places - now_mean) / now_std
        exact, q = (-(z**2) / 2).log_softmax(0), (-(z**2) / 2).softmax(0)
        log_q = exact.clamp(min=-1e6)
        cost = log_q - log_p
        forward, reverse = float(-(fixed * cost).sum()), float((q * cost).sum())
        # The slope of a Gaussian's log along (mean, log std) is (z / std, z²), less its mean.
        along = torch.stack((z / now_std, z**2))
        if direction == "forward":
            weights = q - torch.where(exact > -1e6, fixed, 0.0)
        else:
            weights = q * (cost - reverse)
        slope = torch.where(weights != 0, along * weights, 0.0).sum(1)
        yield FitStep(
            step=step,
            mean=now_mean,
            std=now_std,
            loss=max(0.0, forward if direction == "forward" else reverse),
            forward=max(0.0, forward),
            reverse=max(0.0, reverse),
            q=q,
            gradient=(float(slope[0]), float(slope[1])),
        )
        along_mean, along_std = torch.nan_to_num(slope).tolist()
        pull = along_mean * now_std, along_std / 2
        length = math.hypot(*pull)
        short = rate * (min(1.0, clip / length) if length > 0 else 1.0)
        # Beyond these the grid cannot tell one Gaussian from another.
        low, high = float(places[0]), float(places[-1])
        now_mean = min(high, max(low, now_mean - short * pull[0] * now_std))
        smallest, largest = math.log(spacing / 4), math.log(4 * span)
        log_std = min(largest, max(smallest, log_std - short * pull[1]))


def _on_grid(p: measures.Distribution, x: Tensor | Sequence[float]) -> tuple[Tensor, Tensor]:
    """Return the probabilities and the places of a grid, or say why they do not fit together."""
    fixed, places = measures.distribution("p", p), _grid(x)
    if fixed.shape != places.shape:
        raise InputError(
            "p and x must have the same size; got {p_size} and {x_size}.",
            p_size=fixed.numel(),
            x_size=places.numel(),
        )
    return fixed, places


def _grid(x: Tensor | Sequence[float]) -> Tensor:
    places = checks.vector("x", x, minimum_length=2).detach().to(torch.float64)
    if not bool(torch.isfinite(places).all()) or not bool((places[1:] > places[:-1]).all()):
        raise InputError(
            "x must be finite and increasing; got {got}.",
            got=checks.short(places.tolist()),
        )
    return places
