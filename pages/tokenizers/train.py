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
from pages.tokenizers.chips import WORDS, chip_pairs, pair_text, word_chips
from pages.tokenizers.setups import most_merges, trained
from pages.tokenizers.training import setup
from ui import _

ROWS = 9  # of the table of pairs
TERMS = 6  # of a written sum


def draw() -> None:
    """Draw one merge of BPE or WordPiece, or one round of Unigram."""
    chosen = setup()
    training, unit = trained(chosen), chosen.unit
    if isinstance(training, UnigramTraining):
        rounds.draw(training)
        return
    if not training.steps:
        ui.sentence(
            _(
                "Every word of the corpus is a single symbol, so there is no pair to merge. Choose "
                "another “Training corpus”, or type longer words."
            )
        )
        return
    with ui.figure():
        index = controls.step.draw(len(training.steps))
        step = training.steps[index]
        hidden, pair = _words(training, step, unit)
        ui.note(f"{_sentence(training, step, unit)} {_sum(step, pair, unit)}", keep=True)
    (size_before, length_before), (size, length) = training.curve[index : index + 2]
    ui.facts(
        [
            ui.Fact(
                _("merge {n}").format(n=index + 1),
                f"{pair_text(step.pair, unit)} → {ui.plain(spelled(step.merged, unit))}",
                _("occurrences: {n}").format(n=count(step.places)),
            ),
            ui.Fact(
                _("vocabulary"),
                f"{count(size_before)} → {count(size)}",
                _("tokens"),
                _("The initial symbols and the symbols merged so far."),
            ),
            ui.Fact(
                _("corpus"),
                f"{count(length_before)} → {count(length)}",
                _("tokens"),
                _("The length of all words, each counted as often as it occurs."),
            ),
        ]
    )
    left, right = st.columns([1.25, 1], gap="medium")
    with left:
        rule = _pairs(step, unit)
        done = len(training.steps)
        end = _("After merge {n} no pair is left.").format(n=done)
        exhausted = done == most_merges(controls.unlimited()) < controls.MOST_MERGES
        # One note in all cases: the fast path needs the same elements at every step.
        ui.note(" ".join(filter(None, [rule, hidden, end if exhausted else ""])))
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
) -> tuple[str, Pair]:
    """Draw the words before and after the merge.

    Returns:
        A sentence about the words that are not shown, and the pair that was clicked.
    """
    before, after, counts = step.words_before, step.words, training.word_counts
    changed = [word for word in before if before[word] != after[word]]
    shown = list(before) if len(before) <= WORDS else changed[:WORDS]
    words = {word: before[word] for word in shown}
    initial = training.history.words_at(0)
    pairs = chip_pairs(words)
    clicked = controls.pair.value
    pair = pairs[clicked] if 0 <= clicked < len(pairs) else None
    ui.tokens(
        word_chips(words, counts, unit, joining=step.pair, initial=initial),
        key="tok_before",
        label=_("The words before the merge; color marks the pair"),
        selected=clicked if pair else None,
        on_click=controls.pair.set,
    )
    ui.tokens(
        word_chips(
            {word: after[word] for word in shown},
            counts,
            unit,
            fresh=step.merged,
            initial=initial,
        ),
        key="tok_after",
        label=_("The words after the merge; color marks the merged symbol"),
    )
    hidden = _("Of {all} words {changed} change; at most {shown} are shown.").format(
        all=len(before), changed=len(changed), shown=WORDS
    )
    return "" if len(shown) == len(before) else hidden, pair or step.pair


def _sentence(
    training: BPETraining | WordPieceTraining, step: BPEStep | WordPieceStep, unit: str
) -> str:
    """Say why this pair is merged and what the merge saves."""
    scores = step.scores if isinstance(step, WordPieceStep) else step.pair_counts
    tied = sum(score == scores[step.pair] for score in scores.values()) - 1
    if isinstance(step, WordPieceStep):
        why = _("has the highest score, {score}").format(score=number(step.score, 3))
    else:
        why = _("is the most frequent pair, with {n} occurrences").format(n=count(step.count))
    if tied:
        why = _("{why} (tied with {n} others; this one occurs first in the corpus)").format(
            why=why, n=tied
        )
    return _(
        "Merge {step} of {all}: {pair} {why}. It becomes {merged}, which shortens the corpus to "
        "{before} − {saved} = {after} tokens."
    ).format(
        step=step.index + 1,
        all=len(training.steps),
        pair=pair_text(step.pair, unit),
        why=why,
        merged=ui.plain(spelled(step.merged, unit)),
        saved=count(step.corpus_length_before - step.corpus_length),
        before=count(step.corpus_length_before),
        after=count(step.corpus_length),
    )


def _sum(step: BPEStep | WordPieceStep, pair: Pair, unit: str) -> str:
    """Write the count of a pair as the sum over the words."""
    words = step.occurrences(pair)
    terms = [f"{count(n)} ({ui.plain(word)})" for word, n in words.items()]
    if len(terms) > TERMS:
        rest = sum(list(words.values())[TERMS:])
        more = _("{n} (in {words} more words)").format(n=count(rest), words=len(terms) - TERMS)
        terms = [*terms[:TERMS], more]
    return _("f({pair}) = {sum}. Click a symbol to see the sum for its pair.").format(
        pair=pair_text(pair, unit),
        sum=f"{' + '.join(terms)} = {count(sum(words.values()))}"
        if len(terms) > 1
        else (terms or ["0"])[0],
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
