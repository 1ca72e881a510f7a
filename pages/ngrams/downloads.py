"""The tables of the n-gram page."""

from __future__ import annotations

import ui
from core import ngrams as core
from pages.ngrams import controls, counted, following, generated, order, repeated
from ui import _


def downloads() -> list[ui.Download]:
    """Return the page's downloads."""
    return [
        ui.Download(_("Perplexity by n (CSV)"), "ngrams-perplexity.csv", _perplexity),
        ui.Download(_("Next token (CSV)"), "ngrams-next-token.csv", _next_token),
        ui.Download(_("Generated text (CSV)"), "ngrams-generated.csv", _generated),
        ui.Download(_("Repetition (CSV)"), "ngrams-repetition.csv", _repetition),
    ]


def _perplexity() -> ui.Table:
    """Return every method's held-out perplexity, and the chosen one's on the training text."""
    found, shares = order.curves(), counted.counted().unseen
    header = ["n", *(counted.title(name) for name in found), _("training text")]
    header += [_("context never seen"), _("token never seen after it")]
    columns = [curve.perplexity for curve in found.values()]
    columns += [order.training().perplexity]
    columns += [[s.contexts for s in shares], [s.events for s in shares]]
    return header, [[n, *row] for n, row in enumerate(zip(*columns, strict=True), start=1)]


def _next_token() -> ui.Table:
    """Return the counts and probabilities of every token after the context, at every n."""
    counts, events = following.predictions()
    discount = controls.backoff_discount.value
    smooth = core.probabilities(events, len(counts.vocabulary), "kneser_ney", discount=discount)
    header = ["n", _("token"), _("count"), _("count of the context"), "Kneser–Ney"]
    rows = []
    for n in range(1, counts.n + 1):
        top = smooth[n - 1].topk(min(200, len(counts.vocabulary)))
        for p, i in zip(top.values.tolist(), top.indices.tolist(), strict=True):
            pair = [int(field[n - 1, i]) for field in (events.counts, events.totals)]
            rows.append([n, counts.vocabulary[i], *pair, p])
    return header, rows


def _generated() -> ui.Table:
    """Return every generated token, and how long the run from there on is."""
    header = ["n", _("position"), _("token"), _("tokens copied from here on")]
    rows = [
        [n, i, token, match]
        for n, text in enumerate(generated.texts(), start=1)
        for i, (token, match) in enumerate(
            zip(text.tokens, text.copied.matches, strict=True), start=1
        )
    ]
    return header, rows


def _repetition() -> ui.Table:
    """Return the losses by the number of occurrences."""
    header = ["k", *repeated.names()]
    return header, [[k, *repeated.losses(k)] for k in repeated.GRID]
