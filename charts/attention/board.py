"""Matrices side by side in one figure: the board on which attention is shown.

All matrices lie on one grid of unit cells, so a chain of any length takes two or three heatmap
traces. A masked cell is blank and hatched; it never has a color of the scale.
"""

from __future__ import annotations

import html
import math
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import torch

from charts.attention.block import Block, Layout, Placed, cut, name_px, rise, units, written
from charts.attention.marks import HATCHES, column_labels, frames, gaps, hatch, labels, outline
from charts.theme import Spec, escape, figure, label_margin

#: Boards with more cells than this show no numbers in them.
MOST_NUMBERS = 400
_HEAD = 2  # units above a matrix for its name and shape
_GAP = 1  # units between two matrices
_SIGN = 2  # units of a sign such as "→"
_LEAST_WIDE = 24  # units, so that the cells of a small board do not become huge
_LEAST_ROW, _TALLEST_ROW = 18, 30  # px: two units hold a name and a shape
_LEAST_UNIT, _LEAST_NUMBER = 13, 17  # px: width of a cell, and of one with a number
_FULL_PX = 1080  # the width that a board is designed for


Line = Sequence[Block | str]


def board(
    lines: Sequence[Line],
    *,
    value_end: float = 2.0,
    numbers: bool = True,
    hovers: bool = True,
) -> Spec:
    """Draw lines of matrices with signs between them.

    Args:
        lines: Sequences of blocks and signs ("→", "·", …); a line of a single text is a heading
            for the next line.
        value_end: The absolute value at which the diverging scale of "value" blocks ends.
        numbers: Whether the cells show their numbers, if there are few enough.
        hovers: Whether the cells have hover texts. These are half the cost of a board, so an
            intermediate drawing of a drag leaves them out.
    """
    laid = _layout(lines)
    placed = laid.placed
    cells = sum(
        p.block.values.numel() for p in placed if p.block.numbers and p.block.scale != "mask"
    )
    numbers = numbers and cells <= MOST_NUMBERS
    # Cells with numbers get their own trace: Plotly loops over all cells of such a trace.
    traces = [
        _heatmap(own, scale, value_end, numbered, hovers)
        for scale in ("mask", "value", "weight")
        for numbered in (False, True)
        if (own := [p for p in placed if _key(p.block, numbers) == (scale, numbered)])
    ]
    overlays = (*(hatch(placed, kind) for kind in HATCHES), labels(laid))
    traces += [trace for trace in overlays if trace is not None]
    bare: Spec = dict.fromkeys(("showgrid", "zeroline", "showline"), False)
    bare |= {"fixedrange": True, "ticks": ""}
    # Labels left of the whole board are tick labels: they keep their size on a narrow screen.
    left = [(p.y + r + 0.5, cut(w)) for p in placed if p.x == 0 for r, w in enumerate(p.block.rows)]
    return figure(
        *traces,
        margin={
            "l": label_margin([word for _y, word in left], least=4) if left else 4,
            "r": 4,
            "t": 4,
            "b": 4,
        },
        xaxis=bare | {"range": [0, max(laid.width, _LEAST_WIDE)], "visible": False},
        yaxis=bare
        | {
            "range": [laid.height, 0],
            "tickvals": [y for y, _word in left],
            "ticktext": [escape(word) for _y, word in left],
        },
        annotations=column_labels(placed),
        shapes=[gaps(placed), *frames(placed), *outline(placed)],
        hovermode="closest",
    )


@dataclass(frozen=True, slots=True)
class BoardSize:
    """Pixels that a board needs: its preferred height, and the smallest at which texts fit."""

    height: int
    least_height: int
    least_width: int


def board_size(lines: Sequence[Line], most: int = 520) -> BoardSize:
    """Return the size of a board with roughly square cells on a wide screen, at most `most` high.

    Boards of common widths have rows of equal height, so that a slider that widens a matrix does
    not move the page below it.
    """
    laid = _layout(lines)
    width = max(laid.width, _LEAST_WIDE)
    square = _FULL_PX / width
    row = min(_TALLEST_ROW, max(square, min(27, 1.2 * square)))
    least_height = laid.height * _LEAST_ROW
    height = int(max(min(most, max(150, laid.height * row)), least_height))
    numbered = [p for p in laid.placed if p.block.numbers and p.block.scale != "mask"]
    last = max((p.x + p.block.values.shape[1] for p in numbered), default=0)
    unit = max(_LEAST_UNIT, math.ceil(_LEAST_NUMBER * last / width))
    for p, after in zip(laid.placed, (*laid.placed[1:], None), strict=True):
        end = after.x if after and after.x > p.x else width
        unit = max(unit, math.ceil(name_px(p.block) / (end - p.x)))
    return BoardSize(height, least_height, 60 + unit * width)


