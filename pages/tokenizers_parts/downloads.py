"""Tables to take away: what was learned, one step's table, the tokens of the visitor's text."""

from __future__ import annotations

import csv
import io
import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import astuple

import ui
from core.tokenizers.bpe import BPETraining
from core.tokenizers.spelling import spelled
from core.tokenizers.unigram import UnigramTraining
from core.tokenizers.walk import Walk
from core.tokenizers.wordpiece import WordPieceStep, WordPieceTraining
from pages.tokenizers_parts import real, use, walking
from pages.tokenizers_parts.settings import held, trained
from ui import _

Row = Sequence[object]


def downloads() -> list[ui.Download]:
    """All three; each is made on the click."""
    return [
        ui.Download(_("Merges or pieces (CSV)"), "merges.csv", _safe(learned)),
        ui.Download(_("Table of this step (CSV)"), "step.csv", _safe(step_table)),
        ui.Download(_("Tokens of your text (CSV)"), "tokens.csv", _safe(tokens)),
    ]


def _safe(make: Callable[[], str]) -> Callable[[], str]:
    """A table, or the sentence that the page shows too (an empty corpus, a missing model)."""

    def made() -> str:
        try:
            return make()
        except (ValueError, ui.Notice) as error:
            return _csv(["error"], [[str(error)]])

    return made


def _csv(head: Sequence[str], rows: Iterable[Row]) -> str:
    held_text = io.StringIO()
    writer = csv.writer(held_text, lineterminator="\n")
    writer.writerow(head)
    writer.writerows(rows)
    return held_text.getvalue()


def learned() -> str:
    """Every merge in order; of a Unigram every piece."""
    training = trained(held())
    if isinstance(training, UnigramTraining):
        return _csv(
            ["piece", "log_probability", "probability"],
            (
                [ui.plain(piece), f"{training.log_probs[piece]:.9g}", f"{p:.9g}"]
                for piece in training.vocab
                for p in [math.exp(training.log_probs[piece])]
            ),
        )
    unit = training.unit if isinstance(training, BPETraining) else "char"
    head = ["merge", "left", "right", "merged", "count", "places", "vocabulary", "corpus_length"]
    rows: list[Row] = [
        [
            step.index + 1,
            *(ui.plain(spelled(part, unit)) for part in (*step.pair, step.merged)),
            step.count,
            step.places,
            step.vocab_size,
            step.corpus_length,
        ]
        for step in training.steps
    ]
    if isinstance(training, WordPieceTraining):
        head += ["left_count", "right_count", "score"]
        rows = [
            [*row, step.left_count, step.right_count, f"{step.score:.9g}"]
            for row, step in zip(rows, training.steps, strict=True)
        ]
    return _csv(head, rows)


def step_table() -> str:
    """All pairs that the current merge was chosen from; of a Unigram all pieces of the round."""
    training = trained(held())
    if isinstance(training, UnigramTraining):
        now = training.steps[_within(ui.get("tok_round", 0), len(training.steps))]
        return _csv(
            ["round", "piece", "log_probability", "loss_increase", "pruned"],
            (
                [
                    now.index + 1,
                    ui.plain(piece),
                    f"{now.log_probs[piece]:.9g}",
                    f"{delta:.9g}",
                    int(piece in now.pruned),
                ]
                for piece, delta in now.deltas.items()
            ),
        )
    head = ["merge", "left", "right", "count", "score", "chosen"]
    if not training.steps:
        return _csv(head, [])
    step = training.steps[_within(ui.get("tok_step", 0), len(training.steps))]
    unit = training.unit if isinstance(training, BPETraining) else "char"
    scores = step.scores if isinstance(step, WordPieceStep) else {}
    return _csv(
        head,
        (
            [
                step.index + 1,
                *(ui.plain(spelled(part, unit)) for part in pair),
                n,
                f"{scores[pair]:.9g}" if pair in scores else "",
                int(pair == step.pair),
            ]
            for pair, n in step.pair_counts.items()
        ),
    )


def tokens() -> str:
    """The tokens of the text of "Real ones" where that is open, else of "Use it"."""
    if ui.get(ui.view_key("tokenizers")) == "real":
        which = ui.get("tok_real_of", "lm")
        known = real.named(which)
        if known is None:
            return _csv(["token", "id", "piece", "unknown"], [])
        return _tokens(real.walked(known[0], _text("tok_real", real.TEXT), known[1])[1])
    return _tokens(use.walked(astuple(held()), _text("tok_use", use.TEXT)))


def _text(key: str, start: str) -> str:
    return str(ui.get(key, start))[: walking.TEXT]


def _tokens(run: Walk) -> str:
    rows: list[Row] = []
    for number, piece in enumerate(run.pieces, 1):
        steps = piece.steps
        for token, index, unknown in zip(steps.tokens, steps.ids, steps.unknown, strict=True):
            shown = ui.plain(run.spelled(token))
            rows.append([shown, index if index >= 0 else "", number, int(unknown)])
    return _csv(["token", "id", "piece", "unknown"], rows)


def _within(index: int, length: int) -> int:
    return min(max(0, int(index)), length - 1)
