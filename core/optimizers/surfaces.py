"""Surfaces over the plane: the usual test functions, or a visitor's formula."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import torch
from torch import Tensor

from core.checks import floating
from core.errors import InputError
from core.optimizers.formula import Dual, Function, parse

Point = tuple[float, float]
NOWHERE = Dual(torch.nan, torch.nan, torch.nan)


@dataclass(frozen=True, slots=True)
class Surface:
    """A function of x and y with its exact gradient.

    Attributes:
        formula: the function as text.
        minima: its known minima, as points.
        start: a point to start from.
        window: (lowest x, highest x, lowest y, highest y) worth drawing.
        function: (x, y) → (value, ∂/∂x, ∂/∂y), by forward-mode differentiation.
    """

    formula: str
    minima: tuple[Point, ...]
    start: Point
    window: tuple[float, float, float, float]
    function: Function = field(repr=False, compare=False)

    def value(self, xy: Tensor | list[float]) -> Tensor:
        """Return the values at points (…, 2), as a tensor (…); NaN outside the domain."""
        return self._dual(xy)[0]

    def gradient(self, xy: Tensor | list[float]) -> Tensor:
        """Return the gradients (…, 2) at points (…, 2); NaN outside the domain."""
        _value, dx, dy = self._dual(xy)
        return torch.stack([dx, dy], dim=-1)

    def grid(self, columns: int, rows: int) -> tuple[Tensor, Tensor, Tensor]:
        """Return x (columns,), y (rows,) and the values (rows, columns) over the window."""
        left, right, bottom, top = self.window
        x = torch.linspace(left, right, columns, dtype=torch.float64)
        y = torch.linspace(bottom, top, rows, dtype=torch.float64)
        down, across = torch.meshgrid(y, x, indexing="ij")
        return x, y, self.value(torch.stack([across, down], dim=-1))

    def at(self, x: float, y: float) -> Dual:
        """Return the value and both derivatives at one point of floats; NaN outside the domain."""
        try:
            return self.function(x, y)
        except (ArithmeticError, ValueError):
            return NOWHERE

    def _dual(self, xy: Tensor | list[float]) -> tuple[Tensor, Tensor, Tensor]:
        points = floating("xy", xy, min_ndim=1)
        if points.shape[-1] != 2:
            raise InputError(
                "{name} must hold points of 2 coordinates; got shape {shape}.",
                name="xy",
                shape=tuple(points.shape),
            )
        x, y = points.unbind(-1)

        def full(part: Any) -> Tensor:
            return part if isinstance(part, Tensor) else torch.full_like(x, part)

        value, dx, dy = map(full, self.function(x, y))
        return value, dx, dy


def parse_surface(text: str) -> Surface:
    """Return the surface that a formula in x and y describes, without `eval`.

    It takes + - * / ^ (or **) with constant exponents, parentheses, pi, e, and sin, cos, tan, tanh,
    exp, log, sqrt, abs. Its minima are unknown.

    Raises:
        InputError: for anything else, and for formulas beyond the parser's limits.

    Example:
        >>> surface = parse_surface("x^2 + 3*x*y")
        >>> float(surface.value([2.0, 1.0])), surface.gradient([2.0, 1.0]).tolist()
        (10.0, [7.0, 6.0])
    """
    try:
        function = parse(text)
        function(torch.zeros(1), torch.zeros(1))  # constants such as 1/0 or log(-1) fail here
    except (ArithmeticError, ValueError) as error:
        if isinstance(error, InputError):
            raise
        raise InputError("The formula has a part without a value, such as 1/0.") from error
    return Surface(text.strip(), (), (-2.0, 1.5), (-3.0, 3.0, -3.0, 3.0), function)


def _known(
    formula: str, minima: tuple[Point, ...], start: Point, window: tuple[float, float, float, float]
) -> Surface:
    return Surface(formula, minima, start, window, parse(formula))


#: Rosenbrock (1960); Beale (1958); Himmelblau (1972, p. 428). "saddle" has a quartic term, so that
#: an optimizer that leaves the saddle arrives somewhere.
SURFACES: dict[str, Surface] = {
    "bowl": _known("(x^2 + y^2)/2", ((0, 0),), (-2.5, 1.5), (-3, 3, -2, 2)),
    "ravine": _known("(x^2 + 20*y^2)/2", ((0, 0),), (-2.5, 1), (-3, 3, -2, 2)),
    "saddle": _known(
        "x^2/2 - y^2/2 + y^4/8",
        ((0, 2**0.5), (0, -(2**0.5))),
        (-2.5, 0.01),
        (-3, 3, -2, 2),
    ),
    "rosenbrock": _known("(1 - x)^2 + 100*(y - x^2)^2", ((1, 1),), (-1.2, 1), (-2, 2, -1, 3)),
    "beale": _known(
        "(1.5 - x + x*y)^2 + (2.25 - x + x*y^2)^2 + (2.625 - x + x*y^3)^2",
        ((3, 0.5),),
        (1, 1.2),
        (-1, 4.5, -1.5, 2),
    ),
    "himmelblau": _known(
        "(x^2 + y - 11)^2 + (x + y^2 - 7)^2",
        (
            (3, 2),
            (-2.805118086952745, 3.131312518250573),
            (-3.779310253377747, -3.283185991286169),
            (3.584428340330491, -1.848126526964404),
        ),
        (-0.5, -1),
        (-6, 6, -5, 5),
    ),
}
