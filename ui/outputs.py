"""What pages draw with: plots updated in place, token strips, the link to the page's state."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import streamlit as st

from charts.i18n import _
from charts.theme import Spec
from ui.chips import Token, chip
from ui.errors import guarded, show_trouble
from ui.live import show


def _ignore() -> None:
    """A state needs a callback to exist; where none has work to do, this is it."""


def plot(
    spec: Spec,
    *,
    key: str,
    alt: str,
    height: int = 380,
    least_width: int = 0,
    least_height: int = 0,
    on_click: Callable[[dict[str, Any]], None] | None = None,
    on_hover: bool = False,
) -> dict[str, Any] | None:
    """Draw a figure of `charts`, updated in place: zoom and camera stay, nothing flickers.

    Args:
        spec: What a function of `charts` returned.
        key: Name of the figure; the element lives as long as the key does.
        alt: The figure in words, for a screen reader: what it shows and its main numbers.
        height: In pixels; the width is the column's.
        least_width: In pixels; in a narrower column, as on a phone, the figure scrolls sideways.
        least_height: In pixels; with less room, as on a phone, the page scrolls. 0 is half of
            `height`.
        on_click: Called with {"curve", "point", "x", "y", "data"} when a mark is clicked.
        on_hover: Whether to follow the pointer; the return value is then the mark under it.

    Returns:
        The mark under the pointer, or None.
    """
    held = st.session_state.get(f"{key}·plot") or {}
    hover = held.get("hover") if on_hover else None
    hover = hover if isinstance(hover, list) and len(hover) == 2 else [None, 0]
    message = {
        "spec": spec,
        "alt": alt,
        "height": height,
        "leastWidth": least_width,
        "leastHeight": least_height,
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
            guarded(key, lambda: on_click(mark))

    show("plot", "plot", key, message, on_click_change=clicked, on_hover_change=_ignore)
    show_trouble(key)
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
    """Draw tokens as chips, every space and invisible character spelled out.

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
            guarded(key, lambda: on_click(index))

    show("tokens", "tokens", key, message, on_click_change=clicked, on_hover_change=_ignore)
    show_trouble(key)
    return hover[0] if valid(hover[0]) else None


def copy_link(key: str = "copy_link") -> None:
    """A button that copies the address, which holds the state of the page."""
    words = {
        "copy": _("Copy the link to this state"),
        "copied": _("Copied"),
        "failed": _("Copy it from the address bar"),
    }
    show("link", "link", key, {"words": words})
