"""Small pieces of HTML that update cheaply: numbers with their words, tables, notes.

Everything that could come from a visitor passes `escape`; nothing else writes HTML.
"""

from __future__ import annotations

import html
from collections.abc import Sequence
from dataclasses import dataclass

import streamlit as st

from ui.fast_path import next_block
from ui.live import show


def escape(text: str) -> str:
    """Text that a browser shows as it stands; invisible control characters become "�"."""
    kept = "".join(c if c in "\n\t" or c >= " " else "�" for c in text)
    return html.escape(kept, quote=True)


def emit(markup: str) -> None:
    """Put a block of our own HTML on the page; whatever came from a visitor is escaped in it.

    Inside a view it is a component of the lab: it changes on the fast path, and costs
    the browser less than `st.html`, which must clean what it does not know.
    """
    name = next_block()
    if name:
        show("html", "html", name, {"html": markup})
    else:
        st.html(markup)


def formula(latex: str) -> None:
    """A formula on a line of its own, with the current numbers in it.

    Inside a view it changes with the slider. Streamlit's own would follow when the hand rests.

    Args:
        latex: as KaTeX reads it; what came from a visitor must not be in it.
    """
    name = next_block()
    if name:
        show("formula", "formula", name, {"latex": latex})
    else:
        st.latex(latex)


@dataclass(frozen=True, slots=True)
class Fact:
    """A number that matters: the words for it, the number, and what it tells."""

    label: str
    value: str
    note: str = ""


def facts(items: Sequence[Fact]) -> None:
    """The numbers that matter, in a row, each beside the words for it."""
    cells = "".join(
        f'<div class="ll-fact"><span>{escape(item.label)}</span><b>{escape(item.value)}</b>'
        + (f"<em>{escape(item.note)}</em>" if item.note else "")
        + "</div>"
        for item in items
    )
    emit(f'<div class="ll-facts">{cells}</div>')


@dataclass(frozen=True, slots=True)
class Row:
    """A line of a table; `mark` is "" or "marked" (the one to look at) or "off" (left out)."""

    cells: Sequence[str]
    mark: str = ""


def table(
    head: Sequence[str], rows: Sequence[Row | Sequence[str]], *, numbers: Sequence[int] = ()
) -> None:
    """A small table; the columns in `numbers` are aligned to the right.

    For more than about fifty rows use `st.dataframe`, which draws only what is in sight.
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


def note(text: str, *, keep: bool = False) -> None:
    """Draw a quiet line under a figure; presenter mode leaves it out unless it is to be kept."""
    emit(f'<p class="ll-note{" ll-keep" if keep else ""}">{escape(text)}</p>')
