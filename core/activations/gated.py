"""The gated linear units, and what a feed-forward network costs with and without a gate."""

from __future__ import annotations

import torch
from torch import Tensor

from core._tensors import Values, finite
from core.activations.functions import activation as get_activation

# Shazeer 2020, arXiv:2002.05202, equations 5 and 6.
GLU_VARIANTS: dict[str, str] = {
    "GLU": "sigmoid",
    "ReGLU": "relu",
    "GEGLU": "gelu",
    "SwiGLU": "silu",
}


def glu(value: Values, gate: Values, activation: str = "silu") -> Tensor:
    """Let a gate decide how much of each value passes: value · activation(gate).

    Args:
        value: any shape, finite.
        gate: value's shape, or one that broadcasts with it.
        activation: a name of `ACTIVATIONS`; "silu" makes it SwiGLU, "gelu" GEGLU, "relu" ReGLU,
            "sigmoid" GLU.

    Returns:
        The broadcast shape; differentiable.

    Raises:
        ValueError: for an unknown activation or shapes that do not broadcast.

    Example:
        >>> glu([2.0, 2.0], [3.0, -3.0], activation="relu").tolist()
        [6.0, -0.0]

    Source: Dauphin et al. 2016, arXiv:1612.08083; Shazeer 2020, arXiv:2002.05202, equation 5.
    """
    chosen = get_activation(activation)
    value, gate = finite("value", value), finite("gate", gate)
    try:
        torch.broadcast_shapes(value.shape, gate.shape)
    except RuntimeError as error:
        raise ValueError(
            f"value and gate must have shapes that broadcast; got {tuple(value.shape)} and "
            f"{tuple(gate.shape)}."
        ) from error
    return value * chosen.fn(gate)
