"""The tables of the tokenizer page."""

from __future__ import annotations

import math

import ui
from core.tokenizers.spelling import spelled
from core.tokenizers.unigram import UnigramTraining
from core.tokenizers.walk import Walk
from core.tokenizers.wordpiece import WordPieceStep, WordPieceTraining
from pages.tokenizers import controls, real, use
from pages.tokenizers.setups import trained
from pages.tokenizers.training import setup
from ui import _


def downloads() -> list[ui.Download]:
    """Return what the page offers."""
    return [
        ui.Download(_("Merges or pieces (CSV)"), "merges.csv", _learned),
        ui.Download(_("Candidates of this step (CSV)"), "step.csv", _candidates),
        ui.Download(_("Encoded text (CSV)"), "tokens.csv", lambda: _tokens(use.walk())),
        ui.Download(_("Pretrained tokens (CSV)"), "pretrained.csv", _pretrained),
    ]


def _learned() -> ui.Table:
    """All merges in order; for Unigram, all pieces."""
    training = trained(setup())
    if isinstance(training, UnigramTraining):
        return [_("piece"), _("ln probability"), _("probability")], [
            (ui.plain(piece), training.log_probs[piece], math.exp(training.log_probs[piece]))
            for piece in training.vocab
        ]
    unit = setup().unit
    header = [_("merge"), _("left"), _("right"), _("merged"), _("count"), _("places")]
    header += [_("vocabulary"), _("corpus length")]
    if isinstance(training, WordPieceTraining):
        header += [_("count of the left"), _("count of the right"), _("score")]
    rows: list[list[object]] = []
    for step in training.steps:
        parts = (ui.plain(spelled(part, unit)) for part in (*step.pair, step.merged))
        sizes = (step.count, step.places, step.vocab_size, step.corpus_length)
        row: list[object] = [step.index + 1, *parts, *sizes]
        if isinstance(step, WordPieceStep):
            row += [step.left_count, step.right_count, step.score]
        rows.append(row)
    return header, rows


def _candidates() -> ui.Table:
    """The pairs that the current merge was chosen from; for Unigram, the pieces of the round."""
    training = trained(setup())
    if isinstance(training, UnigramTraining):
        step = training.steps[controls.training_round.within(len(training.steps))]
        header = [_("round"), _("piece"), _("ln probability"), _("loss increase"), _("pruned")]
        return header, [
            (
                step.index + 1,
                ui.plain(piece),
                step.log_probs[piece],
                delta,
                int(piece in step.pruned),
            )
            for piece, delta in step.deltas.items()
        ]
    header = [_("merge"), _("left"), _("right"), _("count"), _("score"), _("chosen")]
    if not training.steps:
        return header, []
    step, unit = training.steps[controls.step.within(len(training.steps))], setup().unit
    scores = step.scores if isinstance(step, WordPieceStep) else {}
    return header, [
        (
            step.index + 1,
            *(ui.plain(spelled(part, unit)) for part in pair),
            n,
            scores.get(pair, ""),
            int(pair == step.pair),
        )
        for pair, n in step.pair_counts.items()
    ]


def _pretrained() -> ui.Table:
    return _tokens(real.stepped()[2])


def _tokens(run: Walk) -> ui.Table:
    return [_("token"), _("id"), _("pre-token"), _("unknown")], [
        (ui.plain(run.spelled(token)), index if index >= 0 else "", place, int(unknown))
        for place, piece in enumerate(run.pieces, 1)
        for token, index, unknown in zip(
            piece.steps.tokens, piece.steps.ids, piece.steps.unknown, strict=True
        )
    ]
