"""Gated linear units, and the parameters of a feed-forward network with and without a gate."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from core.activations.functions import activation as get_activation
from core.checks import Values, finite, integer
from core.errors import InputError
from core.shapes import KNOWN_MODELS

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
        [6.0, 0.0]

    Source: Dauphin et al. 2016, arXiv:1612.08083; Shazeer 2020, arXiv:2002.05202, equation 5.
    """
    chosen = get_activation(activation)
    value, gate = finite("value", value), finite("gate", gate)
    try:
        torch.broadcast_shapes(value.shape, gate.shape)
    except RuntimeError as error:
        raise InputError(
            "value and gate must have shapes that broadcast; got {value_shape} and {gate_shape}.",
            value_shape=tuple(value.shape),
            gate_shape=tuple(gate.shape),
        ) from error
    return value * chosen.fn(gate)


def glu_name(activation: str) -> str:
    """Return what the gated unit with this activation is called in the literature.

    "SwiGLU with GELU" contradicts itself: Swi- is the Swish of the gate, and with GELU in its
    place the unit is GEGLU.

    Args:
        activation: a name of `ACTIVATIONS`.

    Returns:
        The published name, or "gated" and the activation's label where there is none.

    Example:
        >>> glu_name("gelu"), glu_name("mish")
        ('GEGLU', 'gated Mish')
    """
    chosen = get_activation(activation)
    names = {used: name for name, used in GLU_VARIANTS.items()}
    return names.get(activation, f"gated {chosen.label}")


@dataclass(frozen=True, slots=True)
class GluSurface:
    """A gated unit over a grid: rows are gates, columns are values."""

    activation: str
    name: str
    values: Tensor  # (V,)
    gates: Tensor  # (G,)
    gate_open: Tensor  # (G,) activation(gate): by how much each row's values are multiplied
    output: Tensor  # (G, V)
    value_derivative: Tensor  # (G, V): d output / d value = activation(gate)
    gate_derivative: Tensor  # (G, V): d output / d gate = value · activation'(gate)

    def level(self, output: float) -> Tensor:
        """Return (G,): the value at which the unit has this output; ±inf where the gate is 0."""
        return output / self.gate_open


def glu_surface(values: Values, gates: Values, activation: str = "silu") -> GluSurface:
    """Evaluate a gated unit and its slopes on a grid.

    Args:
        values: (V,).
        gates: (G,).
        activation: a name of `ACTIVATIONS`.

    Returns:
        The surface.

    Example:
        >>> glu_surface([1.0, 2.0], [3.0], "relu").output.tolist()
        [[3.0, 6.0]]
    """
    chosen = get_activation(activation)
    values = finite("values", values, min_ndim=1, max_ndim=1)
    gates = finite("gates", gates, min_ndim=1, max_ndim=1)
    gate_open = chosen.fn(gates)
    return GluSurface(
        activation=activation,
        name=glu_name(activation),
        values=values,
        gates=gates,
        gate_open=gate_open,
        output=glu(values, gates.unsqueeze(1), activation),
        value_derivative=gate_open.unsqueeze(1).expand(-1, len(values)),
        gate_derivative=values * chosen.derivative(gates).unsqueeze(1),
    )


@dataclass(frozen=True, slots=True)
class FFNSize:
    """One feed-forward network's cost per token."""

    matrices: int  # 2: up, down; 3: gate, up, down
    dim: int
    hidden_dim: int
    parameters: int
    flops_per_token: int  # 2 per weight, a multiplication and an addition; biases not counted


def ffn_size(dim: int, hidden_dim: int, gated: bool, bias: bool = False) -> FFNSize:
    """Count a feed-forward network's parameters and multiplications.

    Args:
        dim: model width D.
        hidden_dim: inner width F.
        gated: True for the three matrices of a gated unit, False for two.
        bias: True adds one bias vector per matrix.

    Returns:
        The size.

    Example:
        >>> ffn_size(576, 1536, gated=True).parameters  # one layer of SmolLM2-135M
        2654208

    Source: Vaswani et al. 2017, equation 2; Shazeer 2020, arXiv:2002.05202, equation 6.
    """
    dim, hidden = integer("dim", dim, 1), integer("hidden_dim", hidden_dim, 1)
    matrices = 3 if gated else 2
    weights = matrices * dim * hidden
    biases = ((matrices - 1) * hidden + dim) if bias else 0
    return FFNSize(matrices, dim, hidden, weights + biases, 2 * weights)


@dataclass(frozen=True, slots=True)
class FFNShape:
    """The feed-forward network of a published model."""

    name: str
    dim: int
    hidden_dim: int
    gated: bool
    source: str


_NAMES = (
    "Transformer base",
    "GPT-2",
    "BERT base",
    "T5 1.0 base",
    "T5 1.1 base",
    "Llama-7B",
    "Mistral-7B",
    "Llama-3-8B",
    "SmolLM2-135M",
)

#: Rows of `core.shapes.KNOWN_MODELS`, with the columns that the FFN needs.
KNOWN_FFNS: tuple[FFNShape, ...] = tuple(
    FFNShape(row.name, row.dim, row.expert_dim, row.gated, row.source)
    for row in (KNOWN_MODELS[name] for name in _NAMES)
)


@dataclass(frozen=True, slots=True)
class FFNComparison:
    """A plain network and the gated one with as many parameters, as nearly as rounding allows."""

    plain: FFNSize
    gated: FFNSize
    exact_hidden: float  # two thirds of the plain hidden size
    difference: int  # gated minus plain parameters


def equal_parameter_ffn(dim: int, hidden_dim: int, multiple_of: int = 1) -> FFNComparison:
    """Find the gated network that costs what a plain one costs: two thirds of its hidden size.

    Args:
        dim: model width D.
        hidden_dim: inner width of the plain network, often 4·D.
        multiple_of: round the gated hidden size up to a multiple of this, as Llama does (256).

    Returns:
        Both sizes.

    Example:
        >>> equal_parameter_ffn(4096, 4 * 4096, multiple_of=256).gated.hidden_dim  # Llama-7B
        11008

    Source: Shazeer 2020, arXiv:2002.05202, section 2; Touvron et al. 2023, arXiv:2302.13971,
    section 2.2.
    """
    plain = ffn_size(dim, hidden_dim, gated=False)
    multiple = integer("multiple_of", multiple_of, 1)
    two_thirds = max(1, 2 * hidden_dim // 3)
    gated = ffn_size(dim, -(-two_thirds // multiple) * multiple, gated=True)
    return FFNComparison(plain, gated, 2 * hidden_dim / 3, gated.parameters - plain.parameters)
