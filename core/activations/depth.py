"""Gradient flow through depth: a stack of layers, differentiated by torch."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import torch
from torch import Tensor

from core.activations.functions import activation as get_activation
from core.checks import choice, integer, number
from core.errors import InputError
from core.normalization import layer_norm

INITS = ("he", "xavier")
NORMS = ("pre", "post")


@dataclass(frozen=True, slots=True)
class DepthTrace:
    """What happened in each of `depth` layers; layer 0 is the one next to the input.

    Gradients are of a loss whose gradient at the output has norm 1 per example, so that a curve
    over `gradient_norm` is the product of the layers' Jacobians and nothing else.
    """

    activation: str
    residual: bool
    norm: str | None
    hidden: tuple[Tensor, ...]  # depth + 1 of (batch, width): the input, then each layer's output
    pre_activations: tuple[Tensor, ...]  # depth of (batch, width)
    gradient_norm: Tensor  # (depth + 1,): mean over examples of |dL/d hidden|
    weight_gradient_norm: Tensor  # (depth,): |dL/dW| of each layer
    hidden_mean: Tensor  # (depth + 1,)
    hidden_std: Tensor  # (depth + 1,)
    activation_mean: Tensor  # (depth,) of activation(z)
    activation_std: Tensor  # (depth,)
    saturated_share: Tensor  # (depth,): units whose slope is below `saturation` · the largest slope
    dead_share: Tensor  # (depth,): units with slope exactly 0 for every example
    saturation: float

    @property
    def layer_factors(self) -> Tensor:
        """Return (depth,): the factor of the gradient's norm from each layer's output to its input.

        A factor is NaN where no gradient is left at the layer's output.
        """
        return self.gradient_norm[:-1] / self.gradient_norm[1:]

    @property
    def mean_factor(self) -> float:
        """Return the geometric mean of the factors of all layers."""
        ends = self.gradient_norm[[0, -1]]
        return float(ends[0] / ends[1]) ** (1 / len(self.saturated_share))


def gradient_through_depth(
    activation: str,
    depth: int,
    width: int,
    *,
    residual: bool = False,
    norm: str | None = None,
    generator: torch.Generator,
    batch: int = 16,
    init: str = "he",
    gain: float = 1.0,
    saturation: float = 0.05,
) -> DepthTrace:
    """Send random inputs through a random stack and the gradient back.

    One layer is z = W·u, y = activation(z), with u = LayerNorm(h) for "pre", else h. The next h is
    y, or h + y with a residual; for "post" it is LayerNorm of that.

    Args:
        activation: a name of `ACTIVATIONS`.
        depth: layers, at least 1.
        width: units per layer, at least 2.
        residual: add each layer's input to its output.
        norm: None, "pre" or "post".
        generator: the source of weights, inputs and the direction of the gradient.
        batch: examples.
        init: "he" draws weights with variance 2/width, "xavier" with 1/width (as fan-in equals
            fan-out here).
        gain: multiplies the initial weights, more than 0.
        saturation: a unit is saturated where |activation'(z)| is below this share of the largest
            slope that the activation has anywhere.

    Returns:
        The trace, float64: in float32 a deep stack would leave the range of the numbers.

    Raises:
        ValueError: for an unknown name, a number outside its range, or a stack that overflows.

    Example:
        >>> t = gradient_through_depth("sigmoid", 5, 11, generator=torch.Generator().manual_seed(0))
        >>> bool(t.gradient_norm[0] < t.gradient_norm[-1] / 10)
        True

    Source: Glorot, Bengio 2010 (AISTATS), section 4; He et al. 2015, arXiv:1502.01852, section 2.2;
    Xiong et al. 2020, arXiv:2002.04745 (pre- and post-norm).
    """
    chosen = get_activation(activation)
    depth, width = integer("depth", depth, 1), integer("width", width, 2)
    batch = integer("batch", batch, 1)
    if norm is not None:
        choice("norm", norm, NORMS)
    variance = 2.0 if choice("init", init, INITS) == "he" else 1.0
    gain = number("gain", gain, 0.0, low_open=True)
    saturation = number("saturation", saturation, 0.0, 1.0)

    std = gain * (variance / width) ** 0.5
    weights = [(_normal(width, width, generator) * std).requires_grad_() for _ in range(depth)]
    h = _normal(batch, width, generator).requires_grad_()
    direction = torch.nn.functional.normalize(_normal(batch, width, generator), dim=-1)

    hidden, pre_activations, activations = [h], [], []
    for w in weights:
        z = (layer_norm(h) if norm == "pre" else h) @ w.T
        if not bool(torch.isfinite(z).all()):
            raise InputError(
                "The activations overflow in layer {layer} of {depth}. Use fewer layers, a weight "
                "scale below {gain:g}, or LayerNorm.",
                layer=len(pre_activations),
                depth=depth,
                gain=gain,
            )
        y = chosen.fn(z)
        h = h + y if residual else y
        h = layer_norm(h) if norm == "post" else h
        hidden.append(h)
        pre_activations.append(z)
        activations.append(y)
    z, y = torch.stack(pre_activations).detach(), torch.stack(activations).detach()
    loss = (h * direction).sum()  # dL/dh is `direction`, of norm 1 for each example
    gradients = torch.autograd.grad(loss, [*hidden, *weights])
    grad_hidden, grad_weights = gradients[: depth + 1], gradients[depth + 1 :]

    slopes = chosen.derivative(z).abs()
    outputs = torch.stack(hidden).detach()
    return DepthTrace(
        activation=chosen.name,
        residual=residual,
        norm=norm,
        hidden=tuple(outputs),
        pre_activations=tuple(z),
        gradient_norm=torch.stack(grad_hidden).norm(dim=-1).mean(dim=-1),
        weight_gradient_norm=torch.stack(grad_weights).flatten(1).norm(dim=-1),
        hidden_mean=outputs.mean(dim=(1, 2)),
        hidden_std=outputs.std(dim=(1, 2), correction=0),
        activation_mean=y.mean(dim=(1, 2)),
        activation_std=y.std(dim=(1, 2), correction=0),
        saturated_share=(slopes < saturation * _steepest(chosen.name)).double().mean(dim=(1, 2)),
        dead_share=(slopes == 0).all(dim=1).double().mean(dim=1),
        saturation=saturation,
    )


@cache
def _steepest(activation: str) -> float:
    """Return the largest absolute slope that an activation has anywhere."""
    x = torch.linspace(-8.0, 8.0, 4001)
    return float(get_activation(activation).derivative(x).abs().max())


def _normal(rows: int, columns: int, generator: torch.Generator) -> Tensor:
    return torch.randn(rows, columns, generator=generator, dtype=torch.float64)
