"""Matrices side by side, as every view of the attention page draws them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import charts.attention as charts
import ui
from charts.attention.board import Line
from ui import Text


def show_board(
    lines: Sequence[Line], *, key: str, alt: str, numbers: bool = True, cell: Text | None = None
) -> None:
    """Draw a board large enough that its texts do not overlap; a click on it sets `cell`."""
    size = charts.board_size(lines)

    def choose(mark: dict[str, Any]) -> None:
        found = charts.cell_at(lines, mark.get("x"), mark.get("y"))
        if cell is not None and found:
            cell.set(",".join(map(str, found)))

    ui.plot(
        charts.board(lines, numbers=numbers, hovers=ui.full_detail()),
        key=key,
        alt=alt,
        height=size.height,
        least_height=size.least_height,
        least_width=size.least_width,
        on_click=choose if cell is not None else None,
    )


def chosen_cell(cell: Text) -> tuple[str, int, int] | None:
    """Return the matrix, row and column of the clicked cell; None if there is none."""
    name, *place = cell.value.split(",")
    if len(place) != 2 or not all(number.isdecimal() for number in place):
        return None
    row, column = (int(number[:6]) for number in place)
    return name, row, column


def cell_note(lines: Sequence[Line], chosen: tuple[str, int, int] | None) -> str:
    """Return the arithmetic of the clicked cell; "" if it is not on this board."""
    return charts.cell_text(lines, *chosen) if chosen else ""
