"""Tables as CSV files, made on the click with the state of that moment."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Sequence
from typing import Any

from ui.errors import sentence_of
from ui.fast_path import with_session
from ui.page import Table
from ui.status import silent

#: A spreadsheet takes a text that begins so for a formula.
_FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")


def download_bytes(make: Callable[[], Table]) -> Callable[[], bytes]:
    """Return the function that makes a download's file in this visitor's session."""

    def made() -> bytes:
        try:
            with silent():
                header, rows = make()
        except Exception as error:
            header, rows = ["error"], [[sentence_of(error)]]
        return csv_bytes(header, rows)

    return with_session(made)


def csv_bytes(header: Sequence[str], rows: Sequence[Sequence[Any]]) -> bytes:
    """Return a table as CSV: UTF-8 with a byte order mark, so that spreadsheets read every script.

    A text that a spreadsheet would run as a formula gets an apostrophe in front.
    """
    held = io.StringIO()
    writer = csv.writer(held, lineterminator="\n")
    writer.writerow([_cell(name) for name in header])
    writer.writerows([_cell(value) for value in row] for row in rows)
    return held.getvalue().encode("utf-8-sig")


def _cell(value: Any) -> Any:
    if isinstance(value, str) and value.startswith(_FORMULA_STARTS) and not _is_number(value):
        return f"'{value}"
    return value


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True
