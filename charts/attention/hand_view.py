"""The part of a small attention layer that is shown, and one weight as a formula."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from torch import Tensor

from charts.attention.block import weight_text
from charts.theme import escape
from core.attention import AttentionTrace, explain_cell


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


def largest_cell(view: HandView) -> tuple[int, int]:
    """Return the last word and the word to which it attends most."""
    query = view.sizes[2] - 1
    return query, int(view.trace.weights[view.sentence, view.head, query].argmax())


def weight_formula(view: HandView, query: int, key: int) -> str:
    """Return a weight and its calculation, in LaTeX."""
    cell = explain_cell(view.trace, query, key, (view.sentence, view.head))
    q, k = f"q_{{{query + 1}}}", f"k_{{{key + 1}}}"
    weight = f"w_{{{query + 1},{key + 1}}}"
    if cell.masked_score == -math.inf:
        return rf"{weight} = 0 \quad (s_{{{query + 1},{key + 1}}} = -\infty)"
    most = f"{cell.row_max:.2f}" if cell.row_max >= 0 else f"({cell.row_max:.2f})"
    shown = weight_text(cell.weight)
    relation = "" if shown[0] in "<>" else "= "
    return (
        rf"{weight} = \frac{{e^{{{q}\cdot {k}/\sqrt{{d}}}}}}"
        rf"{{\sum_j e^{{{q}\cdot k_j/\sqrt{{d}}}}}}"
        rf" = \frac{{e^{{{cell.dot:.2f}/\sqrt{{{view.sizes[3]}}} - {most}}}}}"
        rf"{{{cell.row_sum:.2f}}} {relation}{shown}"
    )
