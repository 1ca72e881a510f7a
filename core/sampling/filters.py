"""The filters between a model's logits and the draw: (V,) logits in, (V,) logits out.

A removed token is -inf; every other logit stays as it was. At least one token always survives.
Ties go to the lower token id, everywhere: top-k keeps exactly k tokens.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import torch
from torch import Tensor

from core import checks
from core.errors import InputError

REMOVED = -math.inf


def apply_temperature(logits: Tensor | Sequence[float], temperature: float) -> Tensor:
    """Divide the logits by the temperature; 0 is greedy: only the first largest survives.

    Args:
        logits: (V,) real numbers, -inf for a token that is already removed.
        temperature: at least 0. Below 1 sharpens, above 1 flattens, 1 changes nothing.

    Returns:
        (V,) logits of the same dtype. Where the division would overflow, the largest logit is
        subtracted first, which leaves the softmax as it is.

    Raises:
        ValueError: if a logit is NaN or +inf, all are -inf, or the temperature is negative.

    Example:
        Probabilities 0.8 and 0.2 at T = 0.5 become 0.64 : 0.04, that is 0.941 and 0.059.
        `apply_temperature([0.8, 0.2] logs, 0.5).softmax(0)` = p^(1/T) renormalized.

    Source: Hinton, Vinyals, Dean (2015), "Distilling the Knowledge in a Neural Network", eq. 1.
    """
    x = check_logits(logits)
    temperature = checks.number("temperature", temperature, 0.0)
    if temperature == 0.0:
        return keep_ids(x, torch.argmax(x).reshape(1))
    if temperature == 1.0:
        return x.clone()
    scaled = x / temperature
    if math.isfinite(float(scaled.detach().max())):
        return scaled
    return ((x - x.max()).to(torch.float64) / temperature).to(x.dtype)


def top_k(logits: Tensor | Sequence[float], k: int, *, order: Tensor | None = None) -> Tensor:
    """Keep the k most likely tokens; 0 is off.

    Args:
        logits: (V,) real numbers or -inf.
        k: at least 0; more than V keeps everything.
        order: `descending_order(logits)` if it is already known; sorting takes most of the time.

    Returns:
        (V,) logits, all but k of them -inf.

    Raises:
        ValueError: if the logits or k cannot be used.

    Example:
        `top_k([3.0, 1.0, 2.0], 2)` is `[3, -inf, 2]`; `top_k([1.0, 1.0, 1.0], 2)` keeps the
        first two.

    Source: Fan, Lewis, Dauphin (2018), "Hierarchical Neural Story Generation", section 5.4.
    """
    x = check_logits(logits)
    k = checks.integer("k", k, 0)
    if k == 0 or k >= x.numel():
        return x.clone()
    order = descending_order(x) if order is None else check_order(x, order)
    return keep_first(x, order, k)


def top_p(logits: Tensor | Sequence[float], p: float, *, order: Tensor | None = None) -> Tensor:
    """Keep the smallest set of most likely tokens whose probability reaches p.

    The token that crosses p stays. A sum that misses p by rounding only counts as reaching it, so
    0.5 + 0.3 reaches 0.8.

    Args:
        logits: (V,) real numbers or -inf.
        p: from 0 (keeps one token) to 1 (off).
        order: `descending_order(logits)` if it is already known.

    Returns:
        (V,) logits, those outside the nucleus -inf.

    Raises:
        ValueError: if the logits or p cannot be used.

    Example:
        Of the probabilities 0.5, 0.3, 0.2 top-p 0.6 keeps 0.5 and 0.3: their sum 0.8 is the first
        to reach 0.6.

    Source: Holtzman et al. (2020), "The Curious Case of Neural Text Degeneration", section 3.1.
    """
    x = check_logits(logits)
    p = checks.number("p", p, 0.0, 1.0)
    if p == 1.0:
        return x.clone()
    order = descending_order(x) if order is None else check_order(x, order)
    return keep_first(x, order, nucleus_size(x.detach().softmax(0).index_select(0, order), p))


def min_p(logits: Tensor | Sequence[float], p: float) -> Tensor:
    """Keep the tokens at least p times as likely as the most likely one; 0 is off.

    Args:
        logits: (V,) real numbers or -inf.
        p: from 0 (off) to 1 (the most likely token and its equals).

    Returns:
        (V,) logits.

    Raises:
        ValueError: if the logits or p cannot be used.

    Example:
        Of 0.6, 0.3, 0.1 min-p 0.5 keeps 0.6 and 0.3: the bar is 0.5 × 0.6 = 0.3.

    Source: Nguyen et al. (2024), "Turning Up the Heat: Min-p Sampling", section 3.
    """
    x = check_logits(logits)
    p = checks.number("p", p, 0.0, 1.0)
    if p == 0.0:
        return x.clone()
    return x.masked_fill(x < min_p_threshold(x, p), REMOVED)


def typical_p(logits: Tensor | Sequence[float], mass: float) -> Tensor:
    """Keep the tokens whose surprisal is nearest to the entropy, until their mass reaches `mass`.

    It may remove the most likely token: that one is often less surprising than typical.

    Args:
        logits: (V,) real numbers or -inf.
        mass: from 0 (keeps one token) to 1 (off).

    Returns:
        (V,) logits.

    Raises:
        ValueError: if the logits or the mass cannot be used.

    Example:
        Of 0.5, 0.25, 0.25 the entropy is 1.5 bits and the surprisals are 1, 2, 2: all are half a
        bit away, so mass 0.5 keeps the first.

    Source: Meister et al. (2023), "Locally Typical Sampling", section 4.
    """
    x = check_logits(logits)
    mass = checks.number("mass", mass, 0.0, 1.0)
    if mass == 1.0:
        return x.clone()
    return keep_ids(x, typical_ids(x, mass))


def top_n_sigma(logits: Tensor | Sequence[float], n: float) -> Tensor:
    """Keep the tokens within n standard deviations of the largest logit; 0 is off.

    The deviation is that of the surviving logits, divided by their count. As it scales with the
    logits, temperature before or after changes nothing in what is kept.

    Args:
        logits: (V,) real numbers or -inf.
        n: at least 0, in standard deviations.

    Returns:
        (V,) logits.

    Raises:
        ValueError: if the logits or n cannot be used.

    Example:
        Logits 4, 0, 0, 0 have σ = √3 ≈ 1.73, so n = 1 keeps those from 2.27 up: only the first.

    Source: Tang et al. (2024), "Top-nσ: Not All Logits Are You Need", section 3.
    """
    x = check_logits(logits)
    n = checks.number("n", n, 0.0)
    if n == 0.0:
        return x.clone()
    return x.masked_fill(x < sigma_threshold(x, n), REMOVED)


def epsilon_cutoff(logits: Tensor | Sequence[float], eps: float) -> Tensor:
    """Keep the tokens whose probability is at least eps; 0 is off.

    Where no token reaches eps, the most likely one and its equals stay.

    Args:
        logits: (V,) real numbers or -inf.
        eps: a probability from 0 (off) to 1.

    Returns:
        (V,) logits.

    Raises:
        ValueError: if the logits or eps cannot be used.

    Example:
        Of 0.6, 0.3, 0.1 eps = 0.2 keeps 0.6 and 0.3.

    Source: Hewitt, Manning, Liang (2022), "Truncation Sampling as Language Model Desmoothing".
    """
    x = check_logits(logits)
    eps = checks.number("eps", eps, 0.0, 1.0)
    if eps == 0.0:
        return x.clone()
    return x.masked_fill(x < epsilon_threshold(x, eps), REMOVED)


# What the filters and the trace share: the sorted curve and the place of the cut in it.


def check_logits(logits: Tensor | Sequence[float], name: str = "logits") -> Tensor:
    """Return the logits as a 1-D floating tensor with a finite maximum, or say what is wrong."""
    x = checks.vector(name, logits)
    highest = float(x.detach().max())
    if math.isfinite(highest):
        return x
    if math.isnan(highest):
        raise InputError(
            "{name} must be numbers; got NaN at place {place}.",
            name=name,
            place=int(x.isnan().nonzero()[0]),
        )
    if highest > 0:
        place = int((x == math.inf).nonzero()[0])
        raise InputError(
            "{name} must be finite or -inf; got +inf at place {place}.",
            name=name,
            place=place,
        )
    raise InputError(
        "{name} must leave at least one token; got -inf everywhere.",
        name=name,
    )


def descending_order(logits: Tensor) -> Tensor:
    """Return token ids from the largest logit to the smallest, ties by id: (V,) int64."""
    return torch.sort(logits.detach(), descending=True, stable=True).indices


def check_order(logits: Tensor, order: Tensor) -> Tensor:
    """Return `order` if it lists all token ids from the largest logit to the smallest."""
    size = logits.numel()
    fits = isinstance(order, Tensor) and order.dtype == torch.int64 and order.shape == (size,)
    if fits and [int(end) for end in torch.aminmax(order)] == [0, size - 1]:
        curve = logits.detach().index_select(0, order)
        if bool((curve[1:] <= curve[:-1]).all()):
            return order
    raise InputError(
        "order must be descending_order(logits) of the same logits. Leave it out to have it "
        "computed."
    )


def keep_first(logits: Tensor, order: Tensor, count: int) -> Tensor:
    """Remove everything after the first `count` places of a descending order."""
    return keep_ids(logits, order[:count])


def keep_ids(logits: Tensor, ids: Tensor) -> Tensor:
    """Remove every token but these."""
    kept = logits.index_select(0, ids)
    return torch.full_like(logits, REMOVED).index_copy(0, ids, kept)


def nucleus_size(sorted_probs: Tensor, p: float) -> int:
    """Return how many of the descending probabilities are needed until their sum reaches p."""
    reached = sorted_probs.cumsum(0, dtype=torch.float64)
    bar = p - _rounding(sorted_probs)
    return min(int((reached < bar).sum()) + 1, sorted_probs.numel())


def min_p_threshold(logits: Tensor, p: float) -> float:
    """Return the logit of a token p times as likely as the first."""
    highest = float(logits.detach().max())
    return highest + math.log(p) - _rounding(logits) * max(1.0, abs(highest))


def sigma_threshold(logits: Tensor, n: float) -> float:
    """Return the largest logit minus n standard deviations of the remaining logits."""
    x = logits.detach()
    alive = x[x > REMOVED].to(torch.float64)
    highest = float(alive.max())
    slack = _rounding(logits) * max(1.0, abs(highest))
    return min(highest, highest - n * float(alive.std(correction=0)) - slack)


def epsilon_threshold(logits: Tensor, eps: float) -> float:
    """Return the logit of a token of probability eps, but never above the largest."""
    highest = float(logits.detach().max())
    bar = float(logits.detach().logsumexp(0)) + math.log(eps)
    return min(highest, bar - _rounding(logits) * max(1.0, abs(highest)))


def typical_ids(logits: Tensor, mass: float) -> Tensor:
    """Return the tokens whose surprisal is nearest to the entropy, until they hold `mass`."""
    surprisal = -logits.detach().log_softmax(0)
    probs = (-surprisal).exp()
    # A removed token has surprisal inf and probability 0; the clamp keeps 0 · inf from being NaN.
    distance = (surprisal - torch.dot(probs, surprisal.clamp(max=1e4))).abs()
    order = torch.sort(distance, stable=True).indices
    return order[: nucleus_size(probs.index_select(0, order), mass)]


def _rounding(values: Tensor) -> float:
    """Return the tolerance of comparisons: a few units in the last place of the dtype."""
    return 8 * torch.finfo(values.dtype).eps
