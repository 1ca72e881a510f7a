"""Unigram's training, round by round: EM, a word's lattice, what is pruned."""

from __future__ import annotations

import math
from collections.abc import Mapping

import streamlit as st

import ui
from charts import tokenizers as charts
from charts.format import count, number, probability
from core.tokenizers.unigram import UnigramStep, UnigramTraining, encode_unigram, posterior
from core.tokenizers.unigram.lattice import UnigramLattice
from pages.tokenizers_parts.chips import WORDS, words_strip
from ui import _

FITTING_WORD = 8  # characters, on a phone too
LONGEST_WORD = 12  # characters of a lattice
ROWS, PRUNED = 9, 60


def draw(training: UnigramTraining) -> None:
    """Draw the view."""
    left, right = st.columns([1.5, 1], gap="large")
    with left:
        index = ui.stepper(
            _("Round"), len(training.steps), key="tok_round", name=_("round"), first=1
        )
        step = training.steps[index]
        facts(training, step)
        first = example(training)
        typed = ui.live_text(_("The lattice of"), "", key="tok_word", placeholder=ui.plain(first))
        lattice_of(step.log_probs, typed or first, "tok_lat")
        shown = list(step.segmentations)[:WORDS]
        words_strip(
            step.segmentations,
            shown,
            training.word_counts,
            key="tok_cuts",
            label=_("Words of the corpus, each cut the best way"),
        )
    with right:
        candidates(step)
        ui.plot(
            charts.rounds_growth(training, index),
            key="tok_losses",
            alt=_(
                "In round {n} of {all} there are {vocab} pieces, the corpus is {length} tokens "
                "long, and the loss is {loss} nats."
            ).format(
                n=index + 1,
                all=len(training.steps),
                vocab=step.vocab_size,
                length=step.corpus_length,
                loss=number(step.marginal_loss, 4),
            ),
            height=380,
        )


def example(training: UnigramTraining) -> str:
    """A word of the corpus whose lattice is worth a look: the longest that fits well."""
    fitting = [word for word in training.word_counts if len(word) <= FITTING_WORD]
    if fitting:
        return max(fitting, key=len)
    return min(training.word_counts, key=len)[:FITTING_WORD]


def facts(training: UnigramTraining, step: UnigramStep) -> None:
    """What the round does."""
    left = step.vocab_size - len(step.pruned)
    first = step.em[0].marginal_loss
    ui.facts(
        [
            ui.Fact(
                _("round {n}").format(n=step.index + 1),
                f"{count(step.vocab_size)} → {count(left)}",
                _("pieces; {share} pruned").format(
                    share=probability(len(step.pruned) / step.vocab_size, 2)
                ),
            ),
            ui.Fact(
                _("EM lowers the loss"),
                f"{number(first, 4)} → {number(step.marginal_loss, 4)}",
                _("nats, all cuts of each word"),
            ),
            ui.Fact(
                _("pruning raises it"),
                f"{number(step.loss, 4)} → {number(step.loss_after, 4)}",
                _("nats, best cut of each word"),
            ),
        ]
    )


def lattice_of(log_probs: dict[str, float], word: str, key: str) -> None:
    """All cuts of a word and the best of them, each piece as thick as it is probable."""
    if len(word) > LONGEST_WORD:
        ui.note(_("The first {n} characters.").format(n=LONGEST_WORD))
        word = word[:LONGEST_WORD]
    ways = posterior(word, log_probs)
    shares = {
        (edge.start, edge.stop): share
        for edge, share in zip(ways.edges, ways.edge_probs, strict=True)
    }
    lattice(encode_unigram(word, log_probs).lattice, shares, key)


def lattice(
    result: UnigramLattice, shares: Mapping[tuple[int, int], float], key: str, height: int = 300
) -> None:
    """A lattice with its best path; `shares` as in the chart, empty where nobody summed."""
    cut = " + ".join(ui.plain(token) for token in result.tokens)
    ui.plot(
        charts.lattice(result, shares),
        key=key,
        alt=_("The best cut of {word} is {cut}, with log-probability {n} nats.").format(
            word=ui.plain(result.word), cut=cut, n=number(result.log_prob, 4)
        ),
        height=height,
    )
    if not ui.presenting():
        ui.note(
            _(
                "An arc is a piece of the vocabulary with its ln P; a path from left to right is a "
                "cut, green the best. Under each place: the best sum so far (Viterbi)."
            )
        )


def candidates(step: UnigramStep) -> None:
    """The pieces that cost least to lose: those that go, and the first that stay."""
    order = sorted(
        (piece for piece in step.deltas if len(piece) > 1),
        key=lambda piece: (step.deltas[piece], step.log_probs[piece], piece),
    )
    gone = len(step.pruned)
    first = max(0, min(gone - ROWS // 2, len(order) - ROWS))
    ui.formula(rf"\mathcal{{L}} = -\sum_w f(w) \ln P(w) = {step.loss:.4g}")
    ui.table(
        [_("piece"), _("probability"), _("loss if it goes, nats"), ""],
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
            for place, piece in enumerate(order)
            if first <= place < first + ROWS
        ],
        numbers=[1, 2],
    )
    ui.tokens(
        [
            ui.Token(piece, note=f"+{number(step.deltas[piece], 2)}", muted=True)
            for piece in step.pruned[:PRUNED]
        ],
        key="tok_pruned",
        label=_("The pieces pruned in this round, with what each adds to the loss"),
    )
    if not step.pruned:
        told = _("The last round: nothing is pruned.")
    elif gone > PRUNED:
        told = _("Pruned here: {n}; the first {shown} are shown.").format(n=gone, shown=PRUNED)
    else:
        told = _("Pruned here: {n}.").format(n=gone)
    ui.note(told + " " + _("Single characters always stay; the slider counts the longer pieces."))
