"""A stack of transformer layers with the norm before each sublayer, after it, or DeepNorm's."""

from __future__ import annotations

from collections.abc import Mapping

import torch
import torch.nn.functional as F
from torch import Tensor

from core.checks import choice, finite, integer
from core.errors import InputError
from core.normalization.deepnorm import deepnorm_constants

PLACEMENTS = ("pre", "post", "deepnorm")
EPS = 1e-5

#: The matrices of all layers, by name, each (layers, out, in); an FFN is four times as wide.
Weights = Mapping[str, Tensor]


def stack_weights(
    layers: int,
    width: int,
    generator: torch.Generator,
    *,
    beta: float = 1.0,
    dtype: torch.dtype = torch.float32,
) -> dict[str, Tensor]:
    """Return the initial matrices of a stack: Xavier's normal distribution, no biases.

    Args:
        layers: number of layers, at least 1.
        width: D, features per token, at least 2.
        generator: the source of all weights.
        beta: DeepNorm's gain of the value, output and FFN matrices (Wang et al. 2022, figure 2).
        dtype: of the weights.

    Returns:
        "query", "key", "value", "output" (layers, D, D), "up" (layers, 4D, D) and "down"
        (layers, D, 4D). The draws of one seed differ by the factor `beta` only.
    """
    layers, width = integer("layers", layers, 1), integer("width", width, 2)
    shapes = dict.fromkeys(("query", "key", "value", "output"), (width, width))
    shapes |= {"up": (4 * width, width), "down": (width, 4 * width)}
    weights = {}
    for name, (rows, columns) in shapes.items():
        draws = torch.randn(layers, rows, columns, generator=generator, dtype=dtype)
        gain = 1.0 if name in ("query", "key") else beta
        weights[name] = draws * gain * (2.0 / (rows + columns)) ** 0.5
    return weights


def run_stack(
    x: Tensor, weights: Weights, placement: str, *, heads: int = 2, causal: bool = False
) -> Tensor:
    """Send tokens through every layer.

    "pre":       x = x + f(LN(x)) for attention, then for the FFN; one more LN after the last layer.
    "post":      x = LN(x + f(x))
    "deepnorm":  x = LN(α·x + f(x)), α = (2 · layers)^(1/4)

    Args:
        x: (B, T, D).
        weights: as `stack_weights` returns them; "deepnorm" expects those with its beta.
        placement: one of `PLACEMENTS`.
        heads: attention heads; must divide D.
        causal: whether a token attends only to itself and the tokens before it.

    Returns:
        (B, T, D); differentiable.

    Raises:
        ValueError: for an unknown placement, heads that do not divide D, or x that is not finite.

    Source: Xiong et al. 2020, arXiv:2002.04745, table 1; Wang et al. 2022, arXiv:2203.00555,
    equation 1.
    """
    choice("placement", placement, PLACEMENTS)
    x = finite("x", x, min_ndim=3, max_ndim=3)
    D = x.shape[-1]
    if D % integer("heads", heads, 1):
        raise InputError("heads must divide the width {width}; got {got}.", width=D, got=heads)
    by_layer = zip(*(matrix.unbind() for matrix in weights.values()), strict=True)
    layers = [dict(zip(weights, matrices, strict=True)) for matrices in by_layer]
    alpha = deepnorm_constants(len(layers)).alpha if placement == "deepnorm" else 1.0

    def add(x: Tensor, sublayer: object, layer: Weights) -> Tensor:
        if placement == "pre":
            return x + _sublayer(sublayer, norm(x), layer, heads, causal)
        return norm(alpha * x + _sublayer(sublayer, x, layer, heads, causal))

    def norm(x: Tensor) -> Tensor:
        return F.layer_norm(x, (D,), eps=EPS)

    for layer in layers:
        x = add(x, "attention", layer)
        x = add(x, "ffn", layer)
    return norm(x) if placement == "pre" else x


def _sublayer(which: object, x: Tensor, layer: Weights, heads: int, causal: bool) -> Tensor:
    """Compute attention or the feed-forward network with ReLU: (B, T, D) → (B, T, D)."""
    if which == "ffn":
        return F.linear(F.relu(F.linear(x, layer["up"])), layer["down"])
    q, k, v = (
        F.linear(x, layer[name]).unflatten(-1, (heads, -1)).transpose(1, 2)
        for name in ("query", "key", "value")
    )
    mixed = F.scaled_dot_product_attention(q, k, v, is_causal=causal)  # (B, H, T, d)
    return F.linear(mixed.transpose(1, 2).flatten(2), layer["output"])
