"""The borders between the cells of a grid that differ, joined into long lines.

Plotly draws every piece between two gaps as an element of its own, so a few long lines are much
cheaper than hundreds of short ones.
"""

from __future__ import annotations

import math

from torch import Tensor

Corner = tuple[int, int]


def borders(cells: Tensor) -> tuple[list[float], list[float]]:
    """Return x and y of the borders in cells, with NaN between lines; cell (0, 0) is at (0, 0).

    Args:
        cells: (rows, columns) whole numbers; row 0 is at the bottom.

    Example:
        >>> import torch
        >>> x, y = borders(torch.tensor([[0, 1], [0, 1]]))
        >>> x[:2], y[:2]
        ([0.5, 0.5], [-0.5, 1.5])
    """
    left = _neighbors(cells)
    x: list[float] = []
    y: list[float] = []
    ends = [corner for corner, others in left.items() if len(others) % 2]
    for start in [*ends, *list(left)]:
        while left[start]:
            for column, row in _line(start, left):
                x.append(column - 0.5)
                y.append(row - 0.5)
            x.append(math.nan)
            y.append(math.nan)
    return x, y


def _neighbors(cells: Tensor) -> dict[Corner, list[Corner]]:
    """Return the corners that a border connects with each corner (column, row)."""
    upright = (cells[:, 1:] != cells[:, :-1]).nonzero().tolist()
    flat = (cells[1:] != cells[:-1]).nonzero().tolist()
    edges = [((column + 1, row), (column + 1, row + 1)) for row, column in upright]
    edges += [((column, row + 1), (column + 1, row + 1)) for row, column in flat]
    found: dict[Corner, list[Corner]] = {}
    for a, b in edges:
        found.setdefault(a, []).append(b)
        found.setdefault(b, []).append(a)
    return found


def _line(start: Corner, left: dict[Corner, list[Corner]]) -> list[Corner]:
    """Follow borders from a corner, removing them from `left`; keep the corners where it bends."""
    line, here = [start], start
    while left[here]:
        following = left[here].pop()
        left[following].remove(here)
        if len(line) > 1 and _straight(line[-2], here, following):
            line[-1] = following
        else:
            line.append(following)
        here = following
    return line


def _straight(a: Corner, b: Corner, c: Corner) -> bool:
    return a[0] == b[0] == c[0] or a[1] == b[1] == c[1]
