"""The settings of one draw, checked when they are made, and the request body that carries them."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields

from core.errors import InputError
from core.sampling.body import read_body
from core.sampling.limits import LIMITS, ORDERS, USUAL_FIELDS, check_setting, complete_order


@dataclass(frozen=True, slots=True)
class SamplingParams:
    """Everything that decides how the next token is chosen; checked when it is made.

    Args:
        temperature .. seed: see `LIMITS` for bounds, defaults and a line of help each.
        order: stage names in the order in which they run, or the name of one of `ORDERS`. Stages
            left out still run: penalties left out run first, filters left out run last, both
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
    length_penalty: float = LIMITS["length_penalty"].default
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
        """Return the stages that these settings switch on, in the order in which they run."""
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
        """Return the name in `ORDERS` of this order, None for a free one."""
        return next((name for name, order in ORDERS.items() if order == self.order), None)

    @classmethod
    def from_json(cls, text: str) -> SamplingParams:
        """Read a request body, taking what is usable; `read_request` also says what was not.

        Raises:
            ValueError: if the text is not JSON or not an object.

        Example:
            `SamplingParams.from_json('{"top_k": 10, "color": 1}').top_k` is 10.
        """
        body = read_body(text)
        if not body.readable:
            raise InputError.of(body.problems[0])
        return cls(**body.settings)

    def to_json(self, messages: Sequence[Mapping[str, str]] = ()) -> str:
        """Write the usual request body; other settings only where they differ from the default.

        Beams are such a setting: a body without `num_beams` asks for sampling.

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
