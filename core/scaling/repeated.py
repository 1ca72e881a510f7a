"""Scaling with repeated data: what a token is worth when it is seen again.

Source: Muennighoff et al. (2023), "Scaling data-constrained language models", equations 4 to 6,
with the constants of the authors' fit.
"""

from __future__ import annotations

import math

from core.plain_checks import number
from core.scaling.laws import Constants, Optimum

#: The repetitions after which a repeated token has lost all but 1/e of its value.
TOKENS_R_STAR = 15.387756
#: The same for parameters beyond those that are compute-optimal for the unique tokens.
PARAMETERS_R_STAR = 5.309743
#: The law without repetition that the authors fit with α = β.
LAW = Constants(
    math.exp(0.6254804),
    math.exp(6.255414),
    math.exp(7.3049974),
    0.3526596,
    0.3526596,
    "Muennighoff et al. (2023), unrounded values of the fit",
)
_GRID, _REFINEMENTS = 160, 45


def effective_tokens(unique: float, epochs: float) -> float:
    """Return the number of new tokens that are worth as much as the repeated ones.

    D' = U + U R* (1 − exp(−R / R*)), where R = epochs − 1 is the number of repetitions.

    Args:
        unique: U, the number of different tokens; above 0.
        epochs: Passes over them; 1 or more.

    Raises:
        InputError: An argument is out of range.

    Example:
        >>> [round(effective_tokens(1, n), 2) for n in (1, 2, 4)]
        [1.0, 1.97, 3.73]
    """
    u = number("unique", unique, 0, low_open=True)
    repetitions = number("epochs", epochs, 1) - 1
    return _decayed(u, repetitions, TOKENS_R_STAR)


def value_of_epoch(epoch: float) -> float:
    """Return the value of a token in an epoch, relative to a new one: exp(−(epoch − 1) / R*).

    This is the derivative of `effective_tokens` by epochs, per unique token.

    Raises:
        InputError: `epoch` is below 1.
    """
    return math.exp(-(number("epoch", epoch, 1) - 1) / TOKENS_R_STAR)


def half_life() -> float:
    """Return the repetitions after which a token is worth half as much as a new one: R* ln 2."""
    return TOKENS_R_STAR * math.log(2)


def data_constrained_loss(parameters: float, tokens: float, unique: float) -> float:
    """Return the loss in nats per token if only `unique` of the training tokens differ.

    Both N and D are replaced by effective numbers: D' as in `effective_tokens`, and N' in the same
    way for parameters beyond the compute-optimal number for the unique tokens that are used.

    Args:
        parameters: N, above 0.
        tokens: D, all training tokens with repetitions; above 0.
        unique: Number of different tokens that are available; above 0.

    Raises:
        InputError: An argument is not above 0.
    """
    n = number("parameters", parameters, 0, low_open=True)
    d = number("tokens", tokens, 0, low_open=True)
    return _loss(n, d, number("unique", unique, 0, low_open=True))


def data_constrained_optimum(flops: float, unique: float) -> Optimum:
    """Return the N and D = C / 6N with the lowest `data_constrained_loss`.

    No closed form is known: the minimum is bracketed on a grid of log N, then refined by golden
    section.

    Args:
        flops: The budget C = 6ND; above 0.
        unique: Number of different tokens that are available; above 0.

    Raises:
        InputError: An argument is not above 0.
    """
    product = number("flops", flops, 0, low_open=True) / 6
    u = number("unique", unique, 0, low_open=True)
    middle, width = 0.5 * math.log(product), 0.5 * abs(math.log(product)) + 20

    def at(log_n: float) -> float:
        return _loss(math.exp(log_n), product / math.exp(log_n), u)

    step = 2 * width / _GRID
    best = min((middle - width + i * step for i in range(_GRID + 1)), key=at)
    low, high = best - step, best + step
    golden = (math.sqrt(5) - 1) / 2
    for _turn in range(_REFINEMENTS):
        left, right = high - golden * (high - low), low + golden * (high - low)
        if at(left) < at(right):
            high = right
        else:
            low = left
    log_n = (low + high) / 2
    return Optimum(math.exp(log_n), product / math.exp(log_n), at(log_n))


def _decayed(unique: float, repetitions: float, r_star: float) -> float:
    return unique + unique * r_star * -math.expm1(-repetitions / r_star)


def _loss(n: float, d: float, unique: float) -> float:
    used = min(d, unique)
    # The compute-optimal N for `used` tokens, from N = G (C/6)^(β/(α+β)) and C = 6N · used.
    needed = (used * LAW.balance) ** (LAW.beta / LAW.alpha) * LAW.balance
    base = min(n, needed)
    effective_n = _decayed(base, n / base - 1, PARAMETERS_R_STAR)
    effective_d = _decayed(used, d / used - 1, TOKENS_R_STAR)
    return sum(LAW.terms(effective_n, effective_d))
