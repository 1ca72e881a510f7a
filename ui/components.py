"""The lab's own components: live slider, live text, plot, token strip, stepper, link.

Each is a Streamlit v2 component (no iframe) whose JavaScript is a file in `ui/frontend`, served
under `/lab/`. What Streamlit repeats with every message is a stub of one line that imports that
file, so an update costs its data and nothing else.

State: the value of a live control lies in `st.session_state[key]`, as a plain entry. It survives a
change of page, `set_state` may write it from any callback, and AppTest can set it. The component's
own widget state lies under `key + "·live"` and is only the wire. In the URL the parameter is `key`.
"""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Mapping, Sequence
from functools import cache
from typing import Any

import streamlit as st
from streamlit import config as streamlit_config

from charts.i18n import _
from charts.theme import Spec
from ui import assets
from ui.tokens import Token, chip
from ui.wire import pack

LONGEST_TEXT = 100_000  # characters that a text box takes from the wire; models cut far earlier


def _stub(module: str) -> str:
    """JavaScript that loads `ui/frontend/<module>.js` once and hands every run to it."""
    base = streamlit_config.get_option("server.baseUrlPath").strip("/")
    path = f"/{base}{assets.url(module + '.js')}" if base else assets.url(module + ".js")
    return (
        f"const at=new URL({json.dumps(path)},location.origin).href;let run;\n"
        "const load=import(at).then(m=>{run=m.default});\n"
        "export default function(c){if(run)run(c);else load.then(()=>run(c))}\n"
    )


@cache
def _component(module: str) -> Callable[..., Any]:
    return st.components.v2.component(f"lab_{module}", js=_stub(module), isolate_styles=False)


def _ignore() -> None:
    """A state needs a callback to exist; where none has work to do, this is it."""


def _sequence(key: str) -> int:
    return int(st.session_state.get(f"{key}·seq", 0))


def _receiver(key: str, clean: Callable[[Any], Any]) -> Callable[[], None]:
    """A callback that moves `[value, seq]` from the wire into the session, cleaned."""

    def receive() -> None:
        state = st.session_state.get(f"{key}·live")
        message = state.get("value") if state is not None else None
        if not (isinstance(message, list) and len(message) == 2 and isinstance(message[1], int)):
            return
        st.session_state[f"{key}·seq"] = message[1]
        value = clean(message[0])
        if value is not None:
            st.session_state[key] = value

    return receive


def _start(key: str, value: Any, clean: Callable[[Any], Any]) -> Any:
    """The session's value of `key`; at first the URL's if it is sound, else the default."""
    if key in st.session_state:
        held = clean(st.session_state[key])
    else:
        held = clean(st.query_params.get(key))
    current = value if held is None else held
    if st.session_state.get(key) != current or key not in st.session_state:
        st.session_state[key] = current
    return current


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
        step: Distance of neighbouring values; whole numbers throughout give an `int`.
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
        except (TypeError, ValueError):
            return None
        if not math.isfinite(number):
            return None
        number = min(max(number, min_value), max_value)
        return round(number) if whole else number

    current = _start(key, value, clean)
    message = {
        "key": key,
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
        "seq": _sequence(key),
    }
    _component("slider")(
        key=f"{key}·live", data=pack(message), on_value_change=_receiver(key, clean)
    )
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

    current = _start(key, value, clean)
    message = {
        "key": key,
        "label": label,
        "rows": rows,
        "placeholder": placeholder,
        "note": note,
        "param": key if url else None,
        "initial": value,
        "value": current,
        "seq": _sequence(key),
    }
    _component("text")(key=f"{key}·live", data=pack(message), on_value_change=_receiver(key, clean))
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
    current = _start(key, value, clean)
    message = {
        "key": key,
        "kind": kind,
        "label": label,
        "help": tip,
        "options": list(options.items()),
        "hideLabel": hide_label,
        "disabled": disabled,
        "param": key,
        "initial": value,
        "value": current,
        "seq": _sequence(key),
    }
    _component("choice")(
        key=f"{key}·live", data=pack(message), on_value_change=_receiver(key, clean)
    )
    return current


