"""Marks on and around the matrices of a board: hatching, labels, frames."""

from __future__ import annotations

from collections.abc import Sequence

from charts.attention.block import Layout, Placed, cut, rise
from charts.theme import Spec, escape

#: Fill patterns by the field of a block that they mark.
HATCHES = {
    "masked": {"shape": "/", "fgcolor": "@removed", "size": 6, "solidity": 0.22},
    "leaks": {"shape": "/", "fgcolor": "@negative", "size": 13, "solidity": 0.1},
    "broken": {"shape": "x", "fgcolor": "@negative", "size": 20, "solidity": 0.05},
}


def hatch(placed: Sequence[Placed], kind: str) -> Spec | None:
    """Hatch all cells of a kind in one trace, adjacent cells of a row joined to rectangles."""
    xs: list[float | None] = []
    ys: list[float | None] = []
    for p in placed:
        hatched = getattr(p.block, kind)
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
        "fillpattern": HATCHES[kind] | {"bgcolor": "rgba(0,0,0,0)"},
        "showlegend": False,
    }  # fmt: skip


def runs(row: Sequence[bool]) -> list[tuple[int, int]]:
    """Return the start and end of each run of True values.

    >>> runs([True, True, False, True])
    [(0, 2), (3, 4)]
    """
    edges = [i for i in range(len(row) + 1) if _at(row, i) != _at(row, i - 1)]
    return list(zip(edges[::2], edges[1::2], strict=True))


def _at(row: Sequence[bool], i: int) -> bool:
    return 0 <= i < len(row) and row[i]


def labels(laid: Layout) -> Spec:
    """Draw all horizontal texts as one trace, which is faster than annotations or many traces.

    These are the names and shapes above the matrices, the labels left of the rows (the axis draws
    those of the first matrix of a line) and right of them, the signs between matrices and the
    headings.
    """
    points: list[tuple[float, float, str, str, int, str]] = []
    for p in laid.placed:
        block, columns = p.block, p.block.values.shape[1]
        name = f"<b>{block.title}</b>" + (f"<br>{block.shape}" if block.shape else "")
        color = "@p" if block.marked else "@ink"
        points.append((p.x, p.y - rise(block) - 0.2, name, "top right", 13, color))
        middles = [p.y + r + 0.5 for r in range(len(block.values))]
        if p.x:
            points += [
                (p.x - 0.12, y, escape(cut(word)), "middle left", 13, "@ink")
                for y, word in zip(middles, block.rows, strict=False)
            ]
        if block.broken is not None:
            points += [
                (p.x + c + 0.5, middles[r], "NaN", "middle center", 11, "@negative")
                for r, c in block.broken.nonzero().tolist()
            ]
        points += [
            (p.x + columns + 0.1, y, escape(word), "middle right", 13, "@ink")
            for y, word in zip(middles, block.ends, strict=False)
        ]
    points += [
        (x, y, text, "middle center", 18 if len(text) == 1 else 13, "@muted")
        for x, y, text in laid.signs
    ]
    points += [(0, y, f"<b>{text}</b>", "middle right", 15, "@ink") for y, text in laid.headings]
    x, y, text, position, size, color = map(list, zip(*points, strict=True))
    return {
        "type": "scatter", "mode": "text", "x": x, "y": y, "text": text, "textposition": position,
        "textfont": {"size": size, "color": color}, "hoverinfo": "skip", "cliponaxis": False,
        "showlegend": False,
    }  # fmt: skip


def column_labels(placed: Sequence[Placed]) -> list[Spec]:
    """Draw slanted labels above the columns."""
    return [
        {
            "x": p.x + c + 0.5, "y": p.y - 0.05, "xanchor": "left", "yanchor": "bottom",
            "xshift": -6, "showarrow": False, "text": escape(cut(word, 8)), "textangle": -45,
            "font": {"size": 12, "color": "@muted"},
        }
        for p in placed
        for c, word in enumerate(p.block.columns)
    ]  # fmt: skip


def frames(placed: Sequence[Placed]) -> list[Spec]:
    """Draw the frames of the matrices: one shape for plain ones, one for highlighted ones."""
    outlines: dict[bool, list[str]] = {False: [], True: []}
    for p in placed:
        (rows, columns), x, y = p.block.values.shape, p.x, p.y
        outlines[p.block.marked].append(f"M{x},{y}H{x + columns}V{y + rows}H{x}Z")
    return [
        _lines("".join(outlines[marked]), "@p" if marked else "@removed")
        for marked in (False, True)
        if outlines[marked]
    ]


def outline(placed: Sequence[Placed]) -> list[Spec]:
    """Outline the chosen cell of every matrix that has one."""
    cells = [
        f"M{p.x + c},{p.y + r}H{p.x + c + 1}V{p.y + r + 1}H{p.x + c}Z"
        for p in placed
        if p.block.cell is not None
        for r, c in [p.block.cell]
    ]
    if not cells:
        return []
    return [{"type": "path", "path": "".join(cells), "line": {"color": "@ink", "width": 2.5}}]


def gaps(placed: Sequence[Placed]) -> Spec:
    """Draw the lines between the cells, in the background color.

    With a heatmap's own gaps, Plotly renders an image as large as the figure at every update, and
    the browser decodes it again. Without them the image has one pixel per cell.
    """
    lines: list[str] = []
    for p in placed:
        (rows, columns), x, y = p.block.values.shape, p.x, p.y
        lines += [f"M{x + c},{y}V{y + rows}" for c in range(1, columns)]
        lines += [f"M{x},{y + r}H{x + columns}" for r in range(1, rows)]
    return _lines("".join(lines), "@paper")


def _lines(path: str, color: str) -> Spec:
    return {"type": "path", "path": path, "line": {"color": color, "width": 1}}
