"""How one token gets its final probability: its logits, its rank, the filter that removes it."""

from __future__ import annotations

import math
from dataclasses import dataclass

from torch import Tensor

from core import checks
from core.errors import InputError
from core.sampling.trace import SamplingTrace, Stage


@dataclass(frozen=True, slots=True)
class TokenPath:
    """One token of a `SamplingTrace`.

    Attributes:
        rank: place in the raw distribution, 1 for the most likely token.
        raw_logit: its logit.
        raw_log_sum: ln Σ e^z over the raw logits; raw_prob = e^(raw_logit - raw_log_sum).
        raw_prob: before the filters.
        logit: after the last stage; -inf where removed.
        log_sum: ln Σ e^z over the logits after the last stage.
        prob: after the filters, e^(logit - log_sum).
        removed_by: the stage that removed it; None where it is kept.
    """

    rank: int
    raw_logit: float
    raw_log_sum: float
    raw_prob: float
    logit: float
    log_sum: float
    prob: float
    removed_by: Stage | None


def token_path(trace: SamplingTrace, token: int) -> TokenPath:
    """Return the numbers behind one token's probability.

    Args:
        trace: the way from the logits to the final distribution.
        token: a token id.

    Returns:
        A TokenPath.

    Raises:
        ValueError: if the token is not an id of the vocabulary.

    Example:
        Of the logits log 3, log 1 with top-k 1, token 1 has raw probability 0.25 and is removed by
        top-k.

    Source: softmax, p = e^z / Σ e^z = e^(z - ln Σ e^z).
    """
    token = checks.integer("token", token, 0, trace.raw_logits.numel() - 1)
    removed_by = next((stage for stage in trace.stages if not bool(stage.kept[token])), None)
    raw_logit, raw_prob = float(trace.raw_logits[token]), float(trace.raw_probs[token])
    logit, prob = float(trace.logits[token]), float(trace.probs[token])
    return TokenPath(
        rank=_place(trace.order, token) + 1,
        raw_logit=raw_logit,
        raw_log_sum=_log_sum(trace.raw_logits, raw_logit, raw_prob),
        raw_prob=raw_prob,
        logit=logit,
        log_sum=_log_sum(trace.logits, logit, prob),
        prob=prob,
        removed_by=removed_by,
    )


def _place(order: Tensor, token: int) -> int:
    """Return the place of a token, which is usually one of the first, in an order."""
    for part in (order[:256], order):
        found = (part == token).nonzero()
        if len(found):
            return int(found[0])
    raise InputError("order must hold token {token}; it does not.", token=token)


def _log_sum(logits: Tensor, logit: float, prob: float) -> float:
    """Return ln Σ e^z: z - ln p, or a sum over the vocabulary where p has no logarithm."""
    return logit - math.log(prob) if prob > 0 else float(logits.logsumexp(0))
