"""Emergence and metrics: the same answers, scored in four ways.

Source: Schaeffer, Miranda and Koyejo (2023), "Are emergent abilities of large language models a
mirage?", section 2: the loss per token falls as a power law of scale, and each token of an answer
is right with probability exp(−loss), independently of the others.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch
from torch import Tensor

from core.checks import finite
from core.errors import InputError
from core.plain_checks import integer, number

#: The power law (N / SCALE)^EXPONENT of the imagined family of models, in nats per token.
SCALE, EXPONENT = 2e7, -0.3


def exact_match(per_token: float, length: int) -> float:
    """Return the probability that every token of an answer is right: per_token ** length.

    Args:
        per_token: Probability that one token is right, independently of the others; 0 to 1.
        length: Number of tokens of the answer; 1 or more.

    Raises:
        InputError: An argument is out of range.

    Example:
        >>> exact_match(0.5, 3)
        0.125
    """
    return number("per_token", per_token, 0, 1) ** integer("length", length, 1)


def samples_to_see_one(success: float, confidence: float = 0.95) -> int:
    """Return the smallest number of attempts that include a success with this probability.

    The probability that n attempts include one is 1 − (1 − success)^n.

    Args:
        success: Probability that one attempt succeeds; above 0, at most 1.
        confidence: Above 0 and below 1.

    Raises:
        InputError: An argument is out of range.

    Example:
        >>> samples_to_see_one(0.01)
        299
    """
    p = number("success", success, 0, 1, low_open=True)
    wanted = number("confidence", confidence, 0, 1, low_open=True, high_open=True)
    if p == 1:
        return 1
    exact = math.log1p(-wanted) / math.log1p(-p)
    return max(1, math.ceil(exact * (1 - 1e-12)))  # the slack keeps 2.0000000000000004 at 2


def per_token_accuracy(parameters: Tensor) -> Tensor:
    """Return exp(−(N / c)^α), the probability that a token is right, for each number N.

    Args:
        parameters: (K,) numbers of parameters, above 0.

    Raises:
        InputError: A number is not finite or not above 0.
    """
    n = finite("parameters", parameters, min_ndim=1, max_ndim=1)
    if bool((n <= 0).any()):
        raise InputError("parameters must be above 0; got {got:g}.", got=float(n.min()))
    return torch.exp(-((n / SCALE) ** EXPONENT))


@dataclass(frozen=True, slots=True)
class Scores:
    """The same answers of K models under four metrics: measured, and expected.

    Attributes:
        parameters: (K,) numbers of parameters.
        per_token: (K,) probability that a token is right.
        right: (K, S, L) bool, whether each token of each answer is right.
        measured: By metric, (K,) means over the answers.
        expected: By metric, (K,) what infinitely many answers give.

    The metrics are "exact" (share of answers without a wrong token), "token" (share of right
    tokens), "edit" (wrong tokens per answer: the edit distance that counts substitutions only)
    and "nats" (−log-probability of the right answer, which needs no sampling).
    """

    parameters: Tensor
    per_token: Tensor
    right: Tensor
    measured: dict[str, Tensor]
    expected: dict[str, Tensor]


def scores(parameters: Tensor, uniform: Tensor) -> Scores:
    """Return the scores of answers in which token l is right if its random number is below p.

    Args:
        parameters: (K,) numbers of parameters, above 0.
        uniform: (K, S, L) random numbers in [0, 1), the same for every metric.

    Raises:
        InputError: The shapes do not match, or a number is out of range.
    """
    p = per_token_accuracy(parameters)
    if uniform.ndim != 3 or len(uniform) != len(p) or uniform.numel() == 0:
        raise InputError(
            "uniform must have shape ({models}, S, L); got {shape}.",
            models=len(p),
            shape=tuple(uniform.shape),
        )
    length = uniform.shape[2]
    right = uniform < p[:, None, None]
    share = right.float().mean((1, 2)).double()
    sure = expected(p, length)
    measured = {
        "exact": right.all(2).float().mean(1).double(),
        "token": share,
        "edit": length * (1 - share),
        "nats": sure["nats"],
    }
    return Scores(parameters, p, right, measured, sure)


def expected(per_token: Tensor, length: int) -> dict[str, Tensor]:
    """Return each metric's expectation, as in `Scores`, for tokens that are right independently.

    Args:
        per_token: (K,) probability that a token is right.
        length: Number of tokens of an answer; 1 or more.

    Raises:
        InputError: `length` is below 1.
    """
    n = integer("length", length, 1)
    p = finite("per_token", per_token, min_ndim=1, max_ndim=1)
    return {"exact": p**n, "token": p, "edit": n * (1 - p), "nats": -n * p.log()}
