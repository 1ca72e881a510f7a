"""What of a small attention layer is looked at, and the pieces of text that spell it out."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache

from torch import Tensor

from charts.attention.block import written
from charts.theme import escape
from core.attention import AttentionTrace

TERMS = 6  # of a sum, spelled out in a hover


@dataclass(frozen=True, slots=True)
class Projections:
    """The layer's matrices, as x multiplies them: (D, H·d) for Q, K, V and (H·d, D) after."""

    q: Tensor
    k: Tensor
    v: Tensor
    out: Tensor


@dataclass(frozen=True, slots=True)
class HandView:
    """What of a trace is looked at: one sentence and one head.

    Attributes:
        trace: from `MultiHeadSelfAttention`, or from `attention` with axes (B, H, T, d).
        words: the sentence's T words.
        sentence: its place in the batch.
        head: the query head.
        projections: the layer's matrices; None where Q, K and V were given.
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
    """The layer's matrices, which there must be."""
    if view.projections is None:
        raise ValueError("Q, K and V were given: there is no layer whose matrices could be drawn.")
    return view.projections


def given(tensor: Tensor | None) -> Tensor:
    """A part of the trace that only a layer's trace has."""
    if tensor is None:
        raise ValueError("this trace has no X: it was not made by MultiHeadSelfAttention.")
    return tensor


def word(view: HandView, place: int) -> str:
    """A word of the sentence, as Plotly must get it."""
    return escape(view.words[place])


def pair(view: HandView, query: int, key: int) -> str:
    """Who looks at whom."""
    return f"{word(view, query)} → {word(view, key)}"


def products(left: Sequence[str], right: Sequence[str]) -> str:
    """The first terms of a scalar product: "0.50·1.20 + −1.00·0.30 + …"; see `factors`."""
    terms = [f"{a}·{b}" for a, b in zip(left[:TERMS], right[:TERMS], strict=True)]
    return " + ".join([*terms, "…"] if len(left) > TERMS else terms)


def factors(matrix: Tensor) -> Callable[[int], list[str]]:
    """A matrix's rows, each number as `brief` writes it; a row is written when it is asked for."""

    @cache
    def row(place: int) -> list[str]:
        return [brief(x) for x in matrix[place].tolist()]

    return row


def brief(x: float) -> str:
    """A number in an arithmetic: two decimals."""
    if math.isinf(x):
        return written(x).replace("-", "−")
    text = f"{x:.2f}"
    if text[0] != "-":  # most of them, and this is called thousands of times a figure
        return text
    return "0.00" if text == "-0.00" else "−" + text[1:]
