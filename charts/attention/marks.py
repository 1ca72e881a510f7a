"""What stands on and around the matrices of a board: hatching, words, names, frames."""

from __future__ import annotations

from collections.abc import Sequence

from charts.attention.block import Placed, cut, rise
from charts.i18n import _
from charts.theme import Spec, escape


def hatch(placed: Sequence[Placed], leaks: bool = False) -> Spec | None:
    """One trace of hatched rectangles over all masked cells, neighbours of a row joined."""
    xs: list[float | None] = []
    ys: list[float | None] = []
    for p in placed:
        hatched = p.block.leaks if leaks else p.block.masked
        for r, row in enumerate([] if hatched is None else hatched.tolist()):
            for start, stop in runs(row):
                a, b, t = p.x + start, p.x + stop, p.y + r
                xs += [a, b, b, a, a, None]
                ys += [t, t, t + 1, t + 1, t, None]
    if not xs:
        return None
    return {
        "type": "scatter", "mode": "none", "x": xs, "y": ys, "fill": "toself",
        "fillcolor": "rgba(0,0,0,0)", "hoverinfo": "skip",
        "fillpattern": {
            "shape": "/", "fgcolor": "@negative" if leaks else "@removed",
            "bgcolor": "rgba(0,0,0,0)", "size": 13 if leaks else 6,
            "solidity": 0.1 if leaks else 0.22,
        },
        "name": _("leak") if leaks else _("masked"), "showlegend": False,
    }  # fmt: skip


def runs(row: Sequence[bool]) -> list[tuple[int, int]]:
    """Where a row is True without a break.

    >>> runs([True, True, False, True])
    [(0, 2), (3, 4)]
    """
    edges = [i for i in range(len(row) + 1) if _at(row, i) != _at(row, i - 1)]
    return list(zip(edges[::2], edges[1::2], strict=True))


def _at(row: Sequence[bool], i: int) -> bool:
    return 0 <= i < len(row) and row[i]


def _words(points: Sequence[tuple[float, float, str]], position: str, name: str) -> Spec | None:
    if not points:
        return None
    return {
        "type": "scatter", "mode": "text",
        "x": [x for x, _y, _word in points], "y": [y for _x, y, _word in points],
        "text": [word for _x, _y, word in points], "textposition": position,
        "textfont": {"size": 13}, "hoverinfo": "skip", "cliponaxis": False,
        "name": name, "showlegend": False,
    }  # fmt: skip


def row_words(placed: Sequence[Placed]) -> Spec | None:
    """Words left of matrices that do not begin a line; the axis writes the others."""
    points = [
        (p.x - 0.12, p.y + r + 0.5, escape(cut(word)))
        for p in placed
        if p.x
        for r, word in enumerate(p.block.rows)
    ]
    return _words(points, "middle left", _("rows"))


def end_words(placed: Sequence[Placed]) -> Spec | None:
    """Words right of the rows, such as their sums."""
    points = [
        (p.x + p.block.values.shape[1] + 0.1, p.y + r + 0.5, escape(word))
        for p in placed
        for r, word in enumerate(p.block.ends)
    ]
    return _words(points, "middle right", _("row sums"))


def titles(placed: Sequence[Placed]) -> list[Spec]:
    """Names over the matrices, shapes under the names."""
    return [
        {
            "x": p.x,
            "y": p.y - rise(p.block) - 0.05,
            "xanchor": "left",
            "yanchor": "bottom",
            "showarrow": False,
            "align": "left",
            "text": f"<b>{p.block.title}</b>" + (f"<br>{p.block.shape}" if p.block.shape else ""),
            "font": {"size": 13, "color": "@p" if p.block.marked else "@ink"},
        }
        for p in placed
    ]


def column_words(placed: Sequence[Placed]) -> list[Spec]:
    """Words over the columns, at a slant."""
    return [
        {
            "x": p.x + c + 0.5, "y": p.y - 0.05, "xanchor": "left", "yanchor": "bottom",
            "xshift": -6, "showarrow": False, "text": escape(cut(word, 8)), "textangle": -45,
            "font": {"size": 12, "color": "@muted"},
        }
        for p in placed
        for c, word in enumerate(p.block.columns)
    ]  # fmt: skip


def sign(text: str, x: float, y: float) -> Spec:
    """A sign between two matrices."""
    return {
        "x": x, "y": y, "showarrow": False, "text": text,
        "font": {"size": 18 if len(text) == 1 else 13, "color": "@muted"},
    }  # fmt: skip


def frame(p: Placed) -> Spec:
    """The line around a matrix."""
    rows, columns = p.block.values.shape
    return {
        "type": "rect", "x0": p.x, "x1": p.x + columns, "y0": p.y, "y1": p.y + rows,
        "line": {"color": "@p" if p.block.marked else "@removed", "width": 1},
    }  # fmt: skip
