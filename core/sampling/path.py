"""How one token gets its final probability: its logits, its rank, the filter that removes it."""

from __future__ import annotations

from dataclasses import dataclass

from core import checks
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
    return TokenPath(
        rank=int((trace.order == token).nonzero()[0]) + 1,
        raw_logit=float(trace.raw_logits[token]),
        raw_log_sum=float(trace.raw_logits.logsumexp(0)),
        raw_prob=float(trace.raw_probs[token]),
        logit=float(trace.logits[token]),
        log_sum=float(trace.logits.logsumexp(0)),
        prob=float(trace.probs[token]),
        removed_by=removed_by,
    )
