"""Unigram's training, round by round: EM, the lattice of a word, the pruned pieces."""

from __future__ import annotations

import math
from itertools import islice

import streamlit as st

import ui
from charts import tokenizers as charts
from charts.format import count, number, probability
from core.tokenizers.unigram import UnigramStep, UnigramTraining, encode_unigram, posterior
from core.tokenizers.unigram.lattice import Posterior, UnigramLattice
from pages.tokenizers import controls
from pages.tokenizers.chips import WORDS, word_chips
from ui import _

EXAMPLE_WORD = 8  # characters
ROWS, PRUNED = 9, 60  # of the table; chips


def draw(training: UnigramTraining) -> None:
    """Draw the lattice of a word in one round, what the round prunes, and all rounds."""
    word = controls.word.value or _example(training)
    with ui.figure():
        index = controls.training_round.draw(len(training.steps))
        step = training.steps[index]
        best = encode_unigram(word, step.log_probs).lattice
        draw_lattice(best, "tok_lat", posterior(word, step.log_probs))
        ui.note(_sentence(step, len(training.steps)), keep=True)
    size = step.vocab_size
    ui.facts(
        [
            ui.Fact(
                _("pieces"),
                f"{count(size)} → {count(size - len(step.pruned))}",
                _("{share} pruned").format(share=probability(len(step.pruned) / size, 2)),
            ),
            ui.Fact(
                _("loss during EM"),
                " → ".join(_apart(step.em[0].marginal_loss, step.marginal_loss)),
                _("nats, summed over all segmentations"),
            ),
            ui.Fact(
                _("loss during pruning"),
                " → ".join(_apart(step.loss, step.loss_after)),
                _("nats, best segmentation of each word"),
            ),
        ]
    )
    left, right = st.columns([1.25, 1], gap="medium")
    with left:
        _candidates(step)
    with right:
        ui.plot(
            charts.rounds_growth(training, index),
            key="tok_losses",
            alt=_(
                "In round {n} of {all} there are {vocab} pieces and the loss is {loss} nats."
            ).format(
                n=index + 1, all=len(training.steps), vocab=size, loss=number(step.marginal_loss, 4)
            ),
            height=380,
        )
    ui.tokens(
        word_chips(dict(islice(step.segmentations.items(), WORDS)), training.word_counts),
        key="tok_cuts",
        label=_("Words of the corpus in their best segmentation"),
    )
    explain_lattice()


def _sentence(step: UnigramStep, last: int) -> str:
    """Say what EM and the pruning of a round do."""
    before, after = _apart(step.em[0].marginal_loss, step.marginal_loss)
    em = _("Round {n} of {last}: EM changes the loss from {before} to {after} nats.").format(
        n=step.index + 1, last=last, before=before, after=after
    )
    if not step.pruned:
        return f"{em} {_('No piece is pruned: the vocabulary has the size that was asked for.')}"
    loss, loss_after = _apart(step.loss, step.loss_after)
    return f"{em} " + _(
        "Then {n} of {size} pieces are pruned, those whose removal raises the loss least. The loss "
        "of the best segmentations before and after it: {loss} → {loss_after} nats."
    ).format(
        n=count(len(step.pruned)),
        size=count(step.vocab_size),
        loss=loss,
        loss_after=loss_after,
    )


def _apart(before: float, after: float) -> tuple[str, str]:
    """Write two numbers with as many digits as tell them apart, at least four."""
    for digits in range(4, 8):
        if number(before, digits) != number(after, digits):
            return number(before, digits), number(after, digits)
    return number(before, 4), number(after, 4)


def _example(training: UnigramTraining) -> str:
    """The longest word of the corpus whose lattice is easy to read."""
    fitting = [word for word in training.word_counts if len(word) <= EXAMPLE_WORD]
    return max(fitting or [min(training.word_counts, key=len)[:EXAMPLE_WORD]], key=len)


def draw_lattice(result: UnigramLattice, key: str, ways: Posterior | None = None) -> None:
    """Draw a lattice with its best path; with `ways`, an arc is as thick as it is probable."""
    ui.plot(
        charts.lattice(result, ways),
        key=key,
        alt=_("The best segmentation of {word} is {tokens}, with log-probability {n} nats.").format(
            word=ui.plain(result.word),
            tokens=" + ".join(ui.plain(token) for token in result.tokens),
            n=number(result.log_prob, 4),
        ),
        height=400,
        least_width=min(90 * len(result.word), 600),
    )


def explain_lattice() -> None:
    """Say how to read a lattice."""
    ui.note(
        _(
            "Each arc is a piece of the vocabulary with its ln P. A path from left to right is a "
            "segmentation; the best one is green. The number below a position is the best sum of "
            "ln P up to there (Viterbi)."
        )
    )


def _candidates(step: UnigramStep) -> None:
    """The pieces whose removal costs least: those that are pruned, and the first that stay."""
    order = sorted(
        (piece for piece in step.deltas if len(piece) > 1),
        key=lambda piece: (step.deltas[piece], step.log_probs[piece], piece),
    )
    gone = len(step.pruned)
    first = max(0, min(gone - ROWS // 2, len(order) - ROWS))
    ui.formula(rf"\mathcal{{L}} = -\sum_w f(w) \ln P(w) = {step.loss:.4g}")
    ui.table(
        [_("piece"), _("probability"), _("loss increase if pruned, nats"), ""],
        [
            ui.Row(
                [
                    ui.plain(piece),
                    probability(math.exp(step.log_probs[piece]), 2),
                    f"+{number(step.deltas[piece], 3)}",
                    _("pruned") if place < gone else _("stays"),
                ],
                mark="off" if place < gone else "",
            )
            for place, piece in list(enumerate(order))[first : first + ROWS]
        ],
        numbers=[1, 2],
    )
    ui.tokens(
        [
            ui.Token(piece, note=f"+{number(step.deltas[piece], 2)}", muted=True)
            for piece in step.pruned[:PRUNED]
        ],
        key="tok_pruned",
        label=_("Pieces pruned in this round, and how much the loss rises for each"),
    )
    ui.note(_("Pruned in this round: {n}; at most {shown} are shown.").format(n=gone, shown=PRUNED))
