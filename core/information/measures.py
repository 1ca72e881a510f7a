"""Surprisal and its averages: self-information, entropy, cross-entropy, KL, Jensen-Shannon.

`base=2.0` counts in bits, `base=math.e` in nats. 0 · log 0 = 0; where q = 0 < p, cross-entropy and
KL are inf. Single numbers are computed in float64 whatever the dtype of the input.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TypeAlias

import torch
from torch import Tensor

from core import checks
from core.errors import InputError

Distribution: TypeAlias = Tensor | Sequence[float]


def self_information(p: Tensor | Sequence[float] | float, base: float = 2.0) -> Tensor:
    """Return the surprisal of each outcome, -log p.

    Args:
        p: probabilities from 0 to 1 of any shape; they need not sum to 1.
        base: of the logarithm, above 1.

    Returns:
        A tensor of p's shape; inf where p is 0.

    Raises:
        ValueError: if a value is no probability or the base is not above 1.

    Example:
        `self_information([0.5, 0.25, 0.0])` is `[1, 2, inf]` bits.

    Source: Shannon (1948), "A Mathematical Theory of Communication", section 6.
    """
    scale = _log_base(base)
    if not isinstance(p, Tensor):
        try:
            p = torch.as_tensor(p, dtype=torch.float64)
        except (TypeError, ValueError, RuntimeError) as error:
            raise InputError(
                "p must hold probabilities; got {got}.",
                got=checks.short(p),
            ) from error
    if not p.is_floating_point():
        p = p.to(torch.float64)
    if not bool(((p >= 0) & (p <= 1)).all()):
        raise InputError(
            "p must hold probabilities from 0 to 1; got {got}.",
            got=checks.short(p.detach().tolist()),
        )
    return -p.log() / scale + 0.0  # + 0.0 turns the -0.0 of log 1 into 0


def entropy(p: Distribution, base: float = 2.0) -> float:
    """Return the entropy, the average surprisal under p: Σ p · -log p.

    Args:
        p: (N,) probabilities, sum 1.
        base: of the logarithm, above 1.

    Returns:
        From 0 (certain) to log N (uniform).

    Raises:
        ValueError: if p is no distribution or the base is not above 1.

    Example:
        `entropy([0.5, 0.25, 0.25])` is 1.5 bits.

    Source: Shannon (1948), section 6, theorem 2.
    """
    scale = _log_base(base)
    p = distribution("p", p)
    return max(0.0, float(torch.special.entr(p).sum()) / scale)


def cross_entropy(p: Distribution, q: Distribution, base: float = 2.0) -> float:
    """Return the average surprisal when p is encoded with q's code, Σ p · -log q.

    Args:
        p: (N,) probabilities of what happens.
        q: (N,) probabilities that are believed.
        base: of the logarithm, above 1.

    Returns:
        At least `entropy(p)`; inf where q = 0 < p.

    Raises:
        ValueError: if one is no distribution, the sizes differ, or the base is not above 1.

    Example:
        `cross_entropy([0.5, 0.5], [0.75, 0.25])` is 0.5 · 0.415 + 0.5 · 2 = 1.2075 bits.

    Source: Cover and Thomas (2006), "Elements of Information Theory", section 5.4, theorem 5.4.3.
    """
    scale = _log_base(base)
    p, q = pair(p, q)
    terms = torch.where(p > 0, -p * q.log(), 0.0)
    return max(0.0, float(terms.sum()) / scale)


def kl_divergence(p: Distribution, q: Distribution, base: float = 2.0) -> float:
    """Return the KL divergence D(p‖q) = Σ p · log(p / q), the extra cost of coding p with q's code.

    Args:
        p: (N,) probabilities of what happens.
        q: (N,) probabilities that are believed.
        base: of the logarithm, above 1.

    Returns:
        At least 0, and 0 only where p = q; inf where q = 0 < p. Not symmetric.

    Raises:
        ValueError: as `cross_entropy`.

    Example:
        `kl_divergence([0.5, 0.5], [0.75, 0.25])` is 1.2075 - 1 = 0.2075 bits.

    Source: Kullback and Leibler (1951), "On Information and Sufficiency", eq. 2.4.
    """
    return max(0.0, float(pointwise_kl(p, q, base).sum()))


def pointwise_kl(p: Distribution, q: Distribution, base: float = 2.0) -> Tensor:
    """Return the terms p · log(p / q) of the KL divergence, negative ones included.

    Args:
        p: (N,) probabilities of what happens.
        q: (N,) probabilities that are believed.
        base: of the logarithm, above 1.

    Returns:
        (N,) float64: 0 where p = 0, inf where q = 0 < p, negative where q > p.

    Raises:
        ValueError: as `cross_entropy`.

    Example:
        `pointwise_kl([0.5, 0.5], [0.75, 0.25])` is `[-0.2925, 0.5]`.

    Source: Cover and Thomas (2006), section 2.3.
    """
    scale = _log_base(base)
    p, q = pair(p, q)
    return torch.where(p > 0, p * (p.log() - q.log()), 0.0) / scale


def js_divergence(p: Distribution, q: Distribution, base: float = 2.0) -> float:
    """Return the Jensen–Shannon divergence, the mean KL divergence of p and q from their average.

    Args:
        p: (N,) probabilities.
        q: (N,) probabilities.
        base: of the logarithm, above 1.

    Returns:
        From 0 (equal) to log 2 (nothing in common), which is 1 bit.

    Raises:
        ValueError: as `cross_entropy`.

    Example:
        `js_divergence([1.0, 0.0], [0.0, 1.0])` is 1 bit.

    Source: Lin (1991), "Divergence Measures Based on the Shannon Entropy", section IV.
    """
    scale = _log_base(base)
    p, q = pair(p, q)
    middle = (p + q) / 2
    # Where both are subnormal the middle can round to 0; such a term is 0.
    terms = [torch.where((r > 0) & (middle > 0), r * (r / middle).log(), 0.0) for r in (p, q)]
    return max(0.0, float(terms[0].sum() + terms[1].sum()) / 2 / scale)


def binary_entropy(p: float, base: float = 2.0) -> float:
    """Return the entropy of a coin that lands heads with probability p.

    Args:
        p: from 0 to 1.
        base: of the logarithm, above 1.

    Returns:
        From 0 (p is 0 or 1) to log 2 (p = 0.5).

    Raises:
        ValueError: if p is no probability or the base is not above 1.

    Example:
        `binary_entropy(0.25)` is 0.8113 bits.

    Source: Shannon (1948), section 6, figure 7.
    """
    p = checks.number("p", p, 0.0, 1.0)
    return entropy([p, 1.0 - p], base)


def binary_entropy_curve(points: int = 101, base: float = 2.0) -> tuple[Tensor, Tensor]:
    """Return `points` values of p from 0 to 1, and `binary_entropy` at each.

    Example:
        `binary_entropy_curve(3)` is `[0, 0.5, 1]` and `[0, 1, 0]`.
    """
    scale = _log_base(base)
    p = torch.linspace(0.0, 1.0, checks.integer("points", points, 2), dtype=torch.float64)
    return p, (torch.special.entr(p) + torch.special.entr(1.0 - p)) / scale


def perplexity(p: Distribution) -> float:
    """Return the number of equally likely outcomes with the same entropy: 2 to the entropy in bits.

    Args:
        p: (N,) probabilities, sum 1.

    Returns:
        From 1 to N.

    Raises:
        ValueError: if p is no distribution.

    Example:
        `perplexity([0.25, 0.25, 0.25, 0.25])` is 4.

    Source: Jelinek et al. (1977), "Perplexity: a measure of the difficulty of speech recognition".
    """
    return math.exp(entropy(p, math.e))


def mutual_information(joint: Tensor | Sequence[Sequence[float]], base: float = 2.0) -> float:
    """Return the information that Y carries about X: D(joint ‖ product of its marginals).

    Args:
        joint: (X, Y) table of probabilities, sum 1.
        base: of the logarithm, above 1.

    Returns:
        At least 0, and 0 only for independent X and Y.

    Raises:
        ValueError: if the table is not two-dimensional or no distribution.

    Example:
        `mutual_information([[0.5, 0.0], [0.0, 0.5]])` is 1 bit.

    Source: Cover and Thomas (2006), section 2.3, eq. 2.28.
    """
    if not isinstance(joint, Tensor):
        try:
            joint = torch.tensor([list(row) for row in joint], dtype=torch.float64)
        except (TypeError, ValueError, RuntimeError) as error:
            raise InputError(
                "joint must be a table with rows of one length; got {got}.",
                got=checks.short(joint),
            ) from error
    if joint.ndim != 2:
        raise InputError(
            "joint must be an (X, Y) table; got shape {shape}.",
            shape=tuple(joint.shape),
        )
    flat = distribution("joint", joint.flatten())
    table = flat.reshape(joint.shape)
    # Logs are subtracted because a product of two tiny margins can round to 0.
    logs = table.log() - table.sum(1, keepdim=True).log() - table.sum(0, keepdim=True).log()
    terms = torch.where(table > 0, table * logs, 0.0)
    return max(0.0, float(terms.sum()) / _log_base(base))


def distribution(name: str, p: Distribution) -> Tensor:
    """Check a distribution and return it in float64, detached."""
    p = p.detach() if isinstance(p, Tensor) else p
    return checks.probabilities(name, p).to(torch.float64)


def pair(p: Distribution, q: Distribution) -> tuple[Tensor, Tensor]:
    """Check two distributions over the same outcomes."""
    first, second = distribution("p", p), distribution("q", q)
    if first.shape != second.shape:
        raise InputError(
            "p and q must have the same number of outcomes; got {p_size} and {q_size}.",
            p_size=first.numel(),
            q_size=second.numel(),
        )
    return first, second.to(first.device)


def _log_base(base: float) -> float:
    return math.log(checks.number("base", base, 1.0, low_open=True))
