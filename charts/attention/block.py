"""One matrix of a board, and the space that it and its labels take."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal

from torch import Tensor

from charts.theme import label_margin

UNIT_PX = 27.0  # approximate size of a cell on a wide screen


@dataclass(frozen=True, slots=True)
class Block:
    """One matrix of a board.

    Attributes:
        values: (R, C); NaN is blank.
        title: Its name.
        shape: Its shape as text, under the name.
        scale: "value" diverges around 0, "weight" goes from 0 to 1, "mask" is one color.
        masked: (R, C) bool, True = hatched and blank.
        leaks: (R, C) bool, True = hatched over its color: a weight on a masked key.
        broken: (R, C) bool, True = cross-hatched and labeled NaN, since a NaN has no color.
        rows: Labels to the left of the rows.
        columns: Labels above the columns.
        ends: Labels to the right of the rows.
        hover: Returns a cell's hover text from its row, column and number, as escaped HTML for
            Plotly; called only if the board is drawn with hover texts.
        marked: Whether its frame is highlighted.
        numbers: Whether its cells show their numbers if the board has room for them.
        name: Name of the matrix in a link to one of its cells; never translated.
        cell: Row and column of the cell that is outlined.
    """

    values: Tensor
    title: str
    shape: str = ""
    scale: Literal["value", "weight", "mask"] = "value"
    masked: Tensor | None = None
    leaks: Tensor | None = None
    broken: Tensor | None = None
    rows: Sequence[str] = ()
    columns: Sequence[str] = ()
    ends: Sequence[str] = ()
    hover: Callable[[int, int, float], str] | None = None
    marked: bool = False
    numbers: bool = True
    name: str = ""
    cell: tuple[int, int] | None = None


@dataclass(frozen=True, slots=True)
class Placed:
    """A block and the board cell of its upper left corner."""

    block: Block
    x: int
    y: int


@dataclass(frozen=True, slots=True)
class Layout:
    """The positions of everything on a board, in units from its upper left corner.

    Attributes:
        placed: The matrices.
        signs: The signs between them, each with its center.
        headings: Texts above a line, each with the height of its center.
        width: Width in units.
        height: Height in units.
    """

    placed: Sequence[Placed]
    signs: Sequence[tuple[float, float, str]]
    headings: Sequence[tuple[float, str]]
    width: int
    height: int


def units(words: Sequence[str], unit: float = UNIT_PX) -> int:
    """Return how many units the labels beside a matrix take."""
    if not words:
        return 0
    return math.ceil((label_margin([cut(word) for word in words], least=0) - 4) / unit)


def rise(block: Block, unit: float = UNIT_PX) -> int:
    """Return how many units the slanted labels above a matrix take."""
    if not block.columns:
        return 0
    return math.ceil(0.75 * (label_margin([cut(w, 8) for w in block.columns], least=20) - 8) / unit)


def name_px(block: Block) -> int:
    """Return the width in pixels of a block's name or of its shape, whichever is wider."""
    shown = [re.sub(r"<[^>]*>", "", text) for text in (block.title, block.shape)]
    return label_margin(shown, least=0) - 14


def cut(word: str, longest: int = 11) -> str:
    """Shorten a word so that it fits beside a matrix."""
    return word if len(word) <= longest else word[: longest - 1] + "…"


def written(value: float, scale: str = "value") -> str:
    """Format a number for a cell."""
    if math.isnan(value):
        return "NaN"
    if math.isinf(value):
        return "−∞" if value < 0 else "∞"
    if scale == "weight":
        return weight_text(value, 2).replace("0.", ".") if value <= 1 else f"{value:.1f}"
    short = f"{value:.1f}" if abs(value) < 9.95 else f"{value:.0f}"
    return short.replace("-", "−").replace("−0.0", "0.0")


def weight_text(weight: float, digits: int = 3) -> str:
    """Format a weight; only an exact 0 or 1 is written as such.

    >>> weight_text(0.25), weight_text(0.0001), weight_text(0.9999), weight_text(1.0)
    ('0.250', '<0.001', '>0.999', '1')
    """
    if math.isnan(weight):
        return "NaN"
    if weight in (0, 1):
        return f"{weight:.0f}"
    least = 10.0**-digits
    if weight < least / 2:
        return f"<{least:.{digits}f}"
    if 1 - least / 2 <= weight < 1:
        return f">{1 - least:.{digits}f}"
    return f"{weight:.{digits}f}"


def sum_text(total: float) -> str:
    """Format the sum of a row of weights: 1 up to rounding errors of softmax is "1".

    >>> sum_text(0.9999999), sum_text(0.998), sum_text(1.4)
    ('1', '0.998', '1.400')
    """
    return "1" if abs(total - 1) < 1e-5 else weight_text(total)
