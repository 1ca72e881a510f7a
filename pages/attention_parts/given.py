"""Q, K and V typed in as rows of numbers."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor

import charts.attention as charts
import ui
from core.attention import attention, causal_mask
from ui import _

Q = "1 0\n0 1\n1 1"
K = "1 0\n0 2\n1 1"
V = "1 0\n0 1\n2 -1"
MOST_ROWS, MOST_COLUMNS, LARGEST = 8, 6, 1000.0


def view(causal: bool, columns: Sequence[Any]) -> charts.HandView | None:
    """Three boxes and what attention makes of them; None where one cannot be read."""
    matrices = []
    for column, (name, start) in zip(columns, (("Q", Q), ("K", K), ("V", V)), strict=True):
        with column:
            text = ui.live_text(name, start, key=f"att_{name.lower()}", rows=3)
            matrices.append((name, *read_matrix(text)))
    for name, _matrix, problem in matrices:
        if problem:
            ui.sentence(f"{name}: {problem}")
            return None
    q, k, v = (matrix for _name, matrix, _problem in matrices)
    if len(q) != len(k) or len(k) != len(v) or q.shape[1] != k.shape[1]:
        ui.sentence(
            _(
                "Q, K and V need a row for each word, and Q and K equally long rows; "
                "they are {q}, {k} and {v}."
            ).format(q=_shape(q), k=_shape(k), v=_shape(v))
        )
        return None
    q, k, v = (matrix[None, None] for matrix in (q, k, v))
    trace = attention(q, k, v, causal_mask(q.shape[-2]) if causal else None)
    return charts.HandView(trace, [str(i + 1) for i in range(q.shape[-2])])


def read_matrix(text: str) -> tuple[Tensor, str]:
    """Rows of numbers; and a sentence where they are none, else ""."""
    empty = torch.zeros(0, 0)
    lines = [line.replace(",", " ").split() for line in text[:2000].replace(";", "\n").splitlines()]
    lines = [line for line in lines if line]
    if not lines:
        return empty, _("type a line of numbers for each word.")
    if len(lines) > MOST_ROWS or max(map(len, lines)) > MOST_COLUMNS:
        return empty, _("at most {rows} rows of {columns} numbers fit.").format(
            rows=MOST_ROWS, columns=MOST_COLUMNS
        )
    if len(set(map(len, lines))) > 1:
        return empty, _("all rows must be equally long.")
    rows: list[list[float]] = []
    for line in lines:
        row = []
        for word in line:
            try:
                value = float(word.replace("−", "-"))
            except ValueError:
                return empty, _("“{word}” is not a number.").format(word=word[:20])
            if not math.isfinite(value) or abs(value) > LARGEST:
                return empty, _("numbers from −{n} to {n} fit.").format(n=round(LARGEST))
            row.append(value)
        rows.append(row)
    return torch.tensor(rows), ""


def _shape(matrix: Tensor) -> str:
    return "[" + ", ".join(map(str, matrix.shape)) + "]"
