"""Output elements of pages: plots updated in place, token strips, the link to the page's state."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import streamlit as st

from charts.i18n import _
from charts.theme import Spec
from ui.chips import Detail, Token, chip
from ui.errors import guarded, show_trouble
from ui.live import show


def _ignore() -> None:
    """Do nothing: Streamlit requires a callback for every state of a component."""


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
    """Draw a figure of `charts`, updated in place: it keeps zoom and camera and does not flicker.

    Args:
        spec: The return value of a function of `charts`.
        key: Name of the figure; a figure with the same key reuses the element.
        alt: Text for screen readers: what the figure shows and its main numbers.
        height: Height in pixels; the width is that of the column.
        least_width: Minimum width in pixels; in a narrower column (on a phone) the figure scrolls
            horizontally.
        least_height: Minimum height in pixels; with less room (on a phone) the page scrolls.
            0 means half of `height`.
        on_click: Called with {"curve", "point", "x", "y", "data"} when a mark is clicked.
        on_hover: Whether to report the mark under the pointer as the return value.

    Returns:
        The mark under the pointer, or None.
    """
    previous = st.session_state.get(f"{key}·plot") or {}
    hover = previous.get("hover") if on_hover else None
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
            "png": _("Save the figure as a PNG image"),
            "svg": _("Save the figure as an SVG image"),
            "html": _("Save the figure as a stand-alone HTML page"),
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
    detail: Detail | None = None,
    on_click: Callable[[int], None] | None = None,
    on_hover: bool = False,
) -> int | None:
    """Draw tokens as chips, with every space and invisible character made visible.

    Args:
        items: The chips, in order; see `ui.Token`.
        key: Name of the strip.
        label: Description of the strip for screen readers.
        selected: Index of the chip that is outlined.
        detail: Content of a popover at the selected chip; Esc or another click on the chip
            closes it.
        on_click: Called with the index of the chip that was clicked.
        on_hover: Whether to report the chip under the pointer as the return value.

    Returns:
        The index of the chip last hovered or focused, or None.
    """
    previous = st.session_state.get(f"{key}·tokens") or {}
    hover = previous.get("hover") if on_hover else None
    hover = hover if isinstance(hover, list) and len(hover) == 2 else [None, 0]
    message = {
        "label": label,
        "tokens": [chip(item) for item in items],
        "selected": selected,
        "clicks": on_click is not None,
        "hovers": on_hover,
        "hoverSeq": hover[1],
        "detail": detail
        and {"lines": detail.lines, "choices": detail.choices, "close": _("Close (Esc)")},
    }

    def valid(index: Any) -> bool:
        return isinstance(index, int) and 0 <= index < len(items)

    def clicked() -> None:
        state = st.session_state.get(f"{key}·tokens")
        index = state.get("click") if state is not None else None
        if on_click is not None and isinstance(index, int) and valid(index):
            guarded(key, lambda: on_click(index))

    def chosen() -> None:
        state = st.session_state.get(f"{key}·tokens")
        index = state.get("choose") if state is not None else None
        choose = detail.on_choose if detail else None
        if detail and choose and isinstance(index, int) and 0 <= index < len(detail.choices):
            guarded(key, lambda: choose(index))

    show(
        "tokens",
        "tokens",
        key,
        message,
        on_click_change=clicked,
        on_choose_change=chosen,
        on_hover_change=_ignore,
    )
    show_trouble(key)
    return hover[0] if valid(hover[0]) else None


def copy_link(key: str = "copy_link") -> None:
    """Draw a button that copies the URL, which contains the state of the page."""
    words = {
        "copy": _("Copy the link to this state"),
        "copied": _("Copied"),
        "failed": _("Copying failed: copy the link from the address bar"),
    }
    show("link", "link", key, {"words": words})
