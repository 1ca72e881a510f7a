"""The part of a small attention layer that is shown, and its arithmetic as text."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache

from torch import Tensor

from charts.attention.block import written
from charts.theme import escape
from core.attention import AttentionTrace, explain_cell

TERMS = 6  # terms of a sum that a hover text writes out


@dataclass(frozen=True, slots=True)
class Projections:
    """The layer's matrices, which x is multiplied by: (D, H·d) for Q, K, V; (H·d, D) for out."""

    q: Tensor
    k: Tensor
    v: Tensor
    out: Tensor


@dataclass(frozen=True, slots=True)
class HandView:
    """The sentence and the head of a trace that are shown.

    Attributes:
        trace: From `MultiHeadSelfAttention`, or from `attention` with axes (B, H, T, d).
        words: The sentence's T words.
        sentence: Its index in the batch.
        head: The query head.
        projections: The layer's matrices; None if Q, K and V were typed in.
    """

    trace: AttentionTrace
    words: Sequence[str]
    sentence: int = 0
    head: int = 0
    projections: Projections | None = None

    @property
    def sizes(self) -> tuple[int, int, int, int]:
        """B, H, T, d."""
        B, H, T, d = self.trace.q.shape
        return B, H, T, d


def layer_of(view: HandView) -> Projections:
    """Return the layer's matrices.

    Raises:
        ValueError: There is no layer, because Q, K and V were typed in.
    """
    if view.projections is None:
        raise ValueError("layer_of: Q, K and V were typed in, so there are no projection matrices.")
    return view.projections


def required(tensor: Tensor | None) -> Tensor:
    """Return a field of the trace that only a layer's trace has."""
    if tensor is None:
        raise ValueError("required: the trace does not come from MultiHeadSelfAttention.")
    return tensor


def word(view: HandView, place: int) -> str:
    """Return a word of the sentence, escaped for Plotly."""
    return escape(view.words[place])


def pair(view: HandView, query: int, key: int) -> str:
    """Return query and key as "query → key"."""
    return f"{word(view, query)} → {word(view, key)}"


def products(left: Sequence[str], right: Sequence[str]) -> str:
    """Return the first terms of a dot product: "0.50·1.20 + −1.00·0.30 + …"; see `factors`."""
    terms = [f"{a}·{b}" for a, b in zip(left[:TERMS], right[:TERMS], strict=True)]
    return " + ".join([*terms, "…"] if len(left) > TERMS else terms)


def factors(matrix: Tensor) -> Callable[[int], list[str]]:
    """Return a function that formats the numbers of a row with `brief`; rows are cached."""

    @cache
    def row(place: int) -> list[str]:
        return [brief(x) for x in matrix[place].tolist()]

    return row


def brief(x: float) -> str:
    """Format a number of a calculation with two decimals."""
    if math.isinf(x):
        return written(x).replace("-", "−")
    text = f"{x:.2f}"
    if text[0] != "-":  # the common case; this is called thousands of times per figure
        return text
    return "0.00" if text == "-0.00" else "−" + text[1:]


def weight_formula(view: HandView) -> str:
    """Return the last word's largest weight and its calculation, in LaTeX."""
    at = (view.sentence, view.head)
    query = view.sizes[2] - 1
    key = int(view.trace.weights[(*at, query)].argmax())
    cell = explain_cell(view.trace, query, key, at)
    q, k = f"q_{{{query + 1}}}", f"k_{{{key + 1}}}"
    weight = f"w_{{{query + 1},{key + 1}}}"
    if cell.row_sum == 0:
        return rf"{weight} = 0"
    most = f"{cell.row_max:.2f}" if cell.row_max >= 0 else f"({cell.row_max:.2f})"
    return (
        rf"{weight} = \frac{{e^{{{q}\cdot {k}/\sqrt{{d}}}}}}"
        rf"{{\sum_j e^{{{q}\cdot k_j/\sqrt{{d}}}}}}"
        rf" = \frac{{e^{{{cell.dot:.2f}/\sqrt{{{view.sizes[3]}}} - {most}}}}}"
        rf"{{{cell.row_sum:.2f}}} = {cell.weight:.2f}"
    )
