"""The answers to the page's questions, computed."""

from __future__ import annotations

from charts.format import number, probability
from pages.ngrams import counted, generated, order, repeated
from ui import _


def longer_context() -> tuple[int, str]:
    """Return what happens to the held-out perplexity from n = 2 to n = 4."""
    curve = order.curves()["lidstone"]
    before, after = curve.perplexity[1], curve.perplexity[3]
    index = 0 if after < before / 1.1 else 2 if after > before * 1.1 else 1
    share = counted.counted().unseen[3].contexts
    text = _(
        "It goes from {a} to {b}: {share} of the contexts of three words in the held-out text "
        "never occur in the training text, and about those the counts say nothing."
    )
    return index, text.format(a=number(before), b=number(after), share=probability(share))


def copied_share() -> tuple[int, str]:
    """Return how much of the text at n = 5 is copied."""
    text = generated.texts()[4]
    share = text.copied.share
    index = 0 if share < 0.1 else 1 if share < 0.9 else 2
    said = _(
        "{share} of the tokens are copied; the longest run has {k} tokens. After most contexts of "
        "four words only one word was ever seen, so the model recites."
    )
    start, stop = text.copied.longest
    return index, said.format(share=probability(share), k=stop - start)


def hundred_copies() -> tuple[int, str]:
    """Return what repeating the whole text does to an unsmoothed model."""
    before, after = repeated.losses(1)[0], repeated.losses(100)[0]
    index = 1 if abs(after - before) < 1e-6 else 0 if after < before else 2
    text = _(
        "{a} bits before, {b} bits after: every count is multiplied by 100, and so is the count "
        "of its context. Repetition changes a count-based model only through its smoothing."
    )
    return index, text.format(a=number(before), b=number(after))
