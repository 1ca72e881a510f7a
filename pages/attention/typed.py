"""Q, K and V typed in as rows of numbers."""

from __future__ import annotations

import math

import torch
from torch import Tensor

import charts.attention as charts
import ui
from core.attention import attention, causal_mask
from pages.attention import controls
from ui import _

MOST_ROWS, MOST_COLUMNS, LARGEST = 8, 6, 1000.0


def view() -> charts.HandView | None:
    """Run attention on the typed matrices; report a problem and return None if there is one."""
    read = {name: read_matrix(control.value) for name, control in controls.matrices.items()}
    for name, (_matrix, problem) in read.items():
        if problem:
            ui.sentence(_("“{name}”: {problem}").format(name=name, problem=problem))
            return None
    q, k, v = (matrix for matrix, _problem in read.values())
    if len(q) != len(k) or len(k) != len(v) or q.shape[1] != k.shape[1]:
        ui.sentence(
            _(
                "“Q”, “K” and “V” need one row per word, and the rows of Q and K must be equally "
                "long. Now Q is {q}, K is {k} and V is {v} (rows × numbers)."
            ).format(
                **{
                    name: "×".join(map(str, matrix.shape))
                    for name, matrix in (("q", q), ("k", k), ("v", v))
                }
            )
        )
        return None
    q, k, v = (matrix[None, None] for matrix in (q, k, v))
    length = q.shape[-2]
    trace = attention(q, k, v, causal_mask(length) if controls.causal.value else None)
    return charts.HandView(trace, [str(i + 1) for i in range(length)])


def read_matrix(text: str) -> tuple[Tensor, str]:
    """Return the matrix that a text spells, and "" or a sentence on why it cannot be read."""
    empty = torch.zeros(0, 0)
    lines = [line.replace(",", " ").split() for line in text[:2000].replace(";", "\n").splitlines()]
    lines = [line for line in lines if line]
    if not lines:
        return empty, _("type one line of numbers per word.")
    if len(lines) > MOST_ROWS or max(map(len, lines)) > MOST_COLUMNS:
        return empty, _("type at most {rows} rows of {columns} numbers.").format(
            rows=MOST_ROWS, columns=MOST_COLUMNS
        )
    if len(set(map(len, lines))) > 1:
        return empty, _("type equally many numbers in every row.")
    rows: list[list[float]] = []
    for line in lines:
        row = []
        for word in line:
            try:
                value = float(word.replace("−", "-"))
            except ValueError:
                return empty, _("“{word}” is not a number; type numbers such as 0.5 or -2.").format(
                    word=word[:20]
                )
            if not math.isfinite(value) or abs(value) > LARGEST:
                return empty, _("type numbers between −{n} and {n}.").format(n=round(LARGEST))
            row.append(value)
        rows.append(row)
    return torch.tensor(rows), ""
