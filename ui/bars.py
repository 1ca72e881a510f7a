"""Distributions that a visitor edits by dragging their bars, a control like those of `controls`."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from ui.controls import Control


@dataclass(frozen=True, slots=True)
class Series:
    """One distribution of `Bars`: its name, color token and initial values (which sum to 1)."""

    name: str
    color: str
    values: Sequence[float]


Rows = list[list[float]]


@dataclass(frozen=True, slots=True, eq=False)
class Bars(Control[Rows]):
    """Distributions edited by dragging their bars (or by arrow keys); each row sums to 1.

    The dragged bar takes its new height; the other outcomes of its distribution share the rest in
    their old proportions. Stored as text in thousandths: "664,199,105,32;250,250,250,250".

    Attributes:
        outcomes: Names of the outcomes.
        series: The distributions, with their initial values.
        height: Height in pixels.
        place: Editors with different keys that replace each other share a `place`, so that the
            browser swaps them without a blank frame.
    """

    outcomes: Sequence[str] = ()
    series: Sequence[Series] = ()
    height: int = field(default=300, kw_only=True)
    place: str = field(default="", kw_only=True)

    def clean(self, raw: Any) -> str | None:
        """Return the rows as text if they have the right shape and positive sums."""
        rows = raw if isinstance(raw, list) else _rows_of(raw)
        if rows is None or not _fits(rows, len(self.series), len(self.outcomes)):
            return None
        # Text is returned unchanged, because rounding it again would change it.
        return raw if isinstance(raw, str) else bars_text(rows)

    @property
    def initial(self) -> str:
        """Return the initial values as text."""
        return bars_text([row.values for row in self.series])

    def decode(self, stored: str) -> Rows:
        """Return one row per series, with one probability per outcome."""
        return [[value / sum(row) for value in row] for row in _rows_of(stored) or []]

    def draw(self) -> Rows:
        """Draw the bars."""
        rows = self.value
        series = [
            {"name": row.name, "color": row.color, "values": values}
            for row, values in zip(self.series, rows, strict=True)
        ]
        extra = {"labels": list(self.outcomes), "series": series, "height": self.height}
        self._mount("bars", extra, self.place)
        return rows


def bars_text(rows: Sequence[Sequence[float]]) -> str:
    """Return rows of weights as the text that `Bars` stores: thousandths, "," and ";"."""
    scaled = [[1000 * value / (sum(row) or 1) for value in row] for row in rows]
    return ";".join(",".join(f"{value:.4g}" for value in row) for row in scaled)


def _rows_of(raw: Any) -> Rows | None:
    if not isinstance(raw, str) or len(raw) > 2000:
        return None
    try:
        return [[float(value) for value in row.split(",")] for row in raw.split(";")]
    except ValueError:
        return None


def _fits(rows: Any, count: int, outcomes: int) -> bool:
    return (
        isinstance(rows, list)
        and len(rows) == count
        and all(
            isinstance(row, list)
            and len(row) == outcomes
            and all(isinstance(v, (int, float)) and math.isfinite(v) and v >= 0 for v in row)
            and 0 < sum(row) < math.inf
            for row in rows
        )
    )
