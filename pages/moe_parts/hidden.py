"""Controls behind "More": their bounds, and their values while they are not drawn.

The popover draws nothing while it is shut, which saves a third of an update. A value is therefore
read from the session or, on a fresh link, from the URL by `number` and `name`.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import streamlit as st
from streamlit.elements.lib.mutable_popover_container import PopoverContainer

import ui
from ui import _

#: Key → lowest, highest, first value, step.
NUMBERS: Mapping[str, tuple[float, float, float, float]] = {
    "moe_scale": (0.1, 10.0, 3.0, 0.1),
    "moe_shared": (0, 3, 0, 1),
    "moe_rounds": (0, 60, 0, 1),
    "moe_rate": (0.005, 0.2, 0.05, 0.005),
    "moe_jitter": (0.0, 0.5, 0.0, 0.01),
    "moe_noise_seed": (0, 99, 0, 1),
    "moe_seed": (0, 99, 0, 1),
    "moe_t_z": (0.0, 0.1, 0.0, 0.001),
    "moe_t_bias": (0.0, 0.05, 0.0, 0.001),
    "moe_t_rate": (0.001, 0.1, 0.02, 0.001),
    "moe_t_width": (2, 32, 8, 1),
    "moe_t_seed": (0, 99, 0, 1),
    "moe_u_width": (2, 32, 8, 1),
    "moe_u_seed": (0, 99, 0, 1),
}
#: Key → what it may be, the first first.
NAMES: Mapping[str, tuple[str, ...]] = {
    "moe_t_norm": ("before", "after"),
    "moe_u_norm": ("after", "before"),
}


def number(key: str) -> float:
    """A hidden number, within its bounds; nonsense becomes its first value."""
    low, high, first, _step = NUMBERS[key]
    raw = _raw(key)
    try:
        value = first if raw is None else float(raw)
    except (TypeError, ValueError):
        value = first
    value = min(max(value, low), high) if math.isfinite(value) else first
    return round(value) if _whole(key) else value


def name(key: str) -> str:
    """A hidden choice, likewise."""
    raw = _raw(key)
    return raw if isinstance(raw, str) and raw in NAMES[key] else NAMES[key][0]


def _raw(key: str) -> Any:
    raw = st.session_state.get(key)
    return st.query_params.get(key) if raw is None else raw


def _whole(key: str) -> bool:
    return all(float(x).is_integer() for x in NUMBERS[key])


def keep_in_url() -> None:
    """Write what differs from its first value into the address: undrawn controls cannot do it."""
    now = st.query_params.to_dict()
    then = dict(now)
    for key in (*NUMBERS, *NAMES):
        value = number(key) if key in NUMBERS else name(key)
        st.session_state[key] = value
        if value == (NUMBERS[key][2] if key in NUMBERS else NAMES[key][0]):
            then.pop(key, None)
        else:
            then[key] = value if isinstance(value, str) else f"{value:g}"
    if then != now:
        st.query_params.from_dict(then)


def popover(key: str) -> PopoverContainer:
    """The button "More"; draw into it only where it is `.open`."""
    return st.popover(_("More"), icon=":material/tune:", key=key, on_change="rerun")


def slider(
    key: str,
    label: str,
    *,
    help: str = "",  # noqa: A002 - the frame's name for it
    scale: str = "linear",
) -> None:
    """A hidden number as a slider; 0 is "off" where it switches something off."""
    low, high, first, step = NUMBERS[key]
    off = {0.0: _("off")} if low == 0 and not key.endswith("seed") else None
    ui.live_slider(label, low, high, first, step, key=key, help=help, scale=scale, words=off)


def softmax_over(key: str) -> None:
    """How gates are normalized, as a choice."""
    words = {"after": _("the chosen k"), "before": _("all experts")}
    help_text = _("Over all experts the gates sum to less than 1: the output shrinks.")
    ui.choice(_("Softmax over"), {n: words[n] for n in NAMES[key]}, key=key, help=help_text)


def beyond(experts: int, most: int = 4) -> dict[float, str]:
    """What a slider of k says where it asks for more experts than there are: all of them work."""
    return {float(k): _("all {n}").format(n=experts) for k in range(experts + 1, most + 1)}
