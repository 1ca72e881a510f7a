"""From logits to a token: filters, penalties, their order, the draw and the beam search."""

from core.sampling.filters import (
    apply_temperature,
    check_logits,
    descending_order,
    epsilon_cutoff,
    min_p,
    top_k,
    top_n_sigma,
    top_p,
    typical_p,
)
from core.sampling.params import (
    LIMITS,
    ORDERS,
    STAGES,
    USUAL_FIELDS,
    Limit,
    SamplingParams,
    check_setting,
    complete_order,
)
from core.sampling.penalties import (
    banned_by_ngram,
    frequency_presence_penalty,
    no_repeat_ngram,
    repetition_penalty,
)
from core.sampling.request import Message, RequestReading, read_request
from core.sampling.trace import SamplingTrace, Stage, draw, sampling_trace

__all__ = [
    "LIMITS",
    "ORDERS",
    "STAGES",
    "USUAL_FIELDS",
    "Limit",
    "Message",
    "RequestReading",
    "SamplingParams",
    "SamplingTrace",
    "Stage",
    "apply_temperature",
    "banned_by_ngram",
    "check_logits",
    "check_setting",
    "complete_order",
    "descending_order",
    "draw",
    "epsilon_cutoff",
    "frequency_presence_penalty",
    "min_p",
    "no_repeat_ngram",
    "read_request",
    "repetition_penalty",
    "sampling_trace",
    "top_k",
    "top_n_sigma",
    "top_p",
    "typical_p",
]
