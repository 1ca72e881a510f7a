"""The visitor's own table of tokens and weights, written as one short text.

As text it fits into the URL and can be pasted: `girl 0.7, shoes 0.3`. A token with a comma, a
semicolon, a quotation mark or a line break is quoted as in JSON.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Sequence
from dataclasses import dataclass

import streamlit as st

import ui
from pages.sampling import controls
from ui import _

MOST_ROWS = 12
LONGEST_TOKEN = 40
_ENTRY = re.compile(r'\s*(?P<token>"(?:[^"\\]|\\.)*"|[^,;\n]*?)\s*(?P<number>[^\s,;\n"]*)\s*$')
_PARTS = re.compile(r'(?:"(?:[^"\\]|\\.)*"|[^,;\n"]|")+')


@dataclass(frozen=True, slots=True)
class Table:
    """Tokens and weights, and a sentence for each entry that was left out."""

    tokens: tuple[str, ...]
    weights: tuple[float, ...]
    problems: tuple[str, ...]


def read_table(text: str) -> Table:
    """Read `token weight` entries, separated by commas, semicolons or lines."""
    tokens: list[str] = []
    weights: list[float] = []
    problems: list[str] = []
    for part in _PARTS.findall(text[:4000]):
        if not part.strip():
            continue
        if len(tokens) == MOST_ROWS:
            problems.append(
                _("The table holds at most {n} rows; the rest is left out.").format(n=MOST_ROWS)
            )
            break
        token, weight = _entry(part)
        if not token or weight is None:
            if len(problems) < 3:
                words = _(
                    "“{entry}” is not a token and a number of at least 0, such as “girl 0.66”."
                )
                problems.append(words.format(entry=part.strip()[:30]))
            continue
        tokens.append(token[:LONGEST_TOKEN])
        weights.append(weight)
    if not tokens or not any(weights):
        problems.append(_("The table needs at least one token with a probability above 0."))
        return Table((), (), tuple(problems))
    return Table(tuple(tokens), tuple(weights), tuple(problems))


def write_table(tokens: Sequence[str], weights: Sequence[float]) -> str:
    """Return the text from which `read_table` reads the same table."""
    entries = zip(tokens, weights, strict=True)
    return ", ".join(f"{_quoted(token)} {weight:g}" for token, weight in entries)


def _entry(part: str) -> tuple[str, float | None]:
    match = _ENTRY.match(part)
    if match is None:
        return "", None
    token = match["token"]
    if token.startswith('"') and token.endswith('"') and len(token) > 1:
        try:
            token = str(json.loads(token, strict=False))
        except ValueError:
            return "", None
    try:
        weight = float(match["number"].rstrip("%"))
    except ValueError:
        return token, None
    return token, weight if math.isfinite(weight) and 0 <= weight <= 1e9 else None


def _quoted(token: str) -> str:
    if re.search(r'[,;\n"\\]', token) or token != token.strip():
        return json.dumps(token, ensure_ascii=False)
    return token


def edit_rows() -> None:
    """Draw the rows; a button writes them into the text that holds the table."""
    if controls.source.value != "table":
        return
    text = controls.table.value
    table = read_table(text)
    pairs = zip(table.tokens, table.weights, strict=True)
    rows = [{"token": token, "weight": weight} for token, weight in pairs]
    # The editor keeps its edits by position, so another text needs another editor.
    edited = st.data_editor(
        rows or [{"token": "", "weight": 1.0}],
        key=f"sampling_rows_{hash(text)}",
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
    typed = table_text(edited)
    found = read_table(typed)
    for problem in found.problems:
        ui.sentence(problem)
    st.button(
        _("Use these rows"),
        key="sampling_use_rows",
        icon=":material/check:",
        disabled=not found.tokens,
        on_click=controls.table.set,
        args=(typed,),
    )


def table_text(rows: list[dict]) -> str:
    """Return edited rows as the table's text; rows that are not filled in are left out."""
    filled = [
        (str(row["token"]), float(row["weight"]))
        for row in rows
        if row.get("token") and isinstance(row.get("weight"), (int, float))
    ]
    return write_table([token for token, _w in filled], [weight for _t, weight in filled])
