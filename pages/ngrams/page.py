"""N-grams: describes the page."""

from __future__ import annotations

import ui
from core import ngrams as core
from pages.ngrams import controls, following, generated, model_line, order, repeated
from ui import _


def page() -> ui.Page:
    """Return the page's description."""
    return ui.Page(
        "ngrams",
        _("N-grams"),
        _(
            "An n-gram model predicts a token from the $n-1$ tokens before it, by counting. Small "
            "$n$: little context. Large $n$: most contexts have never been seen."
        ),
        controls=controls,
        views=[
            ui.View(
                "order",
                _("Perplexity and n"),
                order.draw,
                (
                    controls.n,
                    controls.smoothing,
                    controls.alpha,
                    controls.discount,
                    *controls.THE_TEXT,
                    model_line.buttons,
                    ui.More(controls.least),
                ),
            ),
            ui.View(
                "next",
                _("Next token"),
                following.draw,
                (controls.n, controls.context, controls.backoff_discount, *controls.THE_TEXT),
            ),
            ui.View(
                "generate",
                _("Generated text"),
                generated.draw,
                (
                    controls.seed,
                    controls.run_length,
                    controls.shown,
                    controls.drawn_from,
                    controls.start,
                    *controls.THE_TEXT,
                ),
            ),
            ui.View(
                "repeated",
                _("Repeated data"),
                repeated.draw,
                (
                    controls.copies,
                    controls.part,
                    controls.sentence,
                    controls.n,
                    controls.smoothing,
                    controls.alpha,
                    controls.discount,
                    *controls.THE_TEXT,
                    ui.More(controls.seed, controls.run_length, controls.least),
                ),
            ),
        ],
        sources=[
            ui.Source(core.count_ngrams, "Jurafsky and Martin, section 3.1"),
            ui.Source(core.probabilities, "Chen and Goodman (1999); Kneser and Ney (1995)"),
            ui.Source(core.measure, "Jurafsky and Martin, section 3.2"),
            ui.Source(core.interpolation, "Chen and Goodman (1999), section 2.8"),
            ui.Source(core.NGramModel),
            ui.Source(core.copied_runs, "Manber and Myers (1993)"),
        ],
    )


if __name__ == "__main__":
    ui.render(page())
