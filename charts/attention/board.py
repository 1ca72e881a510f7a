"""Matrices beside one another in one figure: the board on which attention is shown.

All matrices lie on one grid of unit cells, so that a whole chain of them is two or three heatmap
traces however many there are. A masked cell is blank and hatched, never a colour of the scale.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import torch
from torch import Tensor

from charts.i18n import _
from charts.theme import Spec, escape, figure, label_margin

#: No numbers in the cells of a board that has more of them than this.
MOST_NUMBERS = 400
_HEAD = 2  # units over a matrix for its name and shape
_GAP = 1  # units between two matrices
_SIGN = 2  # units of a sign such as "→"
_LEAST_WIDE = 24  # units, so that a small board does not blow up its cells
_FULL_PX = 1080  # the width that a board is laid out for


@dataclass(frozen=True, slots=True)
class Block:
    """One matrix of a board.

    Attributes:
        values: (R, C); NaN is blank.
        title: its name.
        shape: its shape in words, under the name.
        scale: "value" diverges around 0, "weight" goes from 0 to 1, "mask" is one colour.
        masked: (R, C) bool, True = hatched and blank.
        leaks: (R, C) bool, True = hatched over its colour: a weight where none should be.
        rows: words to the left of the rows.
        columns: words over the columns.
        ends: words to the right of the rows.
        hover: (R, C) texts in Plotly's HTML, already escaped.
        marked: whether its frame stands out.
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
    hover: Sequence[Sequence[str]] | None = None
    marked: bool = False


@dataclass(frozen=True, slots=True)
class _Placed:
    block: Block
    x: int
    y: int


Line = Sequence[Block | str]


def board(lines: Sequence[Line], *, value_end: float = 2.0, numbers: bool = True) -> Spec:
    """Lines of matrices with signs between them.

    Args:
        lines: each a sequence of blocks and of signs ("→", "·", …).
        value_end: where the diverging scale of "value" blocks ends on both sides.
        numbers: whether the cells carry their numbers, where there are few enough.
    """
    placed, signs, width, height = _layout(lines)
    cells = sum(p.block.values.numel() for p in placed if p.block.scale != "mask")
    numbers = numbers and cells <= MOST_NUMBERS
    traces = [
        trace
        for scale in ("mask", "value", "weight")
        if (trace := _heatmap(placed, scale, width, height, value_end, numbers)) is not None
    ]
    more = (_hatch(placed), _hatch(placed, leaks=True), _row_words(placed), _end_words(placed))
    traces += [trace for trace in more if trace is not None]
    bare = {"fixedrange": True, "showgrid": False, "zeroline": False, "showline": False}
    # Words left of the whole board are the axis's own: they keep their size on a narrow screen.
    words = [
        (p.y + r + 0.5, _cut(w)) for p in placed if p.x == 0 for r, w in enumerate(p.block.rows)
    ]
    return figure(
        *traces,
        margin={
            "l": label_margin([word for _y, word in words], least=4) if words else 4,
            "r": 4,
            "t": 4,
            "b": 4,
        },
        xaxis=bare | {"range": [0, max(width, _LEAST_WIDE)], "visible": False},
        yaxis=bare
        | {
            "range": [height, 0],
            "tickvals": [y for y, _word in words],
            "ticktext": [escape(word) for _y, word in words],
        },
        shapes=[_frame(p) for p in placed],
        annotations=[*_titles(placed), *_column_words(placed), *signs],
        hovermode="closest",
    )


def board_height(lines: Sequence[Line], most: int = 620) -> int:
    """Pixels that a board wants, its cells about square on a wide screen."""
    _placed, _signs, width, height = _layout(lines)
    return int(min(most, max(150, height * min(36, _FULL_PX / max(width, _LEAST_WIDE)))))


def _units(words: Sequence[str], unit: float = 27.0) -> int:
    """Units that words beside a matrix take."""
    if not words:
        return 0
    return math.ceil((label_margin([_cut(word) for word in words], least=0) - 4) / unit)


def _rise(block: Block, unit: float = 27.0) -> int:
    """Units that slanted words over a matrix take."""
    if not block.columns:
        return 0
    return math.ceil(
        0.75 * (label_margin([_cut(w, 8) for w in block.columns], least=20) - 8) / unit
    )


def _cut(word: str, longest: int = 11) -> str:
    return word if len(word) <= longest else word[: longest - 1] + "…"


def _layout(lines: Sequence[Line]) -> tuple[list[_Placed], list[Spec], int, int]:
    placed: list[_Placed] = []
    signs: list[Spec] = []
    width, y = 0, 0
    for line in lines:
        blocks = [item for item in line if isinstance(item, Block)]
        head = _HEAD + max(_rise(block) for block in blocks)
        tall = max(len(block.values) for block in blocks)
        x = 0
        for i, item in enumerate(line):
            if isinstance(item, str):
                room = max(_SIGN, math.ceil(len(item) * 0.42))
                signs.append(_sign(item, x + room / 2, y + head + tall / 2))
                x += room
                continue
            x += _units(item.rows) if i else 0
            # Centred against taller neighbours, as one writes a product of matrices.
            down = (tall - len(item.values)) // 2
            placed.append(_Placed(item, x, y + head + down))
            x += item.values.shape[1] + _units(item.ends)
            follows = line[i + 1] if i + 1 < len(line) else ""
            x += _GAP if isinstance(follows, Block) else 0
        width = max(width, x)
        y += head + tall
    return placed, signs, width, y


