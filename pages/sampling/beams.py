"""The tree of a beam search, step by step, and the greedy path."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any

import torch

import ui
from charts import sampling as charts
from charts.format import number, probability
from core.sampling import BeamNode, BeamTree, GreedyPath, beam_search, greedy_search
from pages.sampling import controls
from pages.sampling.source import Source, card, current_source
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
Text = Callable[[Sequence[int]], str]
Search = tuple[BeamTree, GreedyPath]


def draw() -> None:
    """Draw the tree up to the current step, and the results of both searches."""
    source = current_source(show_problems=True) if controls.source.value == "model" else None
    if source is None or source.kind == "table":  # the example stands in for a missing model
        ui.note(
            _(
                "A single table cannot continue a text. This view uses an example of next-word "
                "probabilities after “The”, in which greedy search is not optimal."
            )
        )
        source, word, joint = None, WORDS.__getitem__, " "
    else:
        word, joint = source.label, ""
    tree, greedy = _search(source)

    def text(sequence: Sequence[int]) -> str:
        return joint.join(word(i) for i in sequence[len(tree.prompt_ids) :])

    with ui.figure():
        step = controls.step.draw(tree.steps + 1)
        node = _selected(tree, step)
        ui.plot(
            charts.beam_tree(tree, greedy, word, step, node.id),
            key="beam_tree",
            alt=_("Search tree. Best beam: {best}, score {score}. Greedy: {greedy}.").format(
                best=text(tree.beams[0].sequence),
                score=number(tree.beams[0].score),
                greedy=text(greedy.sequence),
            ),
            height=charts.beam_tree_height(tree),
            least_height=charts.beam_tree_height(tree),
            least_width=charts.beam_tree_width(tree),
            on_click=_select,
        )
    ui.note(_step_line(tree, step), keep=True)
    ui.note(_candidate_line(tree, node, word), keep=True)
    _results(tree, greedy, text)
    if source is not None:
        card(source)


def _select(mark: dict[str, Any]) -> None:
    """Select the candidate that was clicked; the boxes of the greedy path have no number."""
    if isinstance(mark.get("data"), int):
        controls.candidate.set(mark["data"])


def _selected(tree: BeamTree, step: int) -> BeamNode:
    """Return the selected candidate if it is drawn, else the best one of the step."""
    chosen = controls.candidate.value
    if 0 < chosen < len(tree.nodes) and tree.nodes[chosen].step <= step:
        return tree.nodes[chosen]
    return next(node for node in tree.nodes if node.step == step)


def _step_line(tree: BeamTree, step: int) -> str:
    """Return what the search does at a step, with its numbers."""
    if step == 0:
        return _("Step 0: the search starts with the prompt alone, Σ ln p = 0.")
    nodes = [node for node in tree.nodes if node.step == step]
    kept, finished, pruned = (
        [node for node in nodes if node.status == status]
        for status in ("kept", "finished", "pruned")
    )
    parts = [
        _(
            "Step {n}: of the {all} best continuations, {kept} kept, {finished} finished, "
            "{pruned} pruned."
        ).format(n=step, all=len(nodes), kept=len(kept), finished=len(finished), pruned=len(pruned))
    ]
    if kept:
        parts.append(
            _("Σ ln p of those kept: {best} to {worst}.").format(
                best=number(kept[0].cumulative), worst=number(kept[-1].cumulative)
            )
        )
    if pruned:
        words = _("The best one pruned has {sum}.")
        parts.append(words.format(sum=number(pruned[0].cumulative)))
    return " ".join(parts)


def _candidate_line(tree: BeamTree, node: BeamNode, word: Word) -> str:
    """Return the arithmetic of one candidate's probability and score."""
    if not node.step:
        return _("Click a candidate for its arithmetic.")
    path = [tree.nodes[i] for i in tree.path(node.id)[1:]]
    return _(
        "“{token}”, step {step}, rank {rank}: p = {factors} = {p}; Σ ln p = {terms} = {sum}; "
        "score = {sum} / {step}^{penalty} = {score}."
    ).format(
        token=word(node.token),
        step=node.step,
        rank=node.rank + 1,
        factors=" · ".join(probability(math.exp(n.log_prob)) for n in path),
        p=probability(math.exp(node.cumulative)),
        terms=" ".join(number(n.log_prob) for n in path).replace(" −", " − "),
        sum=number(node.cumulative),
        penalty=f"{tree.length_penalty:g}".replace("-", "−"),
        score=number(node.score),
    )


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


def _results(tree: BeamTree, greedy: GreedyPath, text: Text) -> None:
    best = tree.nodes[tree.finals[0]].cumulative
    paths = [
        (_("beam {n}").format(n=n), beam.sequence, tree.nodes[end].cumulative, beam.score)
        for n, (beam, end) in enumerate(zip(tree.beams, tree.finals, strict=True), 1)
    ]
    paths.append((_("greedy"), greedy.sequence, greedy.cumulative, greedy.score))
    rows = []
    for name, sequence, total, score in paths:
        cells = [
            name,
            text(sequence),
            probability(math.exp(total)),
            number(total, 4),
            number(score, 4),
        ]
        rows.append(ui.Row(cells, "" if rows else "marked"))
    header = [_("path"), _("text"), "p", _("Σ ln p"), _("score")]
    ui.table(header, rows, numbers=[2, 3, 4])
    gain = best - greedy.cumulative
    words = {
        1: _("The text of the best beam is {x} times as likely as the greedy text."),
        0: _("The greedy text is as likely as the text of the best beam."),
        -1: _(
            "The greedy text is {x} times as likely as the text of the best beam: the search "
            "pruned it, or the length penalty favors another length."
        ),
    }[(gain > 1e-6) - (gain < -1e-6)]
    ui.note(words.format(x=number(math.exp(abs(gain)))))
