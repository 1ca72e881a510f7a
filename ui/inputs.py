"""Controls that Python follows while they move: slider, text, choice, switch, stepper.

The value of each lies in `st.session_state[key]` and, while it differs from its first value, in the
URL under the same name; see `ui.live`.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from charts.i18n import _
from ui.controls import LONGEST_TEXT
from ui.live import mount
from ui.values import start


def live_slider(
    label: str,
    min_value: float,
    max_value: float,
    value: float,
    step: float = 1,
    *,
    key: str,
    help: str = "",  # noqa: A002 - Streamlit's own name for it
    scale: str = "linear",
    words: Mapping[float, str] | None = None,
    disabled: bool = False,
    url: bool = True,
) -> float:
    """A slider whose value Python follows while it is dragged.

    Args:
        label: What the visitor reads beside it.
        min_value: Lowest value.
        max_value: Highest value.
        value: Where it starts; the URL leaves it out while it stands there.
        step: Distance of neighboring values; whole numbers throughout give an `int`.
        key: Name in `st.session_state` and in the URL; unique in the whole app.
        help: One sentence in a bubble.
        scale: "linear", or "log" for long ranges (0 keeps its place).
        words: Words shown in place of single values, as `{0: "off"}`.
        disabled: Whether it can be moved.
        url: Whether the address bar holds it.

    Returns:
        The value, always within the bounds.
    """
    whole = all(float(x).is_integer() for x in (min_value, max_value, value, step))
    digits = 0 if whole else max(0, -math.floor(math.log10(step) + 1e-9))

    def clean(raw: Any) -> float | None:
        try:
            number = float(raw)
        except (TypeError, ValueError, OverflowError):
            return None
        if not math.isfinite(number):
            return None
        number = min(max(number, min_value), max_value)
        return round(number) if whole else number

    first = clean(value)
    current = start(key, value if first is None else first, clean)
    message = {
        "label": label,
        "help": help,
        "min": min_value,
        "max": max_value,
        "step": step,
        "scale": scale,
        "digits": digits,
        "words": {f"{k:g}": v for k, v in words.items()} if words else None,
        "disabled": disabled,
        "param": key if url else None,
        "initial": value,
        "value": current,
    }
    mount("slider", key, message, clean)
    return current


def live_text(
    label: str,
    value: str,
    *,
    key: str,
    rows: int = 1,
    placeholder: str = "",
    note: str = "",
    url: bool = True,
) -> str:
    """A text box that Python follows while the visitor types; it grows with the text.

    Args:
        label: What the visitor reads above it.
        value: Its first text.
        key: Name in `st.session_state` and, up to 1500 characters, in the URL.
        rows: Lines shown at least.
        placeholder: Shown while it is empty.
        note: A short line under the box.
        url: Whether the address bar holds it.

    Returns:
        The text as typed, at most 100 000 characters.
    """

    def clean(raw: Any) -> str | None:
        return _utf8(raw[:LONGEST_TEXT]) if isinstance(raw, str) else None

    current = start(key, value, clean)
    message = {
        "label": label,
        "rows": rows,
        "placeholder": placeholder,
        "note": note,
        "param": key if url else None,
        "initial": value,
        "value": current,
    }
    mount("text", key, message, clean)
    return current


def _utf8(text: str) -> str:
    """`text` with "?" for lone surrogates, which neither a message nor a tokenizer can carry."""
    return text.encode("utf-8", "replace").decode("utf-8")


def choice(
    label: str,
    options: Mapping[str, str],
    *,
    key: str,
    value: str = "",
    help: str = "",  # noqa: A002 - Streamlit's own name for it
    menu: bool = False,
    hide_label: bool = False,
    disabled: bool = False,
) -> str:
    """One of a few: buttons in a row, or a menu. Returns the chosen option's name.

    Args:
        label: What the visitor reads above it.
        options: Name (kept in the URL, never translated) to what the visitor reads.
        key: Name in `st.session_state` and in the URL.
        value: The name chosen at first; the first option where it is "".
        help: One sentence in a bubble.
        menu: Whether to draw a menu instead of buttons (more than about five options).
        hide_label: Whether only a screen reader gets the label.
        disabled: Whether it can be changed.
    """

    def clean(raw: Any) -> str | None:
        return raw if isinstance(raw, str) and raw in options else None

    start = value or next(iter(options))
    kind = "menu" if menu else "segments"
    return _choose(kind, label, options, key, start, clean, help, hide_label, disabled)


def choices(
    label: str,
    options: Mapping[str, str],
    *,
    key: str,
    value: Sequence[str],
    help: str = "",  # noqa: A002
    hide_label: bool = False,
) -> list[str]:
    """Several of a few: buttons that stay down. Returns the chosen names, in the options' order."""

    def clean(raw: Any) -> str | None:
        if not isinstance(raw, str):
            return None
        names = raw.split(",")
        known = ",".join(name for name in options if name in names)
        return known if known or not raw else None

    start = ",".join(name for name in options if name in value)
    chosen = _choose("several", label, options, key, start, clean, help, hide_label, False)
    return [name for name in chosen.split(",") if name]


def switch(
    label: str,
    *,
    key: str,
    value: bool = False,
    help: str = "",  # noqa: A002
    disabled: bool = False,
) -> bool:
    """Yes or no. In the session and the URL it is "1" or "0"."""

    def clean(raw: Any) -> str | None:
        return {"1": "1", "0": "0", True: "1", False: "0"}.get(raw) if _hashable(raw) else None

    start = "1" if value else "0"
    return _choose("switch", label, {}, key, start, clean, help, False, disabled) == "1"


def _hashable(raw: Any) -> bool:
    return isinstance(raw, (str, bool))


def _choose(
    kind: str,
    label: str,
    options: Mapping[str, str],
    key: str,
    value: str,
    clean: Callable[[Any], str | None],
    tip: str,
    hide_label: bool,
    disabled: bool,
) -> str:
    current = start(key, value, clean)
    message = {
        "kind": kind,
        "label": label,
        "help": tip,
        "options": list(options.items()),
        "hideLabel": hide_label,
        "disabled": disabled,
        "param": key,
        "initial": value,
        "value": current,
    }
    mount("choice", key, message, clean)
    return current


def stepper(
    label: str,
    count: int,
    *,
    key: str,
    value: int = 0,
    interval_ms: int = 700,
    name: str = "",
    first: int = 0,
) -> int:
    """First, back, play, forward, last; the arrow keys.

    Args:
        label: What is stepped through, for a screen reader.
        count: How many steps there are.
        key: In the session and in the URL.
        value: Where it stands at first.
        interval_ms: Between two steps while it plays.
        name: What one step is called beside the buttons; "" is "step".
        first: What the first step is numbered there: 1 where every step is one of the things that
            are counted, 0 where the first is the state before any.

    Returns:
        The step, 0 … count - 1.
    """
    last = max(0, count - 1)

    def clean(raw: Any) -> int | None:
        try:
            return min(max(int(float(raw)), 0), last)
        except (TypeError, ValueError, OverflowError):
            return None

    current = start(key, min(value, last), clean)
    message = {
        "label": label,
        "count": max(1, count),
        "interval": interval_ms,
        "param": key,
        "initial": min(value, last),
        "value": current,
        "words": {
            "first": _("First step"),
            "back": _("One step back (left arrow)"),
            "play": _("Play or pause"),
            "forward": _("One step forward (right arrow)"),
            "last": _("Last step"),
            "where": _("{name} {step} of {last}"),
            "name": name or _("step"),
        },
        "first": first,
    }
    mount("stepper", key, message, clean)
    return current
