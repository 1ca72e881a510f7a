"""The table as a table: rows to edit, add and delete, for those who do not care to type it."""

from __future__ import annotations

import streamlit as st

import ui
from pages.sampling_parts import settings
from pages.sampling_parts.table import MOST_ROWS, read_table, write_table
from ui import _

EDITOR = "sampling_editor"


def table_editor() -> None:
    """Draw the rows of the table; a change goes into the one text that holds it."""
    text = ui.get("table", settings.TABLE)
    table = read_table(text)
    # The editor keeps its edits by position: rows written elsewhere need a fresh one.
    if ui.get("sampling_editor_text") != text:
        st.session_state["sampling_editor_text"] = text
        st.session_state["sampling_editor_round"] = ui.get("sampling_editor_round", 0) + 1
    rows = [
        {"token": token, "weight": weight}
        for token, weight in zip(table.tokens, table.weights, strict=True)
    ]
    edited = st.data_editor(
        rows or [{"token": "", "weight": 1.0}],
        key=f"{EDITOR}_{ui.get('sampling_editor_round', 0)}",
        num_rows="dynamic",
        hide_index=True,
        column_config={
            "token": st.column_config.TextColumn(_("token"), max_chars=40, required=True),
            "weight": st.column_config.NumberColumn(
                _("probability"), min_value=0.0, max_value=1e9, required=True, format="%.4g"
            ),
        },
        height=260,
    )
    if st.button(_("Use these rows"), icon=":material/check:", key="sampling_use_rows"):
        _use(edited)


def _use(rows: list[dict]) -> None:
    sound = [
        (str(row["token"]), float(row["weight"]))
        for row in rows
        if row.get("token") and isinstance(row.get("weight"), (int, float)) and row["weight"] >= 0
    ]
    if not sound or not any(weight for _token, weight in sound):
        ui.sentence(_("The table needs a token with a probability above 0."))
        return
    if len(sound) > MOST_ROWS:
        ui.sentence(_("The table takes {n} rows; the rest is left out.").format(n=MOST_ROWS))
        sound = sound[:MOST_ROWS]
    ui.set_state({"table": write_table(*zip(*sound, strict=True))})
    st.rerun()
