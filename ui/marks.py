"""Validation of the mark of a figure that a visitor clicked, or that is under the pointer.

The figure itself declares what a mark may hold: a curve that it has, and coordinates of the type
that the curve's coordinates have. Anything else did not come from the figure and is ignored.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from charts.theme import Spec
from ui.values import number_of

MOST_TEXT = 1_000  # characters of a category or of a custom datum
_MOST_DATA = 64  # entries of a custom datum
_LARGEST = 2**53  # numbers from JavaScript are exact up to here


def mark_of(raw: Any, spec: Spec) -> dict[str, Any] | None:
    """Return a mark {"curve", "point", "x", "y", "data"} from the browser; None if it is invalid.

    Args:
        raw: The browser's message.
        spec: The figure on which the mark is.

    Returns:
        `curve` is the index of one of the figure's curves; `point` an index, or [row, column] in
        a heatmap; `x` and `y` are finite numbers, or texts on an axis of texts; `data` is None, a
        number, a text, or a list of those.
    """
    if not isinstance(raw, dict):
        return None
    curve, point, data = raw.get("curve"), raw.get("point"), raw.get("data")
    curves = spec["data"]
    if not _index(curve) or curve >= len(curves):
        return None
    cell = isinstance(point, list) and len(point) == 2 and all(_index(i) for i in point)
    if not (_index(point) or cell) or not _datum(data):
        return None
    x, y = raw.get("x"), raw.get("y")
    if not (_fits(x, curves[curve].get("x")) and _fits(y, curves[curve].get("y"))):
        return None
    return {"curve": curve, "point": point, "x": x, "y": y, "data": data}


def _index(value: Any) -> bool:
    return number_of(value) is not None


def _number(value: Any) -> bool:
    plain = isinstance(value, int | float) and not isinstance(value, bool)
    return plain and -_LARGEST < value < _LARGEST and math.isfinite(value)


def _text(value: Any) -> bool:
    return isinstance(value, str) and len(value) <= MOST_TEXT


def _fits(value: Any, axis: Any) -> bool:
    """Return whether a coordinate has the type of the curve's coordinates; default: 0, 1 …"""
    first = next(iter(axis), 0) if isinstance(axis, list | tuple | np.ndarray) else 0
    return _text(value) if isinstance(first, str) else _number(value)


def _datum(data: Any) -> bool:
    if isinstance(data, list):
        return len(data) <= _MOST_DATA and all(map(_scalar, data))
    return _scalar(data)


def _scalar(value: Any) -> bool:
    return value is None or isinstance(value, bool) or _number(value) or _text(value)
