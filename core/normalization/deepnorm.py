"""DeepNorm's two constants, from the number of layers."""

from __future__ import annotations

from dataclasses import dataclass

from core.plain_checks import choice, integer

KINDS = ("decoder", "encoder")


@dataclass(frozen=True, slots=True)
class DeepNorm:
    """The constants of LN(α·x + f(x)).

    Attributes:
        alpha: factor of the residual connection, above 1.
        beta: gain of the initial value, output and FFN weights, below 1.
    """

    alpha: float
    beta: float


def deepnorm_constants(layers: int, kind: str = "decoder") -> DeepNorm:
    """Return DeepNorm's α = (2M)^(1/4) and β = (8M)^(-1/4) for M layers.

    Args:
        layers: M, at least 1.
        kind: "decoder" (such as GPT) or "encoder" (such as BERT): the same formula. An
            encoder–decoder has other constants, which depend on both depths.

    Raises:
        ValueError: for no layers or an unknown kind.

    Example:
        >>> deepnorm_constants(8)
        DeepNorm(alpha=2.0, beta=0.3535533905932738)

    Source: Wang et al. 2022, arXiv:2203.00555, figure 2.
    """
    choice("kind", kind, KINDS)
    layers = integer("layers", layers, 1)
    return DeepNorm((2.0 * layers) ** 0.25, (8.0 * layers) ** -0.25)
