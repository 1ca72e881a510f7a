"""A grid of small heatmaps, such as all attention heads of a model."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence

import streamlit as st
import torch

from ui.errors import guarded, show_trouble
from ui.fast_path import moving
from ui.live import show
from ui.values import number_of


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
    """Draw a grid of small heatmaps, such as all attention heads of a model.

    Args:
        images: (N, S, S) values in [0, 1]; NaN is drawn blank (masked).
        names: N names, for tooltips and screen readers.
        columns: Number of tiles per row.
        rows: Label of each row.
        heads: Label of each column.
        key: Name of the grid.
        label: Description of the grid for screen readers.
        selected: Index of the tile that is outlined.
        on_click: Called with the index of the tile that was clicked or selected by arrow keys.
    """

    def clicked() -> None:
        state = st.session_state.get(f"{key}·wall")
        index = number_of(state.get("click")) if state is not None else None
        if on_click is not None and index is not None and index < len(names):
            guarded(key, lambda: on_click(index))

    pixels = images.reshape(len(images), -1).float()
    digest = hashlib.sha256(pixels.numpy().tobytes()).hexdigest()[:16]
    unchanged = st.session_state.get(f"{key}·images") == digest
    st.session_state[f"{key}·images"] = digest
    message = {
        "label": label,
        # A quarter of a megabyte, so it is sent only if it changed or the tiles may be new.
        "images": None if unchanged and moving() else pixels,
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
