"""Questions of the page: the visitor predicts, then the page shows the answer."""

from __future__ import annotations

import ui
from charts.format import number, probability
from pages.home import controls, reading
from ui import _, models

BEFORE, AFTER = "The capital of France is", "The capital of France was"
SEEDS = (2, 4)


def experiments() -> list[ui.Experiment]:
    """Return the page's experiments."""
    return [
        ui.Experiment(
            _("Another seed"),
            _("Only the last station is random. Move the seed, then the temperature."),
            ui.state("map", temperature=2.0, seed=SEEDS[1]),
            ui.Question(
                _("Only the seed changes. On this map, …"),
                [
                    _("only the drawn token can change"),
                    _("the probabilities of the next token change, too"),
                    _("attention, gates and probabilities change, too"),
                ],
                _seed,
                start=ui.state("map", temperature=2.0, seed=SEEDS[0]),
            ),
        ),
        ui.Experiment(
            _("Another last word"),
            _(
                "Change the last word: all rows of the attention panel except the last one stay "
                "the same."
            ),
            ui.state("map", text=AFTER),
            ui.Question(
                _(
                    "The last word of “The capital of France is” becomes “was”. In the attention "
                    "panel, the rows of the first four tokens …"
                ),
                [
                    _("change a little"),
                    _("change completely"),
                    _("stay exactly as they are"),
                ],
                _last_word,
                start=ui.state("map", text=BEFORE),
            ),
        ),
    ]


def _seed() -> tuple[int, str]:
    """Compare the map at two seeds."""
    ids, temperature = reading.current_ids(), controls.temperature.value
    first, second = (reading.choose(ids, temperature, seed) for seed in SEEDS)
    text = _(
        "The seed affects only the last step. The probability of “{token}” is {before} with seed "
        "{a} and {after} with seed {b}; seed {a} draws “{one}”, seed {b} draws “{two}”."
    )
    return int(first.probs != second.probs), text.format(
        token=reading.word(first.ids[0]),
        before=probability(first.probs[0]),
        after=probability(second.probs[0]),
        a=SEEDS[0],
        b=SEEDS[1],
        one=reading.word(first.drawn),
        two=reading.word(second.drawn),
    )


def _last_word() -> tuple[int, str]:
    """Compare the attention of the first tokens in all layers and heads."""
    encode = models.language_model().encode
    before, after = (reading.read(tuple(encode(text))) for text in (BEFORE, AFTER))
    n = len(before.ids) - 1
    change = float((before.weights - after.weights)[:, :, :n, :n].abs().max())
    last = float((before.weights - after.weights)[:, :, n].abs().max())
    small, large = 1e-4, 0.5
    text = _(
        "In all layers and heads, the weights in these rows differ by at most {change}, those in "
        "the last row by up to {last}. Under the causal mask, no token attends to a later one."
    )
    right = 2 if change < small else 0 if change < large else 1
    return right, text.format(change=number(round(change, 6), 2), last=number(last, 2))
