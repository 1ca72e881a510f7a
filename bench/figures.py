"""Measured figures, their limits, and the table that shows both."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any, Literal


@dataclass(frozen=True, slots=True)
class Figure:
    """A measured figure, which is one line of the table.

    Attributes:
        group: Heading under which it is listed.
        name: Name of the quantity.
        value: The number, or None if it could not be measured.
        unit: "ms", "s", "MB", "1/s", "×" or "".
        bar: The limit, or None.
        sense: Whether `bar` is the largest ("most") or smallest ("least") allowed value.
    """

    group: str
    name: str
    value: float | None
    unit: str = "ms"
    bar: float | None = None
    sense: Literal["most", "least"] = "most"

    @property
    def held(self) -> bool | None:
        """Return whether the value is within its limit; None if there is no limit."""
        if self.bar is None:
            return None
        if self.value is None:
            return False
        return self.value <= self.bar if self.sense == "most" else self.value >= self.bar

    def as_dict(self) -> dict[str, Any]:
        """Return the figure as an entry of results.json."""
        return asdict(self) | {"held": self.held}


def quantile(values: Sequence[float], share: float) -> float:
    """Return the quantile of `values` at `share`, with linear interpolation.

    >>> quantile([1.0, 2.0, 3.0, 4.0, 5.0], 0.5), quantile([0.0, 10.0], 0.95)
    (3.0, 9.5)
    """
    if not values:
        raise ValueError("quantile: needs at least one value")
    ordered = sorted(values)
    place = share * (len(ordered) - 1)
    low = int(place)
    high = min(low + 1, len(ordered) - 1)
    return ordered[low] + (ordered[high] - ordered[low]) * (place - low)


def table(figures: Sequence[Figure]) -> str:
    """Return the figures as aligned lines, grouped under their headings."""
    rows = []
    for figure in figures:
        shown = "—" if figure.value is None else f"{figure.value:,.{_digits(figure)}f}"
        sign = "≤" if figure.sense == "most" else "≥"
        bar = "" if figure.bar is None else f"{sign} {figure.bar:g}"
        verdict = {True: "held", False: "MISSED", None: ""}[figure.held]
        rows.append((figure.group, figure.name, shown, figure.unit, bar, verdict))
    widths = [max((_width(row[i]) for row in rows), default=0) for i in range(6)]
    lines, last = [], ""
    for row in rows:
        group = row[0] if row[0] != last else ""
        last = row[0]
        cells = [_left(group, widths[0]), _left(row[1], widths[1]), row[2].rjust(widths[2])]
        cells += [_left(row[3], widths[3]), _left(row[4], widths[4]), row[5]]
        lines.append("  ".join(cells).rstrip())
    return "\n".join(lines)


def _digits(figure: Figure) -> int:
    return {"ms": 1, "s": 2, "1/s": 1, "×": 2}.get(figure.unit, 0)


def _width(text: str) -> int:
    return sum(2 if unicodedata.east_asian_width(c) in "WF" else 1 for c in text)


def _left(text: str, width: int) -> str:
    return text + " " * (width - _width(text))
