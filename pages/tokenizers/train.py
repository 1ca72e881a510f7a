"""Training, merge by merge: the corpus before and after, and the pairs to choose from."""

from __future__ import annotations

import streamlit as st

import ui
from charts import tokenizers as charts
from charts.format import count, number
from core.tokenizers.bpe import BPEStep, BPETraining
from core.tokenizers.spelling import spelled
from core.tokenizers.trained.history import Pair
from core.tokenizers.unigram import UnigramTraining
from core.tokenizers.wordpiece import WordPieceStep, WordPieceTraining
from pages.tokenizers import controls, rounds
from pages.tokenizers.chips import WORDS, pair_text, word_chips
from pages.tokenizers.training import setup, trained
from ui import _

ROWS = 9  # of the table of pairs


def draw() -> None:
    """Draw one merge of BPE or WordPiece, or one round of Unigram."""
    chosen = setup()
    training, unit = trained(chosen), chosen.unit
    if isinstance(training, UnigramTraining):
        rounds.draw(training)
        return
    if not training.steps:
        ui.sentence(_("Every word of the corpus is a single symbol: there is no pair to merge."))
        return
    with ui.figure():
        index = controls.step.draw(len(training.steps))
        step = training.steps[index]
        hidden = _words(training, step, unit)
    (size_before, length_before), (size, length) = training.curve[index : index + 2]
    ui.facts(
        [
            ui.Fact(
                _("merge {n}").format(n=index + 1),
                f"{pair_text(step.pair, unit)} → {ui.plain(spelled(step.merged, unit))}",
                _("occurrences: {n}").format(n=count(step.places)),
            ),
            ui.Fact(_("vocabulary"), f"{count(size_before)} → {count(size)}", _("tokens")),
            ui.Fact(_("corpus"), f"{count(length_before)} → {count(length)}", _("tokens")),
        ]
    )
    left, right = st.columns([1.25, 1], gap="medium")
    with left:
        rule = _pairs(step, unit)
        end = _("After merge {n} no pair is left.").format(n=len(training.steps))
        # One note in all cases: the fast path needs the same elements at every step.
        ui.note(" ".join(filter(None, [rule, hidden, end if training.exhausted else ""])))
    with right:
        ui.plot(
            charts.merges_growth(training.curve, index + 1),
            key="tok_growth",
            alt=_(
                "After merge {n} of {all} the vocabulary has {vocab} tokens and the corpus has "
                "{length}."
            ).format(n=index + 1, all=len(training.steps), vocab=size, length=length),
            height=300,
        )


def _words(
    training: BPETraining | WordPieceTraining, step: BPEStep | WordPieceStep, unit: str
) -> str:
    """Draw the words before and after the merge; return a sentence about words not shown."""
    before, after, counts = step.words_before, step.words, training.word_counts
    changed = [word for word in before if before[word] != after[word]]
    shown = list(before) if len(before) <= WORDS else changed[:WORDS]
    ui.tokens(
        word_chips({word: before[word] for word in shown}, counts, unit, joining=step.pair),
        key="tok_before",
        label=_("The words before the merge; color marks the pair"),
    )
    ui.tokens(
        word_chips({word: after[word] for word in shown}, counts, unit, fresh=step.merged),
        key="tok_after",
        label=_("The words after the merge; color marks the merged symbol"),
    )
    if len(shown) == len(before):
        return ""
    return _("Of {all} words {changed} change; at most {shown} are shown.").format(
        all=len(before), changed=len(changed), shown=WORDS
    )


def _pairs(step: BPEStep | WordPieceStep, unit: str) -> str:
    """Draw the pairs that the merge was chosen from, best first; return the rule in words."""
    counts = step.pair_counts
    frequent = max(counts, key=lambda pair: counts[pair])
    if isinstance(step, WordPieceStep):
        scores, single = step.scores, step.symbol_counts
        latex = (
            rf"\frac{{f(ab)}}{{f(a)\,f(b)}} = \frac{{{step.count}}}"
            rf"{{{step.left_count}\cdot{step.right_count}}} = {step.score:.4g}"
        )
        header = [_("pair"), "f(ab)", "f(a)", "f(b)", _("score"), ""]
        rule = _("The highest score wins: a pair whose parts rarely occur apart.")
    else:
        scores, single = counts, None
        latex = rf"\max_{{ab}} f(ab) = {step.count}"
        header = [_("pair"), _("count f(ab)"), ""]
        rule = _("The most frequent pair wins.")
    shown = sorted(scores, key=lambda pair: -scores[pair])[:ROWS]
    if frequent not in shown:
        shown[-1] = frequent

    def row(pair: Pair) -> ui.Row:
        wins, tied = pair == step.pair, scores[pair] == scores[step.pair]
        remarks = [_("wins") if wins else _("tie") if tied else ""]
        cells = [pair_text(pair, unit), count(counts[pair])]
        if single is not None:
            cells += [count(single[pair[0]]), count(single[pair[1]]), number(scores[pair], 3)]
            remarks.append(_("BPE's choice") if pair == frequent else "")
        remark = ", ".join(filter(None, remarks))
        return ui.Row([*cells, remark], mark="marked" if wins else "")

    ui.formula(latex)
    ui.table(header, [row(pair) for pair in shown], numbers=range(1, len(header) - 1))
    tie_rule = _("If several tie, the one that occurs first in the corpus wins.")
    more = _("{n} more pairs.").format(n=count(len(scores) - ROWS)) if len(scores) > ROWS else ""
    return " ".join(filter(None, [rule, tie_rule, more]))
