"""Export tables as CSV files, built from the current state when the visitor clicks."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Sequence
from typing import Any

from ui.errors import sentence_of
from ui.fast_path import with_session
from ui.page import Table
from ui.status import silent

#: Spreadsheets interpret text that begins with one of these as a formula.
_FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")


def download_bytes(make: Callable[[], Table]) -> Callable[[], bytes]:
    """Return a function that builds the file of a download in this visitor's session."""

    def build() -> bytes:
        try:
            with silent():
                header, rows = make()
        except Exception as error:
            header, rows = ["error"], [[sentence_of(error)]]
        return csv_bytes(header, rows)

    return with_session(build)


def csv_bytes(header: Sequence[str], rows: Sequence[Sequence[Any]]) -> bytes:
    """Return a table as CSV in UTF-8 with a byte order mark, by which spreadsheets detect UTF-8.

    Text that a spreadsheet would interpret as a formula is prefixed with an apostrophe.
    """
    buffer = io.StringIO()
    writer = csv.writer(buffer, lineterminator="\n")
    writer.writerow([_cell(name) for name in header])
    writer.writerows([_cell(value) for value in row] for row in rows)
    return buffer.getvalue().encode("utf-8-sig")


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
