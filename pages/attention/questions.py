"""The outcomes of the questions that the page asks."""

from __future__ import annotations

from charts.format import count
from pages.attention import controls, masks
from ui import _


def weights_of_an_empty_row() -> tuple[int, str]:
    """Return whether rows without an allowed key hold zeros, equal weights, or NaN."""
    combined, trace = masks.current(controls.mask_words())
    empty = combined.fully_masked_rows[0].nonzero().flatten().tolist()
    row = trace.weights[0, 0][empty[0]]
    index = 2 if bool(row.isnan().any()) else 0 if not bool(row.any()) else 1
    why = _(
        "{n} rows have no allowed key, so all their scores are −∞. Softmax divides the sum of "
        "e^(−∞) = 0 by itself, and 0/0 is NaN. One such row is enough to make the loss NaN."
    )
    return index, why.format(n=count(len(empty)))
