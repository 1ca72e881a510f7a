"""The tensors of an einsum as grids of numbers, with the cells of the current iteration lit."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import product

from torch import Tensor

from charts.theme import Spec, axis, figure
from core.shapes import EinsumTrace, Iteration

APART = 1.4  # columns between two tensors
NAMES = "ABC"
Box = tuple[float, float]  # left and top of a cell


def grids(trace: EinsumTrace, operands: Sequence[Tensor], now: Iteration) -> Spec:
    """Draw the operands and the output so far.

    Args:
        trace: The einsum.
        operands: Its tensors, of at most 3 axes each; the first axis of three makes blocks.
        now: The current iteration; its cells have a frame.
    """
    left, boxes, texts, labels, frames = (
        0.0,
        list[Spec](),
        list[tuple](),
        list[Spec](),
        list[Spec](),
    )
    traces: list[tuple[Tensor, str, str, tuple[int, ...]]] = [
        (tensor, f"{NAMES[n]}", letters, place)
        for n, (tensor, letters, place) in enumerate(
            zip(operands, trace.operands, now.places, strict=True)
        )
    ]
    traces.append((now.partial, "out", trace.result, now.place))
    for n, (tensor, name, letters, place) in enumerate(traces):
        rows, columns, depth = _extent(tensor)
        width = depth * columns + 0.4 * (depth - 1)
        labels.append(
            _label(left + width / 2, f"{name}[{', '.join(letters)}]" if letters else name)
        )
        if n:
            labels.append(_sign(left - APART / 2, "=" if n == len(traces) - 1 else "×"))
        color = "@q" if n == len(traces) - 1 else "@p"
        for index, value in _values(tensor):
            x, y = _place(index, columns)
            texts.append((left + x + 0.5, y + 0.5, value, index == place))
        for d in range(depth):
            x = left + d * (columns + 0.4)
            boxes.append(_rectangle(x, 0, columns, rows, color, 2))
        x, y = _place(place, columns)
        frames.append(_rectangle(left + x, y, 1, 1, "@accent", 4))
        left += width + APART
    end, tall = left - APART, max(_extent(tensor)[0] for tensor, *_rest in traces)
    return figure(
        {
            "type": "scatter", "mode": "text", "hoverinfo": "skip", "showlegend": False,
            "x": [x for x, *_rest in texts], "y": [y for _x, y, *_rest in texts],
            "text": [f"{value:g}".replace("-", "−") for _x, _y, value, _lit in texts],
            "textfont": {"size": [22 if lit else 16 for *_rest, lit in texts]},
        },
        margin={"l": 4, "r": 4, "t": 4, "b": 4},
        xaxis=axis(range=[-0.3, max(end, 9.0) + 0.3], visible=False, fixedrange=True),
        yaxis=axis(range=[max(tall, 3) + 0.2, -0.8], visible=False, fixedrange=True),
        shapes=[*boxes, *frames],
        annotations=labels,
    )  # fmt: skip


def _extent(tensor: Tensor) -> tuple[int, int, int]:
    """Return rows, columns and blocks; a vector is a row, a number a single cell."""
    shape = (1, 1, 1, *tensor.shape)[-3:]
    return shape[1], shape[2], shape[0]


def _values(tensor: Tensor) -> list[tuple[tuple[int, ...], float]]:
    places = product(*map(range, tensor.shape))
    return list(zip(places, tensor.flatten().tolist(), strict=True))


def _place(index: Sequence[int], columns: int) -> Box:
    """Return left and top of a cell within its tensor."""
    block, row, column = (0, 0, 0, *index)[-3:]
    return block * (columns + 0.4) + column, row


def _rectangle(x: float, y: float, width: float, height: float, color: str, line: int) -> Spec:
    return {
        "type": "rect", "x0": x, "x1": x + width, "y0": y, "y1": y + height,
        "line": {"color": color, "width": line},
    }  # fmt: skip


def _label(x: float, text: str) -> Spec:
    return {"x": x, "y": -0.4, "text": text, "showarrow": False, "font": {"size": 16}}


def _sign(x: float, text: str) -> Spec:
    return {"x": x, "y": 0.5, "text": text, "showarrow": False, "font": {"size": 22}}
