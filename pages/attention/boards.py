"""Matrices side by side, as every view of the attention page draws them."""

from __future__ import annotations

from collections.abc import Sequence

import ui
from charts import attention as charts
from charts.attention.board import Line


def show_board(
    lines: Sequence[Line], *, key: str, alt: str, numbers: bool = True, most: int = 520
) -> None:
    """Draw a board as tall as its lines need and wide enough that its titles do not overlap.

    Args:
        lines: See `charts.board`.
        key: Key of the figure.
        alt: The figure in words, for a screen reader.
        numbers: Whether the cells show their numbers.
        most: Greatest height in pixels.
    """
    ui.plot(
        charts.board(lines, numbers=numbers, hovers=ui.full_detail()),
        key=key,
        alt=alt,
        height=charts.board_height(lines, most),
        least_width=charts.board_width(lines),
    )
