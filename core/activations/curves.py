"""Values of activations: several curves at one point, GELU's two forms, a model's own gates."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from core.activations.functions import activation as get_activation
from core.activations.functions import gelu, gelu_tanh
from core.checks import Values, finite, number
from core.errors import InputError


@dataclass(frozen=True, slots=True)
class Curve:
    """One activation over a line, or read at a cursor (then x has one number)."""

    name: str
    label: str
    x: Tensor
    value: Tensor
    derivative: Tensor


def activation_curves(names: Sequence[str], x: Values) -> list[Curve]:
    """Evaluate several activations and their derivatives.

    Args:
        names: of `ACTIVATIONS`.
        x: where, any shape.

    Returns:
        One curve per name, in order.

    Example:
        >>> activation_curves(["relu"], [-2.0, 2.0])[0].derivative.tolist()
        [0.0, 1.0]
    """
    x = finite("x", x)
    chosen = [get_activation(name) for name in names]
    return [Curve(a.name, a.label, x, a.fn(x), a.derivative(x)) for a in chosen]


@dataclass(frozen=True, slots=True)
class GeluError:
    """GELU, its tanh approximation, and their difference over a line."""

    x: Tensor
    exact: Tensor
    approximate: Tensor
    error: Tensor  # approximate - exact
    largest: float  # largest |error| on x
    largest_at: float  # the x of it


def gelu_error(x: Values) -> GeluError:
    """Compare GPT-2's tanh form of GELU with the exact one.

    Args:
        x: (N,) where to compare; computed in float64.

    Returns:
        The curves. Over the whole line the largest error is 4.73e-4, at |x| = 2.70 (the error is
        an even function of x).

    Example:
        >>> e = gelu_error(torch.linspace(0, 6, 6001))
        >>> round(e.largest, 6), round(e.largest_at, 2)
        (0.000473, 2.7)

    Source: Hendrycks, Gimpel 2016, arXiv:1606.08415, section 2.
    """
    x = finite("x", x, min_ndim=1, max_ndim=1).to(torch.float64)
    exact, approximate = gelu(x), gelu_tanh(x)
    error = approximate - exact
    at = int(error.abs().argmax())
    return GeluError(x, exact, approximate, error, float(error[at].abs()), float(x[at]))


@dataclass(frozen=True, slots=True)
class GateStatistics:
    """What a model's gates do on one text, per layer; (L,) each unless said otherwise."""

    mean: Tensor  # of the gate before its activation
    std: Tensor
    positive_share: Tensor  # gates above 0
    closed_share: Tensor  # |activation(gate)| below `threshold`
    active_mean: Tensor  # mean of |activation(gate)|
    quantile_levels: tuple[float, ...]
    quantiles: Tensor  # (L, levels) of the gate before its activation
    threshold: float


def gate_statistics(
    gates: Tensor,
    activation: str = "silu",
    *,
    threshold: float = 0.1,
    levels: Sequence[float] = (0.01, 0.25, 0.5, 0.75, 0.99),
) -> GateStatistics:
    """Summarize gate pre-activations layer by layer.

    Args:
        gates: (L, T, F) before the activation.
        activation: what the model applies to them.
        threshold: a gate counts as closed when |activation(gate)| is below this, more than 0.
        levels: which quantiles, each from 0 to 1.

    Returns:
        The statistics.
    """
    gates = finite("gates", gates, min_ndim=3, max_ndim=3).detach()
    threshold = number("threshold", threshold, 0.0, low_open=True)
    levels = tuple(number("levels", level, 0.0, 1.0) for level in levels)
    if not levels:
        raise InputError("levels must hold at least one quantile; got none.")
    flat = gates.flatten(1)  # (L, T·F)
    size = get_activation(activation).fn(flat).abs()
    # Sorting once serves every level; torch.quantile refuses more than 16 million numbers.
    ordered = flat.sort(dim=1).values
    places = torch.tensor([round(level * (flat.shape[1] - 1)) for level in levels])
    return GateStatistics(
        mean=flat.mean(dim=1),
        std=flat.std(dim=1, correction=0),
        positive_share=(flat > 0).double().mean(dim=1),
        closed_share=(size < threshold).double().mean(dim=1),
        active_mean=size.mean(dim=1),
        quantile_levels=levels,
        quantiles=ordered[:, places],
        threshold=threshold,
    )
