"""The settings of the sampling page: their keys, their bounds, their way into the URL.

Four sliders are in sight; the rest live in a popover that draws nothing while it is shut. A value
is therefore read from the session (or, on a fresh link, the URL) by `value`, drawn or not.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import streamlit as st

import ui
from core.sampling import LIMITS, ORDERS, SamplingParams, complete_order
from ui import _

#: Key in the session and the URL → field of `SamplingParams`.  The four in sight come first.
FIELDS = {
    "T": "temperature",
    "k": "top_k",
    "p": "top_p",
    "min_p": "min_p",
    "typical": "typical_p",
    "nsigma": "top_n_sigma",
    "eps": "epsilon_cutoff",
    "rep": "repetition_penalty",
    "freq": "frequency_penalty",
    "pres": "presence_penalty",
    "ngram": "no_repeat_ngram",
    "seed": "seed",
    "max_tokens": "max_tokens",
    "beams": "num_beams",
}
#: The second setting of the view "Compare".
SECOND = {"T_b": "temperature", "k_b": "top_k", "p_b": "top_p", "min_p_b": "min_p"}
ALL = FIELDS | SECOND
STARTS: Mapping[str, float] = {"p": 0.9, "max_tokens": 40, "beams": 3, "T_b": 0.3}
#: Where the page stays below what `core` takes: longer texts and wider trees cannot be read here.
MOST: Mapping[str, float] = {
    "k": 49_152,
    "k_b": 49_152,
    "ngram": 20,
    "seed": 9_999,
    "max_tokens": 256,
    "beams": 8,
}

FREE = "free"
START_ORDER = "transformers"
FREE_START = "top_k, top_p, temperature"
TEXTS = {"order": START_ORDER, "order_b": START_ORDER, "stages": FREE_START, "written": ""}

SOURCES = ("model", "table")
PROMPT = "The capital of France is"
TABLE = "女孩 0.664, 鞋子 0.199, 大象 0.105, 其他 0.032"

#: Controls of single views: the view "Draw", the beam search (its stepper at the last step).
OTHERS = {"draws": "100", "beam_steps": 5, "beam_lp": 1.0, "beam_step": 99}
FIRST_TEXTS = {"source": "model", "prompt": PROMPT, "table": TABLE}

LONGEST_PARAMETER = 1500


def most(key: str) -> float:
    """The largest value of a setting on this page."""
    return MOST.get(key, LIMITS[ALL[key]].high)


def start(key: str) -> float:
    """The value with which the page opens."""
    return STARTS.get(key, LIMITS[ALL[key]].default)


def value(key: str) -> float:
    """A setting's value, whether or not its control is drawn; nonsense becomes the start value."""
    raw = st.session_state.get(key)
    if raw is None:
        raw = st.query_params.get(key)
    limit = LIMITS[ALL[key]]
    try:
        number = float(raw) if raw is not None else start(key)
    except (TypeError, ValueError):
        number = start(key)
    if not math.isfinite(number):
        number = start(key)
    number = min(max(number, limit.low), most(key))
    number = round(number) if limit.whole else number
    if number != raw:  # each access to the session costs microseconds, and there are many
        st.session_state[key] = number
    return number


def text(key: str) -> str:
    """One of the settings that are words, likewise."""
    raw = st.session_state.get(key)
    if raw is None:
        raw = st.query_params.get(key)
    words = raw if isinstance(raw, str) else (TEXTS | FIRST_TEXTS)[key]
    if key.startswith("order") and words not in (*ORDERS, FREE):
        words = START_ORDER
    if key == "source" and words not in SOURCES:
        words = SOURCES[0]
    words = words[: ui.LONGEST_TEXT]
    if words != raw or key not in st.session_state:
        st.session_state[key] = words
    return words


def order(key: str = "order") -> tuple[str, ...]:
    """The order of the filters; a free one that cannot be read gives way to the usual one."""
    name = text(key)
    if name != FREE:
        return ORDERS[name]
    try:
        return complete_order(free_stages())
    except ValueError:
        return ORDERS[START_ORDER]


def free_stages() -> list[str]:
    """The stage names that the visitor wrote, in their order; "top-k" is "top_k" too."""
    words = text("stages").replace("→", ",").replace(">", ",").replace("-", "_").lower()
    return [word.strip() for word in words.split(",") if word.strip()][:50]


def params() -> SamplingParams:
    """All settings as `core` takes them."""
    fields: dict[str, Any] = {field: value(key) for key, field in FIELDS.items()}
    return SamplingParams(**fields, order=order())


def second_params() -> SamplingParams:
    """The second settings of a comparison; what they do not name is as in the first."""
    changes: dict[str, Any] = {field: value(key) for key, field in SECOND.items()}
    return replace(params(), **changes, order=order("order_b"))


def start_state(**changes: Any) -> dict[str, Any]:
    """Every key of the page at its start, with some changed: what a scenario sets."""
    state: dict[str, Any] = {key: start(key) for key in ALL} | TEXTS
    return state | FIRST_TEXTS | OTHERS | changes


def keep_in_url() -> None:
    """Write every setting into the address, also those whose controls are not drawn.

    A control keeps its own parameter while it moves; this is for what a scenario, a pasted request
    or a return to the page has set. All at once, as each writing is an entry of the history.
    """
    wanted = {key: (value(key), start(key)) for key in ALL}
    words = {key: (text(key), begin) for key, begin in (TEXTS | FIRST_TEXTS).items()}
    now = st.query_params.to_dict()
    then = dict(now)
    for key, (held, begin) in (wanted | words).items():
        spelled = f"{held:g}" if isinstance(held, float) else str(held)
        if held == begin or len(spelled) > LONGEST_PARAMETER:
            then.pop(key, None)
        else:
            then[key] = spelled
    if then != now:
        st.query_params.from_dict(then)


def stage_name(stage: str) -> str:
    """What the visitor reads for a stage."""
    return {
        "repetition_penalty": _("repetition penalty"),
        "frequency_presence": _("frequency, presence"),
        "no_repeat_ngram": _("no-repeat n-gram"),
        "temperature": _("temperature"),
        "top_k": _("top-k"),
        "top_p": _("top-p"),
        "min_p": _("min-p"),
        "typical_p": _("typical-p"),
        "epsilon_cutoff": _("epsilon"),
        "top_n_sigma": _("top-nσ"),
    }[stage]


def order_names() -> dict[str, str]:
    """The named orders and the free one, as the visitor reads them."""
    return {
        "transformers": _("transformers: temperature first"),
        "notes": _("notes: top-k → top-p → temperature"),
        "llama.cpp": _("llama.cpp: temperature last"),
        FREE: _("your own"),
    }
