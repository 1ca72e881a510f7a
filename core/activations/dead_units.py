"""Dead ReLUs: a small network trained at too high a learning rate, step by step."""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterator
from dataclasses import dataclass

import torch
from torch import Tensor

from core.activations.functions import Activation
from core.activations.functions import activation as get_activation
from core.checks import integer, number


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
        offset: added to the target; a large one makes the first steps large, as uncentered
            labels do.
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
    x = torch.linspace(-1.0, 1.0, config.points).unsqueeze(1)
    target = torch.sin(3.0 * x) + config.offset
    sizes = [1, *[config.width] * config.depth, 1]
    net = _Network(sizes, generator)
    for step in range(steps + 1):
        trace = net.forward(x, get_activation(config.activation))
        error = trace.prediction - target
        loss = float(error.square().mean())
        net.backward(x, trace, error * (2.0 / config.points))
        norm = float(net.gradient.double().norm())
        diverged = not (math.isfinite(norm) and math.isfinite(loss))
        factor = 1.0 if config.clip is None else min(1.0, config.clip / max(norm, 1e-12))
        yield DeadUnitsStep(
            step=step,
            x=x[:, 0],
            target=target[:, 0],
            prediction=trace.prediction[:, 0],
            loss=loss,
            gradient_norm=norm,
            clip_factor=factor,
            dead=trace.dead,
            dead_share=trace.dead.double().mean(dim=1),
            diverged=diverged,
        )
        if diverged:
            return
        net.parameters.sub_(config.learning_rate * factor * net.gradient)


@dataclass(frozen=True, slots=True)
class _Forward:
    """What one pass keeps for the way back; lists have one entry per hidden layer."""

    hidden: list[Tensor]  # (N, width), after the activation
    slopes: list[Tensor]  # (N, width), of the activation
    dead: Tensor  # (depth, width) bool
    prediction: Tensor  # (N, 1)


class _Network:
    """The network, its gradient written out: autograd's bookkeeping costs more than these sums.

    All parameters lie in one vector, and so does the gradient: one subtraction is an update.
    """

    def __init__(self, sizes: list[int], generator: torch.Generator) -> None:
        shapes = [(fan_out, fan_in) for fan_in, fan_out in itertools.pairwise(sizes)]
        self.parameters = torch.zeros(sum(out * into + out for out, into in shapes))
        self.gradient = torch.zeros_like(self.parameters)
        self.weights, self.biases = _views(self.parameters, shapes)
        self.weight_gradients, self.bias_gradients = _views(self.gradient, shapes)
        for weight, (fan_out, fan_in) in zip(self.weights, shapes, strict=True):
            he = torch.randn(fan_out, fan_in, generator=generator) * math.sqrt(2.0 / fan_in)
            weight.copy_(he)

    def forward(self, x: Tensor, chosen: Activation) -> _Forward:
        h, hidden, slopes, dead = x, [], [], []
        for weight, bias in zip(self.weights[:-1], self.biases[:-1], strict=True):
            z = h @ weight.T + bias
            try:
                h, slope = chosen.fn(z), chosen.derivative(z)
                gone = ~slope.any(dim=0)
            except ValueError:  # not finite: to reach the diverged flag, not an error about it
                h, slope = z, torch.ones_like(z)
                gone = _dead_units(chosen, z)
            hidden.append(h)
            slopes.append(slope)
            dead.append(gone)
        return _Forward(hidden, slopes, torch.stack(dead), h @ self.weights[-1].T + self.biases[-1])

    def backward(self, x: Tensor, trace: _Forward, delta: Tensor) -> None:
        """Fill `gradient`; `delta` (N, 1) is the loss's gradient at the prediction."""
        below = [x, *trace.hidden]
        for layer in reversed(range(len(below))):
            torch.mm(delta.T, below[layer], out=self.weight_gradients[layer])
            torch.sum(delta, 0, out=self.bias_gradients[layer])
            if layer:
                delta = (delta @ self.weights[layer]) * trace.slopes[layer - 1]


def _views(flat: Tensor, shapes: list[tuple[int, int]]) -> tuple[list[Tensor], list[Tensor]]:
    """Return views of one vector: every layer's weight, every layer's bias."""
    sizes = [size for out, into in shapes for size in (out * into, out)]
    parts = list(flat.split(sizes))
    weights = [part.view(shape) for part, shape in zip(parts[::2], shapes, strict=True)]
    return weights, parts[1::2]


def _dead_units(chosen: Activation, z: Tensor) -> Tensor:
    """Return which columns of z have slope 0 in every row; a unit with a NaN is not called dead."""
    usable = torch.isfinite(z).all(dim=0)
    slopes = chosen.derivative(z.nan_to_num())
    return (slopes == 0).all(dim=0) & usable
