"""Scaling laws: a model's loss by parameters and training tokens, and the best split of compute.

The form is Hoffmann et al. (2022), "Training compute-optimal large language models", approach 3:
L(N, D) = E + A / N^α + B / D^β, in nats per token, with C = 6ND FLOPs for the training.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from core.plain_checks import choice, number
from core.provenance import Printed


@dataclass(frozen=True, slots=True)
class Constants:
    """The constants of L(N, D) = E + A / N^α + B / D^β and the paper that gives them.

    Attributes:
        E: Loss in the limit of infinite parameters and tokens, in nats per token.
        A: Size of the term of the parameters.
        B: Size of the term of the tokens.
        alpha: Exponent of the parameters.
        beta: Exponent of the tokens.
        source: Where the constants are printed.
    """

    E: float
    A: float
    B: float
    alpha: float
    beta: float
    source: str

    @property
    def balance(self) -> float:
        """Return G = (αA / βB)^(1 / (α + β)) of Hoffmann et al. (2022), equation 4."""
        ratio = self.alpha * self.A / (self.beta * self.B)
        return ratio ** (1 / (self.alpha + self.beta))

    def terms(self, parameters: float, tokens: float) -> tuple[float, float, float]:
        """Return E, A / N^α and B / D^β, whose sum is the loss."""
        return self.E, self.A / parameters**self.alpha, self.B / tokens**self.beta


CONSTANTS: dict[str, Constants] = {
    "hoffmann": Constants(1.69, 406.4, 410.7, 0.34, 0.28, "Hoffmann et al. (2022), appendix D.3"),
    "besiroglu": Constants(1.8172, 482.01, 2085.43, 0.3478, 0.3658, "Besiroglu et al. (2024)"),
    "hoffmann_unrounded": Constants(
        math.exp(0.5267228),
        math.exp(6.0073404),
        math.exp(6.0179186),
        0.33917084,
        0.2849083,
        "Hoffmann et al. (2022), unrounded values in the TeX source",
    ),
}

#: The exponent a of the best number of parameters, N ∝ C^a, by approach 3.
PRINTED_EXPONENT = Printed("0.46", "Hoffmann et al. (2022)", "table 2, approach 3")


def parameter_exponent(constants: str) -> float:
    """Return a = β / (α + β): the best number of parameters grows as C^a.

    Raises:
        InputError: The name is unknown.
    """
    c = CONSTANTS[choice("constants", constants, list(CONSTANTS))]
    return c.beta / (c.alpha + c.beta)


@dataclass(frozen=True, slots=True)
class Optimum:
    """The best model for a compute budget.

    Attributes:
        parameters: Number of parameters N.
        tokens: Number of training tokens D = C / 6N.
        loss: Loss that the law gives, in nats per token.
    """

    parameters: float
    tokens: float
    loss: float

    @property
    def tokens_per_parameter(self) -> float:
        """Return D / N."""
        return self.tokens / self.parameters


def training_flops(parameters: float, tokens: float) -> float:
    """Return 6ND, the FLOPs of a training run: 2 per parameter forward and 4 backward.

    Source: Kaplan et al. (2020), section 2.1.

    Raises:
        InputError: An argument is not above 0.
    """
    n = number("parameters", parameters, 0, low_open=True)
    return 6 * n * number("tokens", tokens, 0, low_open=True)


def loss(parameters: float, tokens: float, constants: str = "besiroglu") -> float:
    """Return L(N, D) = E + A / N^α + B / D^β in nats per token.

    Args:
        parameters: N, above 0.
        tokens: D, training tokens that are all different; above 0.
        constants: A name in `CONSTANTS`.

    Raises:
        InputError: A number is not above 0, or the name is unknown.

    Example:
        >>> round(loss(70e9, 1.4e12, "hoffmann"), 3)
        1.937
    """
    c = CONSTANTS[choice("constants", constants, list(CONSTANTS))]
    n = number("parameters", parameters, 0, low_open=True)
    d = number("tokens", tokens, 0, low_open=True)
    return sum(c.terms(n, d))


def compute_optimal(flops: float, constants: str = "besiroglu") -> Optimum:
    """Return the N and D = C / 6N with the lowest loss for a budget of C FLOPs.

    Setting the derivative of the loss to 0 gives N = G (C/6)^(β/(α+β)): Hoffmann et al. (2022),
    equation 4.

    Args:
        flops: The budget C = 6ND; above 0.
        constants: A name in `CONSTANTS`.

    Raises:
        InputError: The budget is not above 0, or the name is unknown.

    Example:
        >>> round(compute_optimal(5.76e23).tokens_per_parameter, 1)
        18.4
    """
    c = CONSTANTS[choice("constants", constants, list(CONSTANTS))]
    product = number("flops", flops, 0, low_open=True) / 6
    n = c.balance * product ** (c.beta / (c.alpha + c.beta))
    d = product / n
    return Optimum(n, d, sum(c.terms(n, d)))


def tokens_for_loss(parameters: float, level: float, constants: str = "besiroglu") -> float:
    """Return the tokens with which a model reaches a loss, the inverse of `loss`.

    Args:
        parameters: N, above 0.
        level: The loss in nats per token.
        constants: A name in `CONSTANTS`.

    Returns:
        D; infinity if N parameters do not reach the loss with any number of tokens.

    Raises:
        InputError: `parameters` is not above 0, or the name is unknown.
    """
    c = CONSTANTS[choice("constants", constants, list(CONSTANTS))]
    n = number("parameters", parameters, 0, low_open=True)
    rest = number("level", level) - c.E - c.A / n**c.alpha
    return (c.B / rest) ** (1 / c.beta) if rest > 0 else math.inf