def stepper(label: str, count: int, *, key: str, value: int = 0, interval_ms: int = 700) -> int:
    """First, back, play, forward, last; the arrow keys; returns the step, 0 … count - 1."""
    last = max(0, count - 1)

    def clean(raw: Any) -> int | None:
        try:
            return min(max(int(float(raw)), 0), last)
        except (TypeError, ValueError, OverflowError):
            return None

    current = _start(key, min(value, last), clean)
    message = {
        "key": key,
        "label": label,
        "count": max(1, count),
        "interval": interval_ms,
        "param": key,
        "initial": min(value, last),
        "value": current,
        "seq": _sequence(key),
        "words": {
            "first": _("First step"),
            "back": _("One step back (left arrow)"),
            "play": _("Play or pause"),
            "forward": _("One step forward (right arrow)"),
            "last": _("Last step"),
            "where": _("step {step} of {last}"),
        },
    }
    _component("stepper")(
        key=f"{key}·live", data=pack(message), on_value_change=_receiver(key, clean)
    )
    return current


def plot(
    spec: Spec,
    *,
    key: str,
    alt: str,
    height: int = 380,
    on_click: Callable[[dict[str, Any]], None] | None = None,
    on_hover: bool = False,
) -> dict[str, Any] | None:
    """Draw a figure of `charts`, updated in place: zoom and camera stay, nothing flickers.

    Args:
        spec: What a function of `charts` returned.
        key: Name of the figure; the element lives as long as the key does.
        alt: The figure in words, for a screen reader: what it shows and its main numbers.
        height: In pixels; the width is the column's.
        on_click: Called with {"curve", "point", "x", "y", "data"} when a mark is clicked.
        on_hover: Whether to follow the pointer; the return value is then the mark under it.

    Returns:
        The mark under the pointer, or None.
    """
    held = st.session_state.get(f"{key}·plot") or {}
    hover = held.get("hover") if on_hover else None
    hover = hover if isinstance(hover, list) and len(hover) == 2 else [None, 0]
    message = {
        "key": key,
        "spec": spec,
        "alt": alt,
        "height": height,
        "clicks": on_click is not None,
        "hovers": on_hover,
        "hoverSeq": hover[1],
        "filename": f"logit-lab-{key}",
        "words": {
            "png": _("Save the figure as a PNG picture"),
            "svg": _("Save the figure as an SVG drawing"),
            "html": _("Save the figure as a web page that works on its own"),
        },
    }

    def clicked() -> None:
        state = st.session_state.get(f"{key}·plot")
        mark = state.get("click") if state is not None else None
        if on_click is not None and isinstance(mark, dict):
            on_click(mark)

    _component("plot")(
        key=f"{key}·plot",
        data=pack(message),
        on_click_change=clicked,
        on_hover_change=_ignore,
    )
    return hover[0] if isinstance(hover[0], dict) else None


def tokens(
    items: Sequence[Token],
    *,
    key: str,
    label: str,
    selected: int | None = None,
    on_click: Callable[[int], None] | None = None,
    on_hover: bool = False,
) -> int | None:
    """Draw tokens as chips, every space and invisible character spelt out.

    Args:
        items: The chips, in order; see `ui.Token`.
        key: Name of the strip.
        label: The strip in words, for a screen reader.
        selected: Index of the chip with a frame around it.
        on_click: Called with the index of the chip that was clicked.
        on_hover: Whether to follow the pointer; the return value is then the chip under it.

    Returns:
        Index of the chip last hovered or focused, or None.
    """
    held = st.session_state.get(f"{key}·tokens") or {}
    hover = held.get("hover") if on_hover else None
    hover = hover if isinstance(hover, list) and len(hover) == 2 else [None, 0]
    message = {
        "key": key,
        "label": label,
        "tokens": [chip(item) for item in items],
        "selected": selected,
        "clicks": on_click is not None,
        "hovers": on_hover,
        "hoverSeq": hover[1],
    }

    def valid(index: Any) -> bool:
        return isinstance(index, int) and 0 <= index < len(items)

    def clicked() -> None:
        state = st.session_state.get(f"{key}·tokens")
        index = state.get("click") if state is not None else None
        if on_click is not None and isinstance(index, int) and valid(index):
            on_click(index)

    _component("tokens")(
        key=f"{key}·tokens",
        data=pack(message),
        on_click_change=clicked,
        on_hover_change=_ignore,
    )
    return hover[0] if valid(hover[0]) else None


def copy_link(key: str = "copy_link") -> None:
    """A button that copies the address, which holds the state of the page."""
    words = {
        "copy": _("Copy the link to this state"),
        "copied": _("Copied"),
        "failed": _("Copy it from the address bar"),
    }
    _component("link")(key=key, data=pack({"words": words}))
