"""Beams: the search tree, step by step, against the greedy path."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import streamlit as st
import torch

import ui
from charts import sampling_beams as charts
from charts.format import number
from core.sampling import BeamTree, GreedyPath, beam_search, greedy_search
from pages.sampling_parts.controls import slider, source_and_settings
from pages.sampling_parts.source import Source
from ui import _, models

#: Where no model is asked: a small world in which greedy goes wrong. Rows need not be complete.
WORLD = {
    "The": {"nice": 0.5, "dog": 0.4, "car": 0.1},
    "nice": {"woman": 0.4, "house": 0.3, "guy": 0.3},
    "dog": {"has": 0.9, "runs": 0.05, "and": 0.05},
    "car": {"is": 0.5, "drives": 0.3, "turns": 0.2},
}
WORDS = sorted({word for row in WORLD.values() for word in row} | {*WORLD, "."})


@dataclass(frozen=True, slots=True)
class Search:
    """A finished search and the greedy path from the same prompt."""

    tree: BeamTree
    greedy: GreedyPath


def draw() -> None:
    """Draw the view."""
    source, _params = source_and_settings(sliders=False)
    columns = st.columns(3, gap="medium")
    with columns[0]:
        beams = int(slider("beams", _("Beams"), 1, help=_("How many prefixes are kept.")))
    with columns[1]:
        steps = int(ui.live_slider(_("Steps"), 1, 10, 5, 1, key="beam_steps"))
    with columns[2]:
        penalty = ui.live_slider(
            _("Length penalty"), -2.0, 3.0, 1.0, 0.1, key="beam_lp",
            help=_("A text's score is Σ ln p / length^penalty: above 0 favors long texts."),
        )  # fmt: skip
    if source is None:
        return
    if source.kind == "table":
        steps = min(steps, 2)
        ui.note(_("Without the model: a small world of its own, in which greedy goes wrong."))
    search = _search(source, beams, steps, penalty)

    def word(token: int) -> str:
        return WORDS[token] if source.kind == "table" else source.label(token)

    shown = ui.stepper(_("Step"), search.tree.steps + 1, key="beam_step", value=search.tree.steps)
    ui.plot(
        charts.beam_tree(search.tree, search.greedy, word, shown),
        key="beam_tree",
        alt=_in_words(search, word),
        height=charts.height_of(search.tree),
        least_width=680,
    )
    _results(search, word)


def _search(source: Source, beams: int, steps: int, penalty: float) -> Search:
    if source.kind == "table":
        return _small_search(beams, steps, penalty)

    def work() -> Search:
        model = models.language_model()
        eos = min(model.stop_ids, default=None)
        return Search(
            beam_search(model.next_log_probs(), source.ids, beams, steps, penalty, eos),
            greedy_search(model.next_log_probs(), source.ids, steps, penalty, eos),
        )

    return models.compute(("beams", source.ids, beams, steps, penalty), work)


def _small_search(beams: int, steps: int, penalty: float) -> Search:
    def next_log_probs(prefixes: list[list[int]]) -> torch.Tensor:
        rows = torch.zeros(len(prefixes), len(WORDS))
        for row, prefix in zip(rows, prefixes, strict=True):
            for word, p in WORLD.get(WORDS[prefix[-1]], {".": 1.0}).items():
                row[WORDS.index(word)] = p
        return rows.log()

    start = [WORDS.index("The")]
    return Search(
        beam_search(next_log_probs, start, beams, steps, penalty),
        greedy_search(next_log_probs, start, steps, penalty),
    )


def _results(search: Search, word: Callable[[int], str]) -> None:
    greedy = search.greedy
    start = len(search.tree.prompt_ids)
    lines = [
        (beam.sequence[start:], search.tree.nodes[end].cumulative, beam.score)
        for beam, end in zip(search.tree.beams, search.tree.finals, strict=True)
    ]
    rows: list[ui.Row] = [
        ui.Row(
            [
                _("beam {n}").format(n=n + 1),
                "".join(word(i) for i in tokens),
                number(total, 4),
                number(score, 4),
            ],
            "marked" if n == 0 else "",
        )
        for n, (tokens, total, score) in enumerate(lines)
    ]
    taken = greedy.sequence[start:]
    rows.append(
        ui.Row(
            [
                _("greedy"),
                "".join(word(i) for i in taken),
                number(greedy.cumulative, 4),
                number(greedy.score, 4),
            ]
        )
    )
    ui.table([_("path"), _("text"), _("Σ ln p"), _("score")], rows, numbers=[2, 3])
    gain = lines[0][1] - greedy.cumulative
    if gain > 1e-6:
        told = _("The best beam's text is e^{gain} times as likely as greedy's.")
        ui.note(told.format(gain=number(gain)))
    elif gain > -1e-6:
        ui.note(_("Here greedy finds a text as likely as the best beam's."))
    else:
        ui.note(_("Greedy's text is the likelier one: the length penalty prefers another length."))


def _in_words(search: Search, word: Callable[[int], str]) -> str:
    start = len(search.tree.prompt_ids)
    best = search.tree.beams[0]
    return _("Search tree. Best beam: {best}, score {score}. Greedy: {greedy}.").format(
        best=" ".join(word(i) for i in best.sequence[start:]),
        score=number(best.score),
        greedy=" ".join(word(i) for i in search.greedy.sequence[start:]),
    )
