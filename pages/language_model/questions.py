"""The outcomes of the questions that the page asks."""

from __future__ import annotations

from itertools import pairwise

from charts.format import number
from pages.language_model import scored, texts
from ui import _

COPIES = 3


def bits_of_the_second_copy() -> tuple[int, str]:
    """Return whether the second copy takes about as much, about half, or less than a third."""
    ends = [len(scored.encode(" ".join([texts.ONCE] * n)).ids) for n in range(COPIES + 1)]
    surprisal = scored.score(texts.REPEATED).chain.surprisal
    bits = [float(surprisal[a:b].sum()) for a, b in pairwise(ends)]
    share = bits[1] / bits[0]
    index = 0 if share > 2 / 3 else 1 if share > 1 / 3 else 2
    why = _(
        "The copies take {first}, {second} and {third} bits. The model copies from its context: "
        "after the first words of a copy, the rest is nearly certain."
    )
    return index, why.format(
        **dict(zip(("first", "second", "third"), map(number, bits), strict=True))
    )
