"""The path of an optimizer over a surface."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from core.checks import integer, vector
from core.errors import InputError
from core.optimizers.matrices import clip_by_norm
from core.optimizers.rules import State
from core.optimizers.surfaces import Surface
from core.optimizers.updates import prepared

FARTHEST = 1e6  # a coordinate beyond it ends the path
MOST_STEPS = 100_000
MOMENTS = ("m", "v", "m_hat", "v_hat", "mean")


@dataclass(frozen=True, slots=True)
class OptimizerStep:
    """One update: the point before it, its value and gradient, the moments, and the update.

    Attributes:
        position: (2,), before the update.
        value: of the surface at the position.
        gradient: (2,), at the position.
        update: (2,), new minus old position.
        m, v, m_hat, v_hat, mean: (2,), as in `State`, after the gradient was included; None if the
            method has none.
    """

    position: Tensor
    value: float
    gradient: Tensor
    update: Tensor
    m: Tensor | None = None
    v: Tensor | None = None
    m_hat: Tensor | None = None
    v_hat: Tensor | None = None
    mean: Tensor | None = None


@dataclass(frozen=True, slots=True)
class OptimizerTrace:
    """A whole path of n updates.

    Attributes:
        method: name of the optimizer.
        positions: (n + 1, 2), the start first.
        values: (n + 1,), NaN where the surface has none.
        gradients: (n, 2), at positions[:n].
        updates: (n, 2).
        moments: name → (n, 2), those that the method has.
        left: whether the path ended early, because it left the domain of the surface or a
            coordinate exceeded 10⁶.
    """

    method: str
    positions: Tensor
    values: Tensor
    gradients: Tensor
    updates: Tensor
    moments: Mapping[str, Tensor]
    left: bool

    def __len__(self) -> int:
        """Return the number of updates."""
        return len(self.updates)

    def step(self, i: int) -> OptimizerStep:
        """Return update `i`, from 0."""
        moments = {name: values[i] for name, values in self.moments.items()}
        return OptimizerStep(
            self.positions[i], float(self.values[i]), self.gradients[i], self.updates[i], **moments
        )

    @property
    def steps(self) -> list[OptimizerStep]:
        """Return every update."""
        return [self.step(i) for i in range(len(self))]


def optimize(
    surface: Surface,
    start: Tensor | Sequence[float],
    method: str,
    steps: int,
    *,
    lr: float | Sequence[float],
    max_norm: float | None = None,
    **settings: Any,
) -> OptimizerTrace:
    """Return the path of an optimizer over a surface, in float64.

    Args:
        surface: one of `SURFACES`, or from `parse_surface`.
        start: (x, y).
        method: one of `METHODS` except "muon", which updates matrices.
        steps: number of updates, 0 to 100,000; a path that leaves the surface has fewer.
        lr: learning rate, or one for each update.
        max_norm: threshold of `clip_by_norm`, applied to every gradient; None = no clipping. The
            trace holds the gradients before clipping.
        **settings: as `update` takes them.

    Raises:
        InputError: for a bad argument.

    Example:
        >>> from core.optimizers.surfaces import SURFACES
        >>> optimize(SURFACES["bowl"], [1.0, 2.0], "sgd", 2, lr=0.5).positions.tolist()
        [[1.0, 2.0], [0.5, 1.0], [0.25, 0.5]]
    """
    integer("steps", steps, 0, MOST_STEPS)
    rates = [lr] * steps if isinstance(lr, (int, float)) else list(lr)
    if len(rates) != steps:
        raise InputError(
            "lr must be one number or {n} numbers; got {got}.", n=steps, got=len(rates)
        )
    rule, known = prepared(method, 0.0, settings)
    if method == "muon":
        raise InputError("muon updates matrices; a point (x, y) is a vector.")
    for rate in {*rates}:
        prepared(method, rate, {})
    place = vector("start", start).tolist()
    if len(place) != 2 or not all(map(math.isfinite, place)):
        raise InputError("start must be two finite numbers; got {got}.", got=repr(place))
    positions, duals, updates = [place], [surface.at(*place)], []
    states: list[tuple[State, State]] = []
    left = not _inside(place, duals[0])
    for rate in rates:
        if left:
            break
        _value, *gradient = duals[-1]
        if max_norm is not None:
            gradient = _clipped(gradient, max_norm)
        before = states[-1] if states else (None, None)
        done = [
            rule(x, g, s, rate, **known) for x, g, s in zip(place, gradient, before, strict=True)
        ]
        states.append((done[0][0], done[1][0]))
        updates.append([done[0][1], done[1][1]])
        place = [place[0] + updates[-1][0], place[1] + updates[-1][1]]
        positions.append(place)
        duals.append(surface.at(*place))
        left = not _inside(place, duals[-1])
    table = torch.tensor(duals, dtype=torch.float64)
    return OptimizerTrace(
        method,
        torch.tensor(positions, dtype=torch.float64),
        table[:, 0],
        table[: len(updates), 1:],
        torch.tensor(updates, dtype=torch.float64).reshape(-1, 2),
        _moments(states),
        left,
    )


def _inside(place: Sequence[float], dual: Sequence[float]) -> bool:
    return all(map(math.isfinite, dual)) and max(map(abs, place)) <= FARTHEST


def _clipped(gradient: Sequence[float], max_norm: float) -> list[float]:
    clipped = clip_by_norm(torch.tensor(gradient, dtype=torch.float64), max_norm).gradients
    assert isinstance(clipped, torch.Tensor)
    return clipped.tolist()


def _moments(states: Sequence[tuple[State, State]]) -> dict[str, Tensor]:
    if not states:
        return {}
    return {
        name: torch.tensor(
            [[getattr(one, name) for one in pair] for pair in states], dtype=torch.float64
        )
        for name in MOMENTS
        if getattr(states[0][0], name) is not None
    }