def _heatmap(
    placed: Sequence[_Placed], scale: str, width: int, height: int, end: float, numbers: bool
) -> Spec | None:
    own = [p for p in placed if p.block.scale == scale]
    if not own:
        return None
    left, right = min(p.x for p in own), max(p.x + p.block.values.shape[1] for p in own)
    top, bottom = min(p.y for p in own), max(p.y + len(p.block.values) for p in own)
    z = torch.full((bottom - top, right - left), math.nan)
    hover = [[""] * (right - left) for _row in range(bottom - top)]
    text = [[""] * (right - left) for _row in range(bottom - top)]
    for p in own:
        block, (rows, columns) = p.block, p.block.values.shape
        values = block.values.detach().float()
        if block.masked is not None:
            values = values.masked_fill(block.masked, math.nan)
        at, to = p.y - top, p.x - left
        z[at : at + rows, to : to + columns] = values
        for r, row in enumerate(values.tolist()):
            if block.hover is not None:
                hover[at + r][to : to + columns] = block.hover[r]
            if numbers and scale != "mask":
                text[at + r][to : to + columns] = [written(value, scale) for value in row]
    limits = {"zmin": -end, "zmax": end} if scale == "value" else {"zmin": 0, "zmax": 1}
    names = {"mask": _("may attend"), "value": _("number"), "weight": _("weight")}
    spec: Spec = {
        "type": "heatmap", "z": z, "x0": left + 0.5, "dx": 1, "y0": top + 0.5, "dy": 1,
        "xgap": 1, "ygap": 1, "showscale": False, "hoverongaps": False, "zsmooth": False,
        "name": names[scale], "showlegend": False,
        "colorscale": {
            "mask": [[0, "@kept"], [1, "@kept"]], "value": "@diverging", "weight": "@sequential",
        }[scale],
        "hoverinfo": "text", "hovertext": hover,
    }  # fmt: skip
    if numbers and scale != "mask":
        spec |= {"text": text, "texttemplate": "%{text}"}
    return spec | limits | ({"opacity": 0.6} if scale == "mask" else {})


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


def _hatch(placed: Sequence[_Placed], leaks: bool = False) -> Spec | None:
    """One trace of hatched rectangles over all masked cells, neighbours of a row joined."""
    xs: list[float | None] = []
    ys: list[float | None] = []
    for p in placed:
        hatched = p.block.leaks if leaks else p.block.masked
        for r, row in enumerate([] if hatched is None else hatched.tolist()):
            for start, stop in _runs(row):
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


def _runs(row: Sequence[bool]) -> list[tuple[int, int]]:
    """Where a row is True without a break.

    >>> _runs([True, True, False, True])
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


def _row_words(placed: Sequence[_Placed]) -> Spec | None:
    points = [
        (p.x - 0.12, p.y + r + 0.5, escape(_cut(word)))
        for p in placed
        if p.x
        for r, word in enumerate(p.block.rows)
    ]
    return _words(points, "middle left", _("rows"))


def _end_words(placed: Sequence[_Placed]) -> Spec | None:
    points = [
        (p.x + p.block.values.shape[1] + 0.1, p.y + r + 0.5, escape(word))
        for p in placed
        for r, word in enumerate(p.block.ends)
    ]
    return _words(points, "middle right", _("row sums"))


def _titles(placed: Sequence[_Placed]) -> list[Spec]:
    return [
        {
            "x": p.x,
            "y": p.y - _rise(p.block) - 0.05,
            "xanchor": "left",
            "yanchor": "bottom",
            "showarrow": False,
            "align": "left",
            "text": f"<b>{p.block.title}</b>" + (f"<br>{p.block.shape}" if p.block.shape else ""),
            "font": {"size": 13, "color": "@p" if p.block.marked else "@ink"},
        }
        for p in placed
    ]


def _column_words(placed: Sequence[_Placed]) -> list[Spec]:
    return [
        {
            "x": p.x + c + 0.5, "y": p.y - 0.05, "xanchor": "left", "yanchor": "bottom",
            "xshift": -6, "showarrow": False, "text": escape(_cut(word, 8)), "textangle": -45,
            "font": {"size": 12, "color": "@muted"},
        }
        for p in placed
        for c, word in enumerate(p.block.columns)
    ]  # fmt: skip


def _sign(text: str, x: float, y: float) -> Spec:
    return {
        "x": x, "y": y, "showarrow": False, "text": text,
        "font": {"size": 18 if len(text) == 1 else 13, "color": "@muted"},
    }  # fmt: skip


def _frame(p: _Placed) -> Spec:
    rows, columns = p.block.values.shape
    return {
        "type": "rect", "x0": p.x, "x1": p.x + columns, "y0": p.y, "y1": p.y + rows,
        "line": {"color": "@p" if p.block.marked else "@removed", "width": 1},
    }  # fmt: skip
