"""Dead ReLUs: a small network trained at too high a learning rate, step by step."""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

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
    active_points: Tensor  # (depth, width) training points on which the unit's slope is not 0
    diverged: bool  # the loss or the gradient is no longer finite; training stops here

    @property
    def dead(self) -> Tensor:
        """Return (depth, width) bool: slope 0 on every training point, so no gradient arrives."""
        return self.active_points == 0

    @property
    def dead_share(self) -> Tensor:
        """Return (depth,), the share of dead units in each layer."""
        return self.dead.double().mean(dim=1)


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
    runs = _train(config, [config.clip], integer("steps", steps, 0), generator)
    return (state for (state,) in runs if state is not None)


def train_side_by_side(
    config: DeadUnitsConfig, clips: Sequence[float | None], steps: int, generator: torch.Generator
) -> tuple[tuple[DeadUnitsStep, ...], ...]:
    """Train copies of one network that differ only in their clipping, all in the same batch.

    Args:
        config: the network and its training; its `clip` is not used.
        clips: the clipping of each copy.
        steps: updates to make at most, not negative.
        generator: the source of the initial weights, which all copies share.

    Returns:
        The states of each copy, as `train_until_dead` yields them for it.
    """
    for clip in clips:
        replace(config, clip=clip)  # checks it
    rows = list(_train(config, clips, integer("steps", steps, 0), generator))
    columns = zip(*rows, strict=True)
    return tuple(tuple(s for s in column if s is not None) for column in columns)


def _train(
    config: DeadUnitsConfig, clips: Sequence[float | None], steps: int, generator: torch.Generator
) -> Iterator[list[DeadUnitsStep | None]]:
    """Yield the states of R networks, one for each clip; None after a network has diverged."""
    x = torch.linspace(-1.0, 1.0, config.points).unsqueeze(1)
    target = torch.sin(3.0 * x) + config.offset
    x_line, target_line = x[:, 0], target[:, 0]
    sizes = [1, *[config.width] * config.depth, 1]
    net = _Networks(len(clips), sizes, generator)
    chosen = get_activation(config.activation)
    running = [True] * len(clips)
    for step in range(steps + 1):
        trace = net.forward(x, chosen)
        error = trace.prediction - target
        losses = error.square().mean(dim=(1, 2)).tolist()
        net.backward(x, trace, error * (2.0 / config.points))
        norms = torch.linalg.vector_norm(net.gradient, dim=1, dtype=torch.float64).tolist()
        factors = [
            1.0 if clip is None else min(1.0, clip / max(norm, 1e-12))
            for clip, norm in zip(clips, norms, strict=True)
        ]
        predictions, active = trace.prediction[..., 0].unbind(), trace.active.unbind()
        states: list[DeadUnitsStep | None] = [None] * len(clips)
        for run in (run for run, runs in enumerate(running) if runs):
            diverged = not (math.isfinite(norms[run]) and math.isfinite(losses[run]))
            states[run] = DeadUnitsStep(
                step=step,
                x=x_line,
                target=target_line,
                prediction=predictions[run],
                loss=losses[run],
                gradient_norm=norms[run],
                clip_factor=factors[run],
                active_points=active[run],
                diverged=diverged,
            )
            running[run] = not diverged
            if diverged:
                net.parameters[run] = 0.0  # so that the rest of the batch has finite numbers
                net.gradient[run] = 0.0
        yield states
        if not any(running):
            return
        net.parameters.sub_(net.gradient * (config.learning_rate * torch.tensor(factors)[:, None]))


@dataclass(frozen=True, slots=True)
class _Forward:
    """What one pass keeps for the way back; lists have one entry per hidden layer."""

    hidden: list[Tensor]  # (R, N, width), after the activation
    slopes: list[Tensor]  # (R, N, width), of the activation
    active: Tensor  # (R, depth, width) points on which the slope is not 0
    prediction: Tensor  # (R, N, 1)


class _Networks:
    """R networks, their gradient written out: autograd's bookkeeping costs more than these sums.

    All parameters of a network lie in one row, and so does its gradient: one subtraction is an
    update of all networks.
    """

    def __init__(self, runs: int, sizes: list[int], generator: torch.Generator) -> None:
        shapes = [(fan_out, fan_in) for fan_in, fan_out in itertools.pairwise(sizes)]
        self.parameters = torch.zeros(runs, sum(out * into + out for out, into in shapes))
        self.gradient = torch.zeros_like(self.parameters)
        self.weights, self.biases = _views(self.parameters, shapes)
        self.weight_gradients, self.bias_gradients = _views(self.gradient, shapes)
        for weight, (fan_out, fan_in) in zip(self.weights, shapes, strict=True):
            he = torch.randn(fan_out, fan_in, generator=generator) * math.sqrt(2.0 / fan_in)
            weight.copy_(he)  # the same in every network

    def forward(self, x: Tensor, chosen: Activation) -> _Forward:
        h, hidden, slopes = x.expand(len(self.parameters), *x.shape), [], []
        for weight, bias in zip(self.weights[:-1], self.biases[:-1], strict=True):
            z = torch.baddbmm(bias, h, weight.mT)
            try:
                h, slope = chosen.fn(z), chosen.derivative(z)
            except ValueError:  # not finite: to reach the diverged flag, not an error about it
                good, z_good = z.isfinite(), z.nan_to_num()
                h = chosen.fn(z_good).where(good, z)
                slope = chosen.derivative(z_good).where(good, 1.0)
            hidden.append(h)
            slopes.append(slope)
        active = torch.stack([slope.count_nonzero(dim=1) for slope in slopes], dim=1)
        prediction = torch.baddbmm(self.biases[-1], h, self.weights[-1].mT)
        return _Forward(hidden, slopes, active, prediction)

    def backward(self, x: Tensor, trace: _Forward, delta: Tensor) -> None:
        """Fill `gradient`; `delta` (R, N, 1) is the loss's gradient at the prediction."""
        below = [x.expand(len(delta), *x.shape), *trace.hidden]
        for layer in reversed(range(len(below))):
            torch.bmm(delta.mT, below[layer], out=self.weight_gradients[layer])
            torch.sum(delta, 1, keepdim=True, out=self.bias_gradients[layer])
            if layer:
                delta = torch.bmm(delta, self.weights[layer]) * trace.slopes[layer - 1]


def _views(flat: Tensor, shapes: list[tuple[int, int]]) -> tuple[list[Tensor], list[Tensor]]:
    """Return views of (R, P): every layer's weights (R, out, in) and biases (R, 1, out)."""
    sizes = [size for out, into in shapes for size in (out * into, out)]
    parts = list(flat.split(sizes, dim=1))
    weights = [part.unflatten(1, shape) for part, shape in zip(parts[::2], shapes, strict=True)]
    return weights, [part.unsqueeze(1) for part in parts[1::2]]