def cell_at(lines: Sequence[Line], x: Any, y: Any) -> tuple[str, int, int] | None:
    """Return the name of the block at a place of the board, and the cell's row and column."""
    if not all(isinstance(at, (int, float)) and math.isfinite(at) for at in (x, y)):
        return None
    for p in _layout(lines).placed:
        rows, columns = p.block.values.shape
        r, c = math.floor(y) - p.y, math.floor(x) - p.x
        if p.block.name and 0 <= r < rows and 0 <= c < columns:
            return p.block.name, r, c
    return None


def cell_text(lines: Sequence[Line], name: str, r: int, c: int) -> str:
    """Return the arithmetic of a cell as one line of plain text; "" if there is no such cell."""
    for block in (item for line in lines for item in line if isinstance(item, Block)):
        rows, columns = block.values.shape
        if block.name == name and block.hover and 0 <= r < rows and 0 <= c < columns:
            text = block.hover(r, c, float(block.values[r, c])).replace("</b><br>", ": ")
            return html.unescape(re.sub(r"<[^>]*>", "", text.replace("<br>", "; ")))
    return ""


def _layout(lines: Sequence[Line]) -> Layout:
    placed: list[Placed] = []
    signs: list[tuple[float, float, str]] = []
    headings: list[tuple[float, str]] = []
    width, y = 0, 0
    for line in lines:
        blocks = [item for item in line if isinstance(item, Block)]
        if not blocks:
            headings += [(y + 0.6, item) for item in line if isinstance(item, str)]
            y += 1
            continue
        head = _HEAD + max(rise(block) for block in blocks)
        tall = max(len(block.values) for block in blocks)
        x = 0
        for i, item in enumerate(line):
            if isinstance(item, str):
                sign_width = max(_SIGN, math.ceil(len(item) * 0.42))
                signs.append((x + sign_width / 2, y + head + tall / 2, item))
                x += sign_width
                continue
            x += units(item.rows) if i else 0
            # Vertically centered beside taller matrices, as in a written matrix product.
            down = (tall - len(item.values)) // 2
            placed.append(Placed(item, x, y + head + down))
            x += item.values.shape[1] + units(item.ends)
            follows = line[i + 1] if i + 1 < len(line) else ""
            x += _GAP if isinstance(follows, Block) else 0
        width = max(width, x)
        y += head + tall
    return Layout(placed, signs, headings, width, y)


def _key(block: Block, numbers: bool) -> tuple[str, bool]:
    """Return a block's scale and whether its cells show numbers."""
    return block.scale, numbers and block.numbers and block.scale != "mask"


def _heatmap(own: Sequence[Placed], scale: str, end: float, numbers: bool, hovers: bool) -> Spec:
    left, right = min(p.x for p in own), max(p.x + p.block.values.shape[1] for p in own)
    top, bottom = min(p.y for p in own), max(p.y + len(p.block.values) for p in own)
    z = torch.full((bottom - top, right - left), math.nan)
    hover = [[""] * (right - left) for _row in range(bottom - top)]
    text = [[""] * (right - left) for _row in range(bottom - top)]
    for p in own:
        block, (rows, columns) = p.block, p.block.values.shape
        values = block.values.detach().float()
        hidden = torch.zeros(rows, columns, dtype=torch.bool)
        if block.masked is not None:
            hidden = block.masked
            values = values.masked_fill(hidden, math.nan)
        hidden = hidden.tolist()
        at, to = p.y - top, p.x - left
        z[at : at + rows, to : to + columns] = values
        if hovers and (hover_text := block.hover) is not None:
            for r, row in enumerate(block.values.tolist()):  # masked cells, too
                hover[at + r][to : to + columns] = [hover_text(r, c, x) for c, x in enumerate(row)]
        if numbers:
            for r, row in enumerate(values.tolist()):
                text[at + r][to : to + columns] = [
                    "" if hidden[r][c] or math.isnan(x) else written(x, scale)
                    for c, x in enumerate(row)
                ]
    limits = {"zmin": -end, "zmax": end} if scale == "value" else {"zmin": 0, "zmax": 1}
    spec: Spec = {
        "type": "heatmap", "z": z, "x0": left + 0.5, "dx": 1, "y0": top + 0.5, "dy": 1,
        "showscale": False, "zsmooth": False,
        "name": scale, "showlegend": False,
        "colorscale": {
            "mask": [[0, "@kept"], [1, "@kept"]], "value": "@diverging", "weight": "@sequential",
        }[scale],
    }  # fmt: skip
    spec |= {"hoverinfo": "text", "hovertext": hover} if hovers else {"hoverinfo": "skip"}
    if numbers:
        spec |= {"text": text, "texttemplate": "%{text}"}
    return spec | limits | ({"opacity": 0.6} if scale == "mask" else {})
