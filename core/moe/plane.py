"""Labeled points in the plane for the live training: moons, spirals, a checkerboard, clouds."""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch
from torch import Tensor

from core import checks

DATASETS = ("moons", "spirals", "checker", "gaussians")
EXTENT = 1.25  # the painted square is [-EXTENT, EXTENT] in both directions


@dataclass(frozen=True, slots=True, eq=False)
class PlaneData:
    """N points (N, 2), mostly within [-1, 1], their labels (N,) and the number of classes."""

    points: Tensor
    labels: Tensor
    classes: int


def make_dataset(
    kind: str, points: int, generator: torch.Generator, noise: float = 0.05
) -> PlaneData:
    """Draw one of the data sets; every class has the same number of points, give or take one.

    Args:
        kind: "moons" (2 classes), "spirals" (3), "checker" (2), "gaussians" (5).
        points: how many, at least 8.
        generator: where the randomness comes from.
        noise: standard deviation of a normal shift of every point.

    Returns:
        A `PlaneData`.

    Raises:
        ValueError: unknown kind, too few points, negative noise.

    Example:
        >>> data = make_dataset("moons", 10, torch.Generator().manual_seed(0))
        >>> tuple(data.points.shape), data.labels.bincount().tolist()
        ((10, 2), [5, 5])
    """
    checks.choice("kind", kind, DATASETS)
    checks.integer("points", points, 8)
    checks.number("noise", noise, 0.0)
    classes = {"moons": 2, "spirals": 3, "checker": 2, "gaussians": 5}[kind]
    labels = torch.arange(points) % classes
    a, b = torch.rand(2, points, generator=generator)
    if kind == "moons":
        angle = math.pi * a
        side = 1 - 2 * labels  # +1 for the upper moon, -1 for the lower
        x = (angle.cos() - 0.5) * side
        y = (angle.sin() - 0.25) * side
        shape = torch.stack([x, y], dim=1) / 1.5
    elif kind == "spirals":
        radius = 0.1 + 0.9 * a
        angle = 2 * math.pi * labels / classes + 1.2 * math.pi * radius
        shape = torch.stack([angle.cos(), angle.sin()], dim=1) * radius[:, None]
    elif kind == "checker":
        # A random cell of the right color on a 4 x 4 board, then a random place in it.
        cell = torch.randint(8, (points,), generator=generator)
        row = cell // 2
        column = 2 * (cell % 2) + (row + labels) % 2
        shape = torch.stack([column + a, row + b], dim=1) / 2 - 1
    else:
        angle = 2 * math.pi * labels / classes
        center = 0.65 * torch.stack([angle.cos(), angle.sin()], dim=1)
        shape = center + 0.17 * torch.randn(points, 2, generator=generator)
    shift = noise * torch.randn(points, 2, generator=generator)
    return PlaneData(points=shape + shift, labels=labels, classes=classes)


def plane_grid(side: int) -> tuple[Tensor, tuple[float, float]]:
    """Return a `side` x `side` grid over the plane, row by row from the bottom.

    Args:
        side: points per axis.

    Returns:
        Points (side * side, 2) as (x, y), and the (low, high) of both axes.

    Example:
        >>> plane_grid(2)[0].tolist()
        [[-1.25, -1.25], [1.25, -1.25], [-1.25, 1.25], [1.25, 1.25]]
    """
    checks.integer("side", side, 2)
    axis = torch.linspace(-EXTENT, EXTENT, side)
    y, x = torch.meshgrid(axis, axis, indexing="ij")
    return torch.stack([x.reshape(-1), y.reshape(-1)], dim=1), (-EXTENT, EXTENT)
