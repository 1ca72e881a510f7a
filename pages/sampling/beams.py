"""The tree of a beam search, step by step, and the greedy path."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import torch

import ui
from charts import sampling as charts
from charts.format import number
from core.sampling import BeamTree, GreedyPath, beam_search, greedy_search
from pages.sampling import controls
from pages.sampling.source import Source, current_source
from ui import _, models

#: Next-word probabilities of a small example in which greedy search is not optimal.
EXAMPLE = {
    "The": {"nice": 0.5, "dog": 0.4, "car": 0.1},
    "nice": {"woman": 0.4, "house": 0.3, "guy": 0.3},
    "dog": {"has": 0.9, "runs": 0.05, "and": 0.05},
    "car": {"is": 0.5, "drives": 0.3, "turns": 0.2},
}
EXAMPLE_STEPS = 2
WORDS = sorted({word for row in EXAMPLE.values() for word in row} | {*EXAMPLE, "."})


Word = Callable[[int], str]
Search = tuple[BeamTree, GreedyPath]


def draw() -> None:
    """Draw the tree up to the current step, and the results of both searches."""
    source = current_source(show_problems=True) if controls.source.value == "model" else None
    if source is None or source.kind == "table":  # the table stands in for a missing model
        ui.note(_("Without the model: a small example in which greedy search is not optimal."))
        source, word = None, WORDS.__getitem__
    else:
        word = source.label
    tree, greedy = _search(source)
    start = len(tree.prompt_ids)
    with ui.figure():
        step = controls.step.draw(tree.steps + 1)
        ui.plot(
            charts.beam_tree(tree, greedy, word, step),
            key="beam_tree",
            alt=_("Search tree. Best beam: {best}, score {score}. Greedy: {greedy}.").format(
                best=" ".join(word(i) for i in tree.beams[0].sequence[start:]),
                score=number(tree.beams[0].score),
                greedy=" ".join(word(i) for i in greedy.sequence[start:]),
            ),
            height=charts.beam_tree_height(tree),
            least_width=680,
        )
    _results(tree, greedy, word)


def _search(source: Source | None) -> Search:
    """Search from the prompt of a source, or in the example where there is none."""
    beams, steps = round(controls.settings["num_beams"].value), controls.steps.value
    penalty = controls.length_penalty.value

    def search(
        score: Callable[[], Any], start: Sequence[int], steps: int, end: int | None
    ) -> Search:
        tree = beam_search(score(), start, beams, steps, penalty, end)
        return tree, greedy_search(score(), start, steps, penalty, end)

    if source is None:
        return search(lambda: _example, [WORDS.index("The")], min(steps, EXAMPLE_STEPS), None)
    model, ids = models.language_model(), source.ids
    end = min(model.stop_ids, default=None)
    return models.compute(
        ("beams", ids, beams, steps, penalty), lambda: search(model.next_log_probs, ids, steps, end)
    )


def _example(prefixes: list[list[int]]) -> torch.Tensor:
    rows = torch.zeros(len(prefixes), len(WORDS))
    for row, prefix in zip(rows, prefixes, strict=True):
        for word, p in EXAMPLE.get(WORDS[prefix[-1]], {".": 1.0}).items():
            row[WORDS.index(word)] = p
    return rows.log()


def _results(tree: BeamTree, greedy: GreedyPath, word: Word) -> None:
    best = tree.nodes[tree.finals[0]].cumulative
    paths = [
        (_("beam {n}").format(n=n), beam.sequence, tree.nodes[end].cumulative, beam.score)
        for n, (beam, end) in enumerate(zip(tree.beams, tree.finals, strict=True), 1)
    ]
    paths.append((_("greedy"), greedy.sequence, greedy.cumulative, greedy.score))
    rows = []
    for name, sequence, total, score in paths:
        text = "".join(word(i) for i in sequence[len(tree.prompt_ids) :])
        cells = [name, text, number(total, 4), number(score, 4)]
        rows.append(ui.Row(cells, "" if rows else "marked"))
    ui.table([_("path"), _("text"), _("Σ ln p"), _("score")], rows, numbers=[2, 3])
    gain = best - greedy.cumulative
    if gain > 1e-6:
        words = _("The best beam's text is e^{gain} times as likely as the greedy one.")
        ui.note(words.format(gain=number(gain)))
    elif gain > -1e-6:
        ui.note(_("Greedy search finds a text as likely as the best beam's."))
    else:
        ui.note(
            _(
                "The greedy text is more likely than the best beam's: the search pruned it, or "
                "the length penalty favors another length."
            )
        )
