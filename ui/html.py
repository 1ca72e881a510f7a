"""Small pieces of HTML that update cheaply: labeled numbers, tables, notes.

All text that may come from a visitor is escaped. No other module writes HTML.
"""

from __future__ import annotations

import html
from collections.abc import Sequence
from dataclasses import dataclass

import streamlit as st

from ui.fast_path import next_block
from ui.live import show


def escape(text: str) -> str:
    """Escape text for HTML; control characters become "�"."""
    kept = "".join(c if c in "\n\t" or c >= " " else "�" for c in text)
    return html.escape(kept, quote=True)


def emit(markup: str) -> None:
    """Put a block of HTML on the page. The caller must have escaped any text from visitors.

    Inside a view the block is one of the app's own components: it updates on the fast path and
    costs the browser less than `st.html`, which has to sanitize its content.
    """
    name = next_block()
    if name:
        show("html", "html", name, {"html": markup})
    else:
        st.html(markup)


def formula(latex: str) -> None:
    """Draw a displayed formula, which may contain current values.

    Inside a view it updates while a slider is dragged. Streamlit's own formula would
    update only after the drag.

    Args:
        latex: LaTeX for KaTeX; it must not contain text from visitors.
    """
    name = next_block()
    if name:
        show("formula", "formula", name, {"latex": latex})
    else:
        st.latex(latex)


@dataclass(frozen=True, slots=True)
class Fact:
    """A key figure: its label, its value, a note on its meaning, and help in a bubble."""

    label: str
    value: str
    note: str = ""
    help: str = ""


def facts(items: Sequence[Fact]) -> None:
    """Draw a row of key figures, each with its label."""
    cells = "".join(
        f'<div class="ll-fact"><span>{escape(item.label)}{_bubble(item.help)}</span>'
        f"<b>{escape(item.value)}</b>"
        + (f"<em>{escape(item.note)}</em>" if item.note else "")
        + "</div>"
        for item in items
    )
    emit(f'<div class="ll-facts">{cells}</div>')


def _bubble(text: str) -> str:
    tip = escape(text)
    return (
        f' <i class="ll-help" tabindex="0" role="note" data-tip="{tip}" aria-label="{tip}">?</i>'
        if text
        else ""
    )


@dataclass(frozen=True, slots=True)
class Row:
    """A row of a table; `mark` is "", "marked" (highlighted) or "off" (grayed out)."""

    cells: Sequence[str]
    mark: str = ""


def table(
    head: Sequence[str], rows: Sequence[Row | Sequence[str]], *, numbers: Sequence[int] = ()
) -> None:
    """Draw a small table; the columns in `numbers` are right-aligned.

    For more than about fifty rows use `st.dataframe`, which draws only the visible rows.
    """

    def cell(tag: str, i: int, text: str) -> str:
        kind = ' class="ll-number"' if i in numbers else ""
        return f"<{tag}{kind}>{escape(text)}</{tag}>"

    lines = []
    for row in rows:
        mark, cells = (row.mark, row.cells) if isinstance(row, Row) else ("", row)
        kind = f' class="ll-{mark}"' if mark else ""
        lines.append(
            f"<tr{kind}>{''.join(cell('td', i, text) for i, text in enumerate(cells))}</tr>"
        )
    header = "".join(cell("th", i, text) for i, text in enumerate(head))
    emit(
        f'<div class="ll-table-wrap"><table class="ll-table"><thead><tr>{header}</tr></thead>'
        f"<tbody>{''.join(lines)}</tbody></table></div>"
    )


def note(text: str, *, keep: bool = False, more: str = "") -> None:
    """Draw a line of small print under a figure, with `more` in a bubble at its end.

    Presenter mode hides it unless `keep` is set.
    """
    emit(f'<p class="ll-note{" ll-keep" if keep else ""}">{escape(text)}{_bubble(more)}</p>')
