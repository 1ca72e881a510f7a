"""Examples, questions and pitfalls of the four masks and of BERT's two tasks."""

from __future__ import annotations

import math

import ui
from charts.format import probability
from core.architectures import sentence_mask
from core.objectives import masked_count
from pages.architectures import controls, cost, masking
from pages.architectures.models import encode, twins
from ui import _

HEAD_START = 200  # updates
HIDDEN = "let the dry land appear : and it was so ."  # the vocabulary splits one of its words


def scenarios() -> list[ui.Scenario]:
    """Return the examples."""
    return [
        ui.Scenario(
            _("A new word"),
            ui.state("masks"),
            _("Only the encoder computes the earlier words again."),
        ),
        ui.Scenario(
            _("A changed prompt"),
            ui.state("masks", token=2),
            _("A change in the prefix costs the prefix decoder as much as the encoder."),
        ),
        ui.Scenario(
            _("Half a token"),
            ui.state("masking"),
            _("15 % of 30 tokens is 4.5."),
        ),
        ui.Scenario(
            _("40 % masked"),
            ui.state("masking", rate=0.4),
            _("Wettig et al. (2022) report that 40 % can work better than 15 % for large models."),
        ),
        ui.Scenario(
            _("By tokens learned from"),
            ui.state("cost", by="tokens"),
            _("On this axis the encoder’s curve ends early: it has learned from fewer tokens."),
        ),
    ]


def experiments() -> list[ui.Experiment]:
    """Return the experiments, each with its question."""
    return [
        ui.Experiment(
            _("Change an early word"),
            _("Drag “Changed word” over the dotted line and back."),
            ui.state("masks", token=2),
            ui.Question(
                _(
                    "A causal decoder has computed the states of nine words. Now the second word "
                    "is replaced. The decoder computes again …"
                ),
                (_("one word"), _("eight words"), _("nine words")),
                _changed,
                start=ui.state("masks"),
            ),
        ),
        ui.Experiment(
            _("Two equal masks"),
            _(
                "The masks of the prefix decoder and of the encoder–decoder have the same allowed "
                "cells, wherever the dotted line is. Click cells to see which attention each one "
                "belongs to: an encoder–decoder has separate weights for source and target."
            ),
            ui.state("masks", prefix=6),
        ),
        ui.Experiment(
            _("15 % of 30"),
            _("Look at the purple dot. Then change the length of the text by one token."),
            ui.state("masking"),
            ui.Question(
                _("BERT’s script chooses 15 % of a text of 30 tokens. It chooses …"),
                (_("always 4"), _("always 5"), _("4 or 5, at random")),
                _half,
                start=ui.state("masking", rate=0.0),
            ),
        ),
        ui.Experiment(
            _("The head start"),
            _("Drag “Update” and compare the two curves; then compare at the same tokens."),
            ui.state("cost", step=HEAD_START),
            ui.Question(
                _(
                    "Per update, the causal twin learns from all tokens, the encoder from 15 % of "
                    "them; but the twin reads only the left. After {n} updates, more held-out gaps "
                    "are filled correctly by …"
                ).format(n=HEAD_START),
                (_("the encoder"), _("the causal twin")),
                _head_start,
                start=ui.state("gaps"),
            ),
        ),
    ]


def _changed() -> tuple[int, str]:
    T, changed = len(controls.words()), controls.token.value - 1
    found = sentence_mask("decoder", T, 1, changed)
    return {1: 0, T - 1: 1}.get(found.recomputed, 2), _(
        "Every later word attends to word {n}, so {again} of {all} states change. Only the {kept} "
        "before it can be kept."
    ).format(n=changed + 1, again=found.recomputed, all=T, kept=T - found.recomputed)


def _half() -> tuple[int, str]:
    ids, _total = encode(controls.mask_text.value, masking.LONGEST)
    count, product = masked_count(len(ids)), 0.15 * len(ids)
    return (0 if count == 4 else 1), _(
        "{n} · 0.15 = {product}. Python’s round takes a half to the even number, so {k} tokens are "
        "chosen, in every draw."
    ).format(n=len(ids), product=f"{product:g}", k=count)


def _head_start() -> tuple[int, str]:
    encoder, causal = cost.points(controls.step.value)
    return int(causal["accuracy"] > encoder["accuracy"]), _(
        "After {n} updates: encoder {a}, causal twin {b}."
    ).format(
        n=encoder["step"],
        a=probability(encoder["accuracy"]),
        b=probability(causal["accuracy"]),
    )


def pitfalls() -> list[ui.Pitfall]:
    """Return the pitfalls."""
    return [
        ui.Pitfall(
            _("Rounding 4.5 up"),
            _(
                "Python’s round, and with it BERT’s script, takes a half to the even number. "
                "Another language or int(x + 0.5) chooses another number of tokens."
            ),
            _rounding,
        ),
        ui.Pitfall(
            _("Masking one piece of a word"),
            _(
                "If a tokenizer splits a word and only one piece is masked, the other piece gives "
                "the answer away. BERT’s later models mask whole words."
            ),
            _whole_word,
        ),
        ui.Pitfall(
            _("A wrong label for a repeated sentence"),
            _(
                "A sentence drawn at random can be equal to the true successor. The label NotNext "
                "is then wrong, so such a sentence must not be drawn."
            ),
        ),
    ]


def _rounding() -> None:
    lengths = (10, 30, 50, 70, 90)
    ui.table(
        [_("tokens"), _("15 % of them"), "round(x)", "int(x + 0.5)"],
        [
            [str(n), f"{0.15 * n:g}", str(masked_count(n)), str(math.floor(0.15 * n + 0.5))]
            for n in lengths
        ],
        numbers=(0, 1, 2, 3),
    )


def _whole_word() -> None:
    model = twins()
    ids = list(model.read(HIDDEN).ids)
    pieces = [i for i, token in enumerate(ids) if model.token_text(token).startswith("##")]
    last = pieces[0]
    truth = ids[last]
    one = float(model.fill(ids, [last]).encoder[0, truth])
    both = float(model.fill(ids, [last - 1, last]).encoder[1, truth])
    ui.note(
        _(
            "“{a}” + “{b}”: the encoder gives the second piece {p} while it reads the first, but "
            "{q} if both are masked."
        ).format(
            a=model.token_text(ids[last - 1]),
            b=model.token_text(truth),
            p=probability(one),
            q=probability(both),
        ),
        keep=True,
    )
