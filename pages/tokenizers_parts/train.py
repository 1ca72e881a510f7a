"""Training, step by step: the table of pairs, the corpus before and after, what grows."""

from __future__ import annotations

import streamlit as st

import ui
from charts import tokenizers as charts
from charts.format import count, number
from core.tokenizers.bpe import BPEStep, BPETraining
from core.tokenizers.spelling import spelled
from core.tokenizers.unigram import UnigramTraining
from core.tokenizers.wordpiece import WordPieceStep, WordPieceTraining, pair_score
from pages.tokenizers_parts import rounds
from pages.tokenizers_parts.chips import in_sight, told, words_strip
from pages.tokenizers_parts.settings import setup, trained
from ui import _

ROWS = 9  # of the table of pairs


def draw() -> None:
    """Draw the view."""
    training = trained(setup())
    if isinstance(training, UnigramTraining):
        rounds.draw(training)
        return
    if not training.steps:
        ui.sentence(_("No two symbols stand side by side in a word: there is nothing to merge."))
        return
    left, right = st.columns([1.5, 1], gap="large")
    with left:
        index = ui.stepper(
            _("Merge"), len(training.steps), key="tok_step", name=_("merge"), first=1
        )
        facts(training, index)
        corpus(training, index)
        vocab, length = training.curve[index + 1]
        ui.plot(
            charts.merges_growth(training.curve, index + 1),
            key="tok_growth",
            alt=_(
                "After merge {n} of {all} the vocabulary has {vocab} tokens and the corpus is "
                "{length} tokens long."
            ).format(
                n=index + 1,
                all=len(training.steps),
                vocab=vocab,
                length=length,
            ),
            height=240,
        )
    with right:
        step = training.steps[index]
        told_by = (
            scores(step) if isinstance(step, WordPieceStep) else pairs(step, unit_of(training))
        )
        end = _("After merge {n} no pair is left.").format(n=len(training.steps))
        # One note whatever it says: where no element comes or goes, a step takes the short way.
        ui.note(" ".join([told_by, end]) if training.exhausted else told_by)


def unit_of(training: BPETraining | WordPieceTraining) -> str:
    """What its symbols are made of."""
    return training.unit if isinstance(training, BPETraining) else "char"


def facts(training: BPETraining | WordPieceTraining, index: int) -> None:
    """Which merge this is and what it does."""
    step = training.steps[index]
    unit = unit_of(training)
    (size_before, length_before), (size, length) = training.curve[index : index + 2]
    merged = ui.plain(spelled(step.merged, unit))
    ui.facts(
        [
            ui.Fact(
                _("merge {n}").format(n=index + 1),
                f"{told(step.pair, unit)} → {merged}",
                _("places: {n}").format(n=count(step.places)),
            ),
            ui.Fact(_("vocabulary"), f"{count(size_before)} → {count(size)}", _("tokens")),
            ui.Fact(_("corpus"), f"{count(length_before)} → {count(length)}", _("tokens long")),
        ]
    )


def corpus(training: BPETraining | WordPieceTraining, index: int) -> None:
    """The words before the merge and after it."""
    step = training.steps[index]
    unit = unit_of(training)
    before, after = step.words_before, step.words
    shown, changed = in_sight(before, after)
    words_strip(
        before,
        shown,
        training.word_counts,
        key="tok_before",
        label=_("The words before the merge; the pair is in color"),
        unit=unit,
        joining=step.pair,
    )
    words_strip(
        after,
        shown,
        training.word_counts,
        key="tok_after",
        label=_("The words after the merge; the new symbol is in color"),
        unit=unit,
        fresh=step.merged,
    )
    if len(shown) < len(before):
        told_by = (
            _("{shown} of the {changed} words that change; the corpus has {all}.")
            if len(shown) < changed
            else _("The words that change: {changed} of the {all} in the corpus.")
        )
        ui.note(told_by.format(shown=len(shown), changed=changed, all=len(before)))


def pairs(step: BPEStep, unit: str) -> str:
    """The counts that the merge was chosen from, winner and ties marked; returns the rule."""
    table = step.pair_counts
    ties = [pair for pair, n in table.items() if n == step.count]
    met = {pair: place for place, pair in enumerate(table, 1)}
    ranked = sorted(table, key=lambda pair: -table[pair])
    ui.formula(rf"\max_{{ab}} f(ab) = {step.count}")
    ui.table(
        [_("pair"), _("count f(ab)"), _("met as no."), ""],
        [
            ui.Row(
                [
                    told(pair, unit),
                    count(table[pair]),
                    count(met[pair]),
                    _verdict(pair, step.pair, ties),
                ],
                mark="marked" if pair == step.pair else "",
            )
            for pair in ranked[:ROWS]
        ],
        numbers=[1, 2],
    )
    if len(ties) > 1:
        rule = _("The most frequent pair wins. {n} tie: the one met first, word by word, goes.")
        rule = rule.format(n=len(ties))
    else:
        rule = _("The most frequent pair wins; of a tie, the one met first, word by word.")
    return _rest(len(ranked)) + rule


def scores(step: WordPieceStep) -> str:
    """WordPiece's scores beside the plain counts, BPE's choice marked; returns the rule."""
    table, single = step.pair_counts, step.symbol_counts
    scored = {pair: pair_score(n, single[pair[0]], single[pair[1]]) for pair, n in table.items()}
    ties = [pair for pair, score in scored.items() if score == step.score]
    frequent = max(table, key=lambda pair: table[pair])
    ranked = sorted(scored, key=lambda pair: -scored[pair])
    shown = ranked[:ROWS]
    if frequent not in shown:
        shown = [*shown[:-1], frequent]
    ui.formula(
        rf"\frac{{f(ab)}}{{f(a)\,f(b)}} = \frac{{{step.count}}}"
        rf"{{{step.left_count}\cdot{step.right_count}}} = {step.score:.4g}"
    )

    def remark(pair: tuple[str, str]) -> str:
        said = _verdict(pair, step.pair, ties)
        return ", ".join(filter(None, [said, _("BPE's choice") if pair == frequent else ""]))

    ui.table(
        [_("pair"), "f(ab)", "f(a)", "f(b)", _("score"), ""],
        [
            ui.Row(
                [
                    told(pair, "char"),
                    count(table[pair]),
                    count(single[pair[0]]),
                    count(single[pair[1]]),
                    number(scored[pair], 3),
                    remark(pair),
                ],
                mark="marked" if pair == step.pair else "",
            )
            for pair in shown
        ],
        numbers=[1, 2, 3, 4],
    )
    return _rest(len(ranked)) + _(
        "The highest score wins: a pair whose parts seldom go without each other, even where "
        "another pair is more frequent. Of a tie, the one met first, word by word."
    )


def _verdict(pair: tuple[str, str], winner: tuple[str, str], ties: list[tuple[str, str]]) -> str:
    if pair == winner:
        return _("wins")
    return _("tie") if pair in ties else ""


def _rest(pairs_in_all: int) -> str:
    hidden = pairs_in_all - ROWS
    return _("{n} more pairs.").format(n=count(hidden)) + " " if hidden > 0 else ""
