"""Mistakes that people make with n-grams, shown by running them."""

from __future__ import annotations

import ui
from charts.format import count, number, probability
from core import ngrams as core
from pages.ngrams import controls, counted
from ui import _


def pitfalls() -> list[ui.Pitfall]:
    """Return the page's pitfalls."""
    return [
        ui.Pitfall(
            _("Comparing perplexities over different tokens"),
            _(
                "A model of words has a far higher perplexity than a model of characters, because "
                "each word is a choice between thousands. Compare bits per character. The best "
                "Kneser–Ney model of each kind on the King James Bible:"
            ),
            _different_tokens,
        ),
        ui.Pitfall(
            _("Improving the perplexity with unknown words"),
            _(
                "The more words become <unk>, the easier the text is to predict, although the "
                "model says less about it. Compare perplexities only over the same vocabulary. "
                "Bigrams with Kneser–Ney on the King James Bible:"
            ),
            _unknown_words,
        ),
        ui.Pitfall(
            _("Adding 1 to every count"),
            _(
                "Laplace adds V counts in all. After a context with fewer counts than V, most of "
                "the probability goes to tokens that never followed it. For the vocabulary of the "
                "page's text:"
            ),
            _laplace,
        ),
        ui.Pitfall(
            _("Choosing n or α on the held-out text and reporting that number"),
            _(
                "The minimum in the figure is found on the text on which it is measured, so it is "
                "slightly too good. For a result to report, use a third text."
            ),
        ),
    ]


def _bible(unit: str, least: int) -> counted.Counted:
    return counted.of(("bible", unit, ""), least)


def _different_tokens() -> None:
    """Words and characters on the same text."""
    rows = []
    for unit in core.UNITS:
        data = _bible(unit, 2)
        curve = core.measure(data.held_out, data.vocab_size, "kneser_ney")
        bits = curve.bits_per_character(data.corpus.tokens, data.corpus.characters)
        n = curve.best
        row = [str(n), number(curve.perplexity[n - 1]), number(bits[n - 1])]
        rows.append([controls.unit.names[unit], *row])
    head = [_("tokens"), "n", _("perplexity per token"), _("bits per character")]
    ui.table(head, rows, numbers=[1, 2, 3])


def _unknown_words() -> None:
    """The same bigram model with smaller and smaller vocabularies."""
    rows = []
    for least in (1, 2, 3, 5):
        data = _bible("words", least)
        curve = core.measure(data.held_out, data.vocab_size, "kneser_ney")
        row = [count(data.vocab_size), probability(data.unknown), number(curve.perplexity[1])]
        rows.append([str(least), *row])
    head = [_("fewest occurrences"), "V", _("unknown tokens"), _("perplexity per token")]
    ui.table(head, rows, numbers=[0, 1, 2, 3])


def _laplace() -> None:
    """What the tokens seen after a context keep."""
    size = counted.counted().vocab_size
    rows = [
        [count(c), probability(c / (c + size)), probability(c / (c + 0.01 * size))]
        for c in (1, 10, 100, 1000)
    ]
    head = [_("count of the context"), _("counts' share, α = 1"), _("counts' share, α = 0.01")]
    ui.table(head, rows, numbers=[0, 1, 2])
