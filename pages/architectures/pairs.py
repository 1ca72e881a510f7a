"""Next-sentence prediction: pairs made from a text, and how far common words solve the task."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import torch

import charts.architectures as charts
import ui
from charts.format import number, probability
from core.moe.tiny_lm import load_texts
from core.objectives import OverlapTest, overlap_test, sentence_pairs, split_documents
from pages.architectures import controls
from pages.architectures.material import pairs_of
from ui import _


@lru_cache(8)
def shipped(seed: int) -> tuple[OverlapTest, int]:
    """Return the test on the held-out chapters of the training text, and the number of pairs."""
    chapters = [split_documents(block.replace("\n", " "))[0] for block in load_texts("english")]
    pairs = sentence_pairs(chapters, torch.Generator().manual_seed(seed))
    return overlap_test(pairs), len(pairs)


def draw() -> None:
    """Draw the common words of every pair, and the chosen pair."""
    seed = controls.pair_seed.value
    pairs = pairs_of(controls.pair_text.value, seed)
    result = overlap_test(pairs)
    at = min(controls.pair.value, len(pairs)) - 1
    chosen = pairs[at]
    with ui.figure():
        ui.plot(
            charts.overlaps(pairs, result.overlaps, at),
            key="arch_overlaps",
            alt=_("Words in common of {n} pairs; AUC {auc}.").format(
                n=len(pairs), auc=number(result.auc, 2)
            ),
            height=300,
            on_click=_choose,
        )
    ui.table(
        [_("pair"), _("first sentence"), _("second sentence"), _("label")],
        [
            ui.Row(
                [str(i + 1), _cut(pair.first), _cut(pair.second), charts.kind_of(pair.is_next)],
                "marked" if i == at else "",
            )
            for i, pair in _near(at, pairs)
        ],
    )
    ui.note(
        _(
            "Pair {n} is {label}. Its sentences have {p} of their words in common: the words in "
            "both, divided by the words in either."
        ).format(
            n=at + 1,
            label=charts.kind_of(chosen.is_next),
            p=probability(result.overlaps[at]),
        ),
        keep=True,
    )
    measured, number_of_pairs = shipped(seed)
    true = sum(pair.is_next for pair in pairs)
    ui.facts(
        [
            ui.Fact("IsNext", f"{true} ∕ {len(pairs)}", _("expected: one half")),
            ui.Fact(
                _("AUC of the common words"),
                number(result.auc, 2),
                _("this text"),
                help=_(
                    "Probability that a true pair has more words in common than a random one: "
                    "0.5 is chance, 1 separates them perfectly."
                ),
            ),
            ui.Fact(
                _("AUC on held-out text"),
                number(measured.auc, 2),
                _("{n} pairs").format(n=number_of_pairs),
            ),
        ]
    )
    ui.note(
        _(
            "A random second sentence comes from another document, so a count of common words "
            "already tells many pairs apart. Lan et al. (2019, ALBERT) argue that the task is easy "
            "for this reason; Liu et al. (2019, RoBERTa) report that BERT does not need it. "
            "Neither claim about large models is measured here."
        )
    )


def _near(at: int, pairs: Any) -> list[tuple[int, Any]]:
    """Return five pairs around the chosen one, with their indices."""
    start = max(0, min(at - 2, len(pairs) - 5))
    return list(enumerate(pairs))[start : start + 5]


def _cut(sentence: str) -> str:
    return sentence if len(sentence) <= 90 else sentence[:89] + "…"


def _choose(mark: dict[str, Any]) -> None:
    controls.pair.set(mark.get("x"))
