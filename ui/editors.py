"""Two larger components: bars that are dragged into a distribution, and a wall of heatmaps."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from typing import Any

import streamlit as st
import torch

from ui.controls import Series, _fits, _rows_of, bars_text
from ui.errors import guarded, show_trouble
from ui.fast_path import moving
from ui.live import mount, show
from ui.values import start


def drag_bars(
    label: str,
    outcomes: Sequence[str],
    series: Sequence[Series],
    *,
    key: str,
    place: str = "",
    height: int = 300,
) -> list[list[float]]:
    """Distributions edited by dragging their bars (or by arrow keys); each row sums to 1.

    A bar takes the height it is given; the other outcomes of its distribution share the rest in
    their old proportions. `st.session_state[key]` and the URL hold the values as text, in
    thousandths: "664,199,105,32;250,250,250,250" (see `bars_text`), so that a scenario can set
    them. A text of another shape (other number of outcomes) falls back to `series`. Editors with
    different keys that take turns at one `place` turn into each other without a blank frame.

    Returns:
        A row for each series, a probability for each outcome.
    """

    def clean(raw: Any) -> str | None:
        rows = raw if isinstance(raw, list) else _rows_of(raw)
        if rows is None or not _fits(rows, len(series), len(outcomes)):
            return None
        return bars_text(rows)

    initial = bars_text([row.values for row in series])
    text = start(key, initial, clean)
    rows = [_normal(row) for row in _rows_of(text) or []]
    message = {
        "label": label,
        "labels": list(outcomes),
        "series": [
            {"name": row.name, "color": row.color, "values": values}
            for row, values in zip(series, rows, strict=True)
        ],
        "height": height,
        "param": key,
        "text": text,
        "initial": initial,
    }
    mount("bars", key, message, clean, place)
    return rows


def _normal(row: Sequence[float]) -> list[float]:
    total = sum(row)
    return [value / total for value in row]


def wall(
    images: torch.Tensor,
    names: Sequence[str],
    *,
    columns: int,
    rows: Sequence[str],
    heads: Sequence[str],
    key: str,
    label: str,
    selected: int | None = None,
    on_click: Callable[[int], None] | None = None,
) -> None:
    """A wall of small heatmaps, such as all attention heads of a model.

    Args:
        images: (N, S, S) values in [0, 1]; NaN is drawn blank (masked).
        names: N names, for hovering and for a screen reader.
        columns: Tiles in a row.
        rows: What stands beside each row.
        heads: What stands above each column.
        key: Name of the wall.
        label: The wall in words.
        selected: Index of the tile with a frame around it.
        on_click: Called with the index of the tile that was clicked or reached by arrow keys.
    """

    def clicked() -> None:
        state = st.session_state.get(f"{key}·wall")
        index = state.get("click") if state is not None else None
        if on_click is not None and isinstance(index, int) and 0 <= index < len(names):
            guarded(key, lambda: on_click(index))

    pixels = images.reshape(len(images), -1).float()
    digest = hashlib.sha256(pixels.numpy().tobytes()).hexdigest()[:16]
    held = st.session_state.get(f"{key}·images") == digest
    st.session_state[f"{key}·images"] = digest
    message = {
        "label": label,
        # A quarter of a megabyte: sent again only where it changed, or where the tiles may be new.
        "images": None if held and moving() else pixels,
        "digest": digest,
        "size": images.shape[-1],
        "columns": columns,
        "names": list(names),
        "rows": list(rows),
        "heads": list(heads),
        "selected": selected,
    }
    show("wall", "wall", key, message, on_click_change=clicked)
    show_trouble(key)
