"""Matrices side by side, as every view of the attention page draws them."""

from __future__ import annotations

from collections.abc import Sequence

import ui
from charts import attention as charts
from charts.attention.board import Line


def show_board(lines: Sequence[Line], *, key: str, alt: str, numbers: bool = True) -> None:
    """Draw a board large enough that its texts do not overlap; see `charts.board`."""
    size = charts.board_size(lines)
    ui.plot(
        charts.board(lines, numbers=numbers, hovers=ui.full_detail()),
        key=key,
        alt=alt,
        height=size.height,
        least_height=size.least_height,
        least_width=size.least_width,
    )
