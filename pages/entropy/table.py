"""The dragged numbers of p and q as a table of weights."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd
import streamlit as st

import ui
from core import information
from pages.entropy import controls
from ui import _


def edit_as_table() -> None:
    """The dragged numbers as a table of weights, which are divided by their sum."""
    if controls.source.value != "drag":
        return
    bars = controls.bars[controls.count.value]
    box = st.popover(
        _("Edit as a table"), key="ent_table", on_change="rerun", icon=":material/table:"
    )
    if not box.open:
        return
    with box:
        p, q = bars.value
        outcomes = pd.Index(list(bars.outcomes), name=_("outcome"))
        weight = st.column_config.NumberColumn(min_value=0.0, format="%.4f", required=True)
        # Keyed by these values: what was typed must not lie on top of what became of it.
        edited = st.data_editor(
            pd.DataFrame({"p": p, "q": q}, index=outcomes),
            key=f"{bars.key}_editor_{bars.stored}",
            column_config={
                "_index": st.column_config.TextColumn(disabled=True),
                "p": weight,
                "q": weight,
            },
        )
        ui.note(_("Type any weights; each column is divided by its sum."))
        rows = shares([edited[name].tolist() for name in ("p", "q")])
        if rows is None:
            ui.sentence(_("Each column needs at least one finite weight above 0."))
            return
        st.button(_("Use these weights"), on_click=bars.set, args=(rows,), type="primary")


def shares(columns: Sequence[Sequence[float]]) -> list[list[float]] | None:
    """Divide columns of weights by their sums; an empty cell is 0. None where that fails."""
    filled = [[0.0 if pd.isna(value) else value for value in column] for column in columns]
    try:
        return [information.renormalize(column).tolist() for column in filled]
    except ValueError:
        return None
