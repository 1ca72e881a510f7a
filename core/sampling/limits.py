"""The bounds of each sampling setting, the stages of the pipeline, and the orders they run in."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import NamedTuple

from core import checks
from core.errors import InputError


class Limit(NamedTuple):
    """Bounds (both included), default and one line of help for a setting."""

    low: float
    high: float
    default: float
    help: str
    whole: bool = False


LIMITS: Mapping[str, Limit] = MappingProxyType(
    {
        "temperature": Limit(0.0, 5.0, 1.0, "Divides the logits; 0 is greedy, 1 changes nothing."),
        "top_k": Limit(0, 1_000_000, 0, "Keeps the k most likely tokens; 0 is off.", True),
        "top_p": Limit(0.0, 1.0, 1.0, "Keeps the smallest set that reaches p; 1 is off."),
        "min_p": Limit(0.0, 1.0, 0.0, "Keeps what is at least p times the most likely; 0 is off."),
        "typical_p": Limit(0.0, 1.0, 1.0, "Keeps surprisals nearest to the entropy; 1 is off."),
        "top_n_sigma": Limit(0.0, 100.0, 0.0, "Keeps logits within n deviations; 0 is off."),
        "epsilon_cutoff": Limit(0.0, 1.0, 0.0, "Keeps probabilities from epsilon up; 0 is off."),
        "repetition_penalty": Limit(0.01, 10.0, 1.0, "Weakens tokens already seen; 1 is off."),
        "frequency_penalty": Limit(-2.0, 2.0, 0.0, "Subtracted per earlier occurrence; 0 is off."),
        "presence_penalty": Limit(-2.0, 2.0, 0.0, "Subtracted once for occurring; 0 is off."),
        "no_repeat_ngram": Limit(0, 1_000, 0, "Forbids repeating an n-gram; 0 is off.", True),
        "num_beams": Limit(1, 32, 1, "Beams kept in parallel; 1 is no beam search.", True),
        "length_penalty": Limit(
            -10.0, 10.0, 1.0, "Exponent of the length in a beam's score; above 0 favors long texts."
        ),
        "max_tokens": Limit(1, 131_072, 64, "The most tokens to generate.", True),
        "seed": Limit(0, 2**53 - 1, 0, "Start of the random numbers: same seed, same draw.", True),
    }
)

STAGES: tuple[str, ...] = (
    "repetition_penalty",
    "frequency_presence",
    "no_repeat_ngram",
    "temperature",
    "top_k",
    "top_p",
    "min_p",
    "typical_p",
    "epsilon_cutoff",
    "top_n_sigma",
)
PENALTY_STAGES = STAGES[:3]

# "notes" is the order of the worked table. "transformers" is the order of 5.23.0,
# `GenerationMixin._get_logits_processor`; it has no frequency/presence penalty (placed after the
# repetition penalty, as vLLM does) and no top-nσ (placed last). "llama.cpp" is the default of
# `common_params_sampling.samplers` in common/common.h: penalties, dry, top_n_sigma, top_k, typ_p,
# top_p, min_p, xtc, temperature; no-repeat n-gram stands in the place of its dry, epsilon in that
# of its xtc.
ORDERS: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "transformers": STAGES,
        "notes": (
            *PENALTY_STAGES,
            "min_p",
            "typical_p",
            "epsilon_cutoff",
            "top_n_sigma",
            "top_k",
            "top_p",
            "temperature",
        ),
        "llama.cpp": (
            *PENALTY_STAGES,
            "top_n_sigma",
            "top_k",
            "typical_p",
            "top_p",
            "min_p",
            "epsilon_cutoff",
            "temperature",
        ),
    }
)

USUAL_FIELDS = ("top_k", "temperature", "top_p", "repetition_penalty", "max_tokens")


def check_setting(name: str, value: object) -> float | int:
    """Return a setting within its `LIMITS`, or say in a sentence what it takes."""
    limit = LIMITS[name]
    if limit.whole:
        return checks.integer(name, value, int(limit.low), int(limit.high))  # ty: ignore[invalid-argument-type]
    return checks.number(name, value, limit.low, limit.high)  # ty: ignore[invalid-argument-type]


def complete_order(order: str | Sequence[str]) -> tuple[str, ...]:
    """Return all stage names in running order, or say what is wrong with the order given."""
    if isinstance(order, str):
        return ORDERS[checks.choice("order", order, tuple(ORDERS))]
    if not isinstance(order, (list, tuple)):
        listed = ", ".join(ORDERS)
        raise InputError(
            "order must be one of {listed} or a list of stage names; got {got}.",
            listed=listed,
            got=checks.short(order),
        )
    for place, stage in enumerate(order):
        if not isinstance(stage, str) or stage not in STAGES:
            raise InputError(
                "order must name stages among {listed}; got {got}.",
                listed=", ".join(STAGES),
                got=checks.short(stage),
            )
        if stage in order[:place]:
            raise InputError(
                "order must name each stage once; got {stage!r} twice.",
                stage=stage,
            )
    missing = [stage for stage in STAGES if stage not in order]
    first = [stage for stage in missing if stage in PENALTY_STAGES]
    last = [stage for stage in missing if stage not in PENALTY_STAGES]
    return (*first, *order, *last)
