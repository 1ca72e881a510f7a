"""One matrix of a board, and the room that it and its words take."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal

from torch import Tensor

from charts.theme import label_margin

UNIT_PX = 27.0  # a cell on a wide screen, about


@dataclass(frozen=True, slots=True)
class Block:
    """One matrix of a board.

    Attributes:
        values: (R, C); NaN is blank.
        title: its name.
        shape: its shape in words, under the name.
        scale: "value" diverges around 0, "weight" goes from 0 to 1, "mask" is one color.
        masked: (R, C) bool, True = hatched and blank.
        leaks: (R, C) bool, True = hatched over its color: a weight where none should be.
        rows: words to the left of the rows.
        columns: words over the columns.
        ends: words to the right of the rows.
        hover: what pointing at a cell tells, from its row, column and number, in Plotly's HTML,
            already escaped; called only by a board that is drawn with its hovers.
        marked: whether its frame stands out.
        numbers: whether its cells carry their numbers, where the board has room for them.
    """

    values: Tensor
    title: str
    shape: str = ""
    scale: Literal["value", "weight", "mask"] = "value"
    masked: Tensor | None = None
    leaks: Tensor | None = None
    rows: Sequence[str] = ()
    columns: Sequence[str] = ()
    ends: Sequence[str] = ()
    hover: Callable[[int, int, float], str] | None = None
    marked: bool = False
    numbers: bool = True


@dataclass(frozen=True, slots=True)
class Placed:
    """A block and the cell of the board in which it begins."""

    block: Block
    x: int
    y: int


@dataclass(frozen=True, slots=True)
class Layout:
    """Where everything on a board stands, in units from its upper left corner.

    Attributes:
        placed: the matrices.
        signs: the signs between them, each with its middle.
        headings: words over a line, each with the height of its middle.
        width: units.
        height: units.
    """

    placed: Sequence[Placed]
    signs: Sequence[tuple[float, float, str]]
    headings: Sequence[tuple[float, str]]
    width: int
    height: int


def units(words: Sequence[str], unit: float = UNIT_PX) -> int:
    """Units that words beside a matrix take."""
    if not words:
        return 0
    return math.ceil((label_margin([cut(word) for word in words], least=0) - 4) / unit)


def rise(block: Block, unit: float = UNIT_PX) -> int:
    """Units that slanted words over a matrix take."""
    if not block.columns:
        return 0
    return math.ceil(0.75 * (label_margin([cut(w, 8) for w in block.columns], least=20) - 8) / unit)


def name_px(block: Block) -> int:
    """Pixels that a block's name, or its shape under it, takes at most."""
    seen = [re.sub(r"<[^>]*>", "", text) for text in (block.title, block.shape)]
    return label_margin(seen, least=0) - 14


def cut(word: str, longest: int = 11) -> str:
    """A word short enough to stand beside a matrix."""
    return word if len(word) <= longest else word[: longest - 1] + "…"


def written(value: float, scale: str = "value") -> str:
    """A number as a cell has room for it."""
    if math.isnan(value):
        return ""
    if math.isinf(value):
        return "−∞" if value < 0 else "∞"
    if scale == "weight":
        return f"{value:.2f}".removeprefix("0") if value < 0.995 else f"{value:.1f}"
    short = f"{value:.1f}" if abs(value) < 9.95 else f"{value:.0f}"
    return short.replace("-", "−").replace("−0.0", "0.0")
