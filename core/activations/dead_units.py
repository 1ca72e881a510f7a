"""Dead ReLUs: a small network that trains at too high a rate, watched step by step."""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import torch
from torch import Tensor

from core._check import integer, number
from core.activations.functions import activation as get_activation


@dataclass(frozen=True, slots=True)
class DeadUnitsConfig:
    """A network of `depth` hidden layers that learns y = sin(3x) + offset by gradient descent.

    Args:
        activation: of the hidden layers, a name of `ACTIVATIONS`.
        width: units per hidden layer.
        depth: hidden layers.
        learning_rate: of plain full-batch gradient descent, more than 0.
        clip: None, or the largest norm that the gradient may have; a longer one is shortened.
        points: training points, evenly spaced over [-1, 1].
        offset: added to the target; a large one makes the first steps large, as labels that nobody
            centered do.
    """

    activation: str = "relu"
    width: int = 32
    depth: int = 2
    learning_rate: float = 0.1
    clip: float | None = None
    points: int = 64
    offset: float = 3.0

    def __post_init__(self) -> None:
        """Refuse what cannot be trained."""
        get_activation(self.activation)
        integer("width", self.width, 1)
        integer("depth", self.depth, 1)
        number("learning_rate", self.learning_rate, 0.0, low_open=True)
        if self.clip is not None:
            number("clip", self.clip, 0.0, low_open=True)
        integer("points", self.points, 2)
        number("offset", self.offset)


@dataclass(frozen=True, slots=True)
class DeadUnitsStep:
    """The network after `step` updates (step 0: before any)."""

    step: int
    x: Tensor  # (N,)
    target: Tensor  # (N,)
    prediction: Tensor  # (N,)
    loss: float  # mean squared error
    gradient_norm: float  # of all parameters together, before clipping
    clip_factor: float  # what the coming update multiplies the gradient by; 1 when not clipped
    dead: Tensor  # (depth, width) bool: slope 0 on every training point, so no gradient arrives
    dead_share: Tensor  # (depth,)
    diverged: bool  # the loss or the gradient is no longer finite; training stops here


def train_until_dead(
    config: DeadUnitsConfig, steps: int, generator: torch.Generator
) -> Iterator[DeadUnitsStep]:
    """Train, and yield the state before the first update and after each.

    The iterator is lazy: a page takes as many steps as it draws, and stops by not asking.

    Args:
        config: the network and its training.
        steps: updates to make at most, not negative.
        generator: the source of the initial weights (He), taken when the first state is asked for.

    Returns:
        An iterator of steps + 1 states, fewer if the training diverges.

    Raises:
        ValueError: at once, for steps that are not a whole number.

    Example:
        >>> states = train_until_dead(DeadUnitsConfig(width=5), 3, torch.Generator().manual_seed(0))
        >>> [s.step for s in states]
        [0, 1, 2, 3]

    Source: Lu, Shin, Su, Karniadakis 2019, arXiv:1903.06733 (dying ReLU); Pascanu, Mikolov, Bengio
    2012, arXiv:1211.5063, algorithm 1 (clipping by norm).
    """
    return _train(config, integer("steps", steps, 0), generator)


def _train(
    config: DeadUnitsConfig, steps: int, generator: torch.Generator
) -> Iterator[DeadUnitsStep]:
    chosen = get_activation(config.activation)
    x = torch.linspace(-1.0, 1.0, config.points).unsqueeze(1)
    target = torch.sin(3.0 * x) + config.offset
    sizes = [1, *[config.width] * config.depth, 1]
    parameters: list[Tensor] = []
    for fan_in, fan_out in itertools.pairwise(sizes):
        weight = torch.randn(fan_out, fan_in, generator=generator) * math.sqrt(2.0 / fan_in)
        parameters += [weight.requires_grad_(), torch.zeros(fan_out, requires_grad=True)]

    for step in range(steps + 1):
        h, pre_activations = x, []
        for layer in range(config.depth):
            z = h @ parameters[2 * layer].T + parameters[2 * layer + 1]
            pre_activations.append(z)
            # A diverged network's numbers must reach the diverged flag, not an error about them.
            h = chosen.fn(z) if bool(torch.isfinite(z).all()) else z
        prediction = h @ parameters[-2].T + parameters[-1]
        loss = (prediction - target).square().mean()
        gradients = torch.autograd.grad(loss, parameters)
        norm = float(torch.stack([g.double().norm() for g in gradients]).norm())
        diverged = not (math.isfinite(norm) and math.isfinite(float(loss.detach())))
        factor = 1.0 if config.clip is None else min(1.0, config.clip / max(norm, 1e-12))
        dead = torch.stack([_dead_units(chosen.derivative, z.detach()) for z in pre_activations])
        yield DeadUnitsStep(
            step=step,
            x=x[:, 0],
            target=target[:, 0],
            prediction=prediction.detach()[:, 0],
            loss=float(loss.detach()),
            gradient_norm=norm,
            clip_factor=factor,
            dead=dead,
            dead_share=dead.double().mean(dim=1),
            diverged=diverged,
        )
        if diverged:
            return
        with torch.no_grad():
            moves = [config.learning_rate * factor * g for g in gradients]
            parameters = [
                (p - move).requires_grad_() for p, move in zip(parameters, moves, strict=True)
            ]


def _dead_units(derivative: Callable[[Tensor], Tensor], z: Tensor) -> Tensor:
    """Return which columns of z have slope 0 in every row; a unit with a NaN is not called dead."""
    usable = torch.isfinite(z).all(dim=0)
    slopes = derivative(z.nan_to_num())
    return (slopes == 0).all(dim=0) & usable
