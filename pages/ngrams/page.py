"""N-grams: describes the page."""

from __future__ import annotations

import ui
from core import ngrams as core
from pages.ngrams import controls, following, generated, model_line, order, questions, repeated
from pages.ngrams.downloads import downloads
from pages.ngrams.pitfalls import pitfalls
from ui import _


def page() -> ui.Page:
    """Return the page's description."""
    return ui.Page(
        "ngrams",
        _("N-grams"),
        _("An n-gram model predicts a token from the $n-1$ tokens before it, by counting."),
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
        sentences=[
            lambda text: ui.state("next", context=text),
        ],
        scenarios=[
            ui.Scenario(
                _("No smoothing"),
                ui.state("order", smoothing="mle", n=2),
                _(
                    "Without smoothing one unseen pair of tokens is enough for an infinite "
                    "perplexity on held-out text."
                ),
            ),
            ui.Scenario(
                "Kneser–Ney",
                ui.state("order", smoothing="kneser_ney", n=4),
                _("Kneser–Ney backs off to shorter contexts, so a larger n hardly hurts."),
            ),
            ui.Scenario(
                _("Characters"),
                ui.state("order", unit="characters", n=4),
                _("With characters as tokens, contexts repeat more often: the best n is larger."),
            ),
            ui.Scenario(
                _("Backing off"),
                ui.state("next", context="In the beginning God created the whale and the", n=6),
                _(
                    "The last five words never occur together. Kneser–Ney passes their weight on "
                    "to shorter contexts until one has been seen."
                ),
            ),
            ui.Scenario(
                _("New names"),
                ui.state("generate", source="names", shown=["1", "2", "3", "4", "6"]),
                _("Small n: unpronounceable. Large n: names from the list. In between: new names."),
            ),
            ui.Scenario(
                _("Memorized sentence"),
                ui.state(
                    "repeated",
                    part="sentence",
                    smoothing="kneser_ney",
                    sentence=31,
                    copies=200,
                ),
                _(
                    "One sentence occurs 200 times: its own loss falls towards 0, and the losses "
                    "of all other text rise."
                ),
            ),
        ],
        experiments=[
            ui.Experiment(
                _("A longer context"),
                _("Move n from 2 to 4 and watch both curves and the bars of unseen contexts."),
                ui.state("order", n=4),
                ui.Question(
                    _(
                        "n rises from 2 to 4, so that the model sees three words of context "
                        "instead of one. The perplexity on held-out text …"
                    ),
                    [_("falls"), _("stays about the same"), _("rises")],
                    questions.longer_context,
                    start=ui.state("order", n=2),
                ),
            ),
            ui.Experiment(
                _("Recitation"),
                _("Compare the texts of n = 2 and n = 5; copied tokens are orange."),
                ui.state("generate", shown=["2", "5"]),
                ui.Question(
                    _(
                        "At n = 2 hardly anything is copied. n rises to 5. The share of tokens in "
                        "runs of 6 or more that are copied from the training text …"
                    ),
                    [_("stays below 10 %"), _("is about a half"), _("is more than 90 %")],
                    questions.copied_share,
                    start=ui.state("generate", shown=["2"]),
                ),
            ),
            ui.Experiment(
                _("The same text 100 times"),
                _("Without smoothing, drag k: both losses stay where they are."),
                ui.state("repeated", smoothing="mle", copies=100),
                ui.Question(
                    _(
                        "The whole training text is repeated 100 times. Without smoothing, the "
                        "loss on the training text …"
                    ),
                    [_("falls"), _("stays exactly the same"), _("rises")],
                    questions.hundred_copies,
                    start=ui.state("repeated", smoothing="mle", copies=1),
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
        pitfalls=pitfalls(),
        downloads=downloads(),
    )


if __name__ == "__main__":
    ui.render(page())
