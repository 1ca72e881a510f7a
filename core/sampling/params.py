"""The settings of one draw: names, bounds, order, and the request body that carries them."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from types import MappingProxyType
from typing import NamedTuple

from core import _check


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
        "num_beams": Limit(1, 32, 1, "Beams kept side by side; 1 is no beam search.", True),
        "max_tokens": Limit(1, 131_072, 64, "How many tokens to write at most.", True),
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


@dataclass(frozen=True, slots=True)
class SamplingParams:
    """Everything that decides how the next token is chosen; checked when it is made.

    Args:
        temperature .. seed: see `LIMITS` for bounds, defaults and a line of help each.
        order: stage names in the order in which they run, or the name of one of `ORDERS`. Stages
            left out are not lost: penalties left out run first, filters left out run last, both
            in the order of `STAGES`.

    Raises:
        ValueError: if a value is of the wrong type or out of its bounds, or the order names an
            unknown stage or one stage twice.

    Example:
        `SamplingParams(temperature=0.7, top_k=3, order="notes").active_stages()` is
        `("top_k", "temperature")`.
    """

    temperature: float = LIMITS["temperature"].default
    top_k: int = int(LIMITS["top_k"].default)
    top_p: float = LIMITS["top_p"].default
    min_p: float = LIMITS["min_p"].default
    typical_p: float = LIMITS["typical_p"].default
    repetition_penalty: float = LIMITS["repetition_penalty"].default
    frequency_penalty: float = LIMITS["frequency_penalty"].default
    presence_penalty: float = LIMITS["presence_penalty"].default
    no_repeat_ngram: int = int(LIMITS["no_repeat_ngram"].default)
    num_beams: int = int(LIMITS["num_beams"].default)
    max_tokens: int = int(LIMITS["max_tokens"].default)
    seed: int = int(LIMITS["seed"].default)
    order: tuple[str, ...] = ORDERS["transformers"]
    top_n_sigma: float = LIMITS["top_n_sigma"].default
    epsilon_cutoff: float = LIMITS["epsilon_cutoff"].default

    def __post_init__(self) -> None:
        """Check every field and complete the order."""
        for name in LIMITS:
            object.__setattr__(self, name, check_setting(name, getattr(self, name)))
        object.__setattr__(self, "order", complete_order(self.order))

    def active_stages(self) -> tuple[str, ...]:
        """The stages that these settings switch on, in the order in which they run."""
        off = {
            "repetition_penalty": self.repetition_penalty == 1.0,
            "frequency_presence": self.frequency_penalty == 0.0 and self.presence_penalty == 0.0,
            "no_repeat_ngram": self.no_repeat_ngram == 0,
            "temperature": self.temperature == 1.0,
            "top_k": self.top_k == 0,
            "top_p": self.top_p == 1.0,
            "min_p": self.min_p == 0.0,
            "typical_p": self.typical_p == 1.0,
            "epsilon_cutoff": self.epsilon_cutoff == 0.0,
            "top_n_sigma": self.top_n_sigma == 0.0,
        }
        return tuple(stage for stage in self.order if not off[stage])

    def order_name(self) -> str | None:
        """The name in `ORDERS` of this order, None for a free one."""
        return next((name for name, order in ORDERS.items() if order == self.order), None)

    @classmethod
    def from_json(cls, text: str) -> SamplingParams:
        """Read a request body, taking what is usable; `read_request` also says what was not.

        Raises:
            ValueError: if the text is not JSON or not an object.

        Example:
            `SamplingParams.from_json('{"top_k": 10, "color": 1}').top_k` is 10.
        """
        from core.sampling.request import read_request

        reading = read_request(text)
        if not reading.readable:
            raise ValueError(reading.problems[0])
        return reading.params

    def to_json(self, messages: Sequence[Mapping[str, str]] = ()) -> str:
        """Write the usual request body; settings beyond the usual six only where they differ.

        Example:
            `SamplingParams(top_k=10).to_json()` starts with `{"top_k": 10, "temperature": 1.0`.
        """
        body: dict[str, object] = {name: getattr(self, name) for name in USUAL_FIELDS}
        for field in fields(self):
            value = getattr(self, field.name)
            if field.name not in body and value != field.default:
                body[field.name] = value
        if "order" in body:
            body["order"] = self.order_name() or list(self.order)
        if messages:
            body["messages"] = [dict(message) for message in messages]
        return json.dumps(body, ensure_ascii=False)


USUAL_FIELDS = ("top_k", "temperature", "num_beams", "top_p", "repetition_penalty", "max_tokens")


def check_setting(name: str, value: object) -> float | int:
    """Return a setting within its `LIMITS`, or say in a sentence what it takes."""
    limit = LIMITS[name]
    if limit.whole:
        return _check.integer(name, value, int(limit.low), int(limit.high))  # ty: ignore[invalid-argument-type]
    return _check.number(name, value, limit.low, limit.high)  # ty: ignore[invalid-argument-type]


def complete_order(order: str | Sequence[str]) -> tuple[str, ...]:
    """Return all stage names in running order, or say what is wrong with the order given."""
    if isinstance(order, str):
        return ORDERS[_check.choice("order", order, tuple(ORDERS))]
    if not isinstance(order, (list, tuple)):
        listed = ", ".join(ORDERS)
        raise ValueError(
            f"order must be one of {listed} or a list of stage names; got {_check.short(order)}."
        )
    for place, stage in enumerate(order):
        if not isinstance(stage, str) or stage not in STAGES:
            raise ValueError(
                f"order must name stages among {', '.join(STAGES)}; got {_check.short(stage)}."
            )
        if stage in order[:place]:
            raise ValueError(f"order must name each stage once; got {stage!r} twice.")
    missing = [stage for stage in STAGES if stage not in order]
    first = [stage for stage in missing if stage in PENALTY_STAGES]
    last = [stage for stage in missing if stage not in PENALTY_STAGES]
    return (*first, *order, *last)
