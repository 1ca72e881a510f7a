"""What n-gram counts say about the tokens of a text: the input of every smoothing method."""

from __future__ import annotations

from dataclasses import dataclass, fields, replace

from torch import Tensor

from core.checks import integer


@dataclass(frozen=True, slots=True)
class Events:
    """What the counts say about T predictions, at every order. All fields are (n, T) float64.

    Row m is about the last m tokens of the context.

    Attributes:
        counts: c(context, token).
        totals: c(context), 0 if the context never occurs.
        types: number of distinct tokens after the context.
        before: number of distinct tokens before (context, token); 0 in the last row.
        before_totals: the same, summed over the tokens after the context.
    """

    counts: Tensor
    totals: Tensor
    types: Tensor
    before: Tensor
    before_totals: Tensor

    def of_order(self, n: int, smoothing: str) -> Events:
        """Return the rows that a model of order n uses: n with Kneser-Ney, otherwise the last."""
        integer("n", n, 1, len(self.counts))
        rows = slice(0 if smoothing == "kneser_ney" else n - 1, n)
        return Events(*(getattr(self, field.name)[rows] for field in fields(self)))

    def repeated(self, copies: int, extra: Events | None = None) -> Events:
        """Return the same predictions after a part of the training text occurs `copies` times.

        Only counts and totals grow; no n-gram is new, so types and continuations stay.

        Args:
            copies: how often the part occurs in all; at least 1.
            extra: the predictions under the counts of the part alone; None repeats everything.
        """
        more = integer("copies", copies, 1) - 1
        part = self if extra is None else extra
        return replace(
            self,
            counts=self.counts + more * part.counts,
            totals=self.totals + more * part.totals,
        )
