"""Matrices beside one another, as every view of the attention page draws them."""

from __future__ import annotations

from collections.abc import Sequence

import ui
from charts import attention as charts
from charts.attention.board import Line


def show_board(
    lines: Sequence[Line], *, key: str, alt: str, numbers: bool = True, most: int = 620
) -> None:
    """Draw a board as tall as its lines need, and so wide that their names do not collide.

    Args:
        lines: see `charts.board`.
        key: of the figure.
        alt: what a screen reader tells.
        numbers: whether the cells carry their numbers.
        most: pixels that it is tall at most.
    """
    ui.plot(
        charts.board(lines, numbers=numbers, hovers=ui.at_rest()),
        key=key,
        alt=alt,
        height=charts.board_height(lines, most),
        least_width=charts.board_width(lines),
    )
