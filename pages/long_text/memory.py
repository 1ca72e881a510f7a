"""Memory: what the model can answer from the cut, the retrieved and the summarized text."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import ui
from charts import long_text as charts
from charts.format import number
from core import long_text as core
from core.long_text import memory as core_memory
from core.long_text.memory import METHODS, Quiz, Recall
from pages.long_text import controls
from ui import _, models

MOST_TOKENS = 600  # of the text around the fact
MOST_CHUNKS = 24  # that the model sums up
SUMMARY = 40  # tokens of a summary, at most


@dataclass(frozen=True, slots=True)
class Task:
    """Everything that a run depends on."""

    text: str
    quiz: Quiz
    sentences: int
    room: int


@dataclass(frozen=True, slots=True)
class Summary:
    """The summary of a chunk as far as it is written."""

    chunk: int
    all_chunks: int
    text: str


def current() -> tuple[Task, str]:
    """Return the current settings, and a sentence if the text was truncated, else ""."""
    quiz = Quiz(controls.asked.value, controls.right.value, controls.wrong.value)
    needed = (controls.haystack.value, controls.fact.value, quiz.question, quiz.right, quiz.wrong)
    if not all(text.strip() for text in needed):
        raise ui.Notice(_("The text, the fact, the question and both answers must not be empty."))
    ids, cut = models.encode_limited(controls.haystack.value, MOST_TOKENS)
    text = models.language_model().decode(ids)
    text = core_memory.insert_fact(text, controls.fact.value, controls.depth.value / 100)
    task = Task(text, quiz, controls.sentences.value, controls.room.value)
    chunks = len(chunks_of(task))
    if chunks > MOST_CHUNKS:
        text = _("The text gives {n} chunks; at most {most} are summarized. Choose larger chunks.")
        raise ui.Notice(text.format(n=chunks, most=MOST_CHUNKS))
    return task, cut


def chunks_of(task: Task) -> list[core.Chunk]:
    """Return the chunks that are retrieved or summarized."""
    return core.chunk_text(task.text, task.sentences, 0, "sentences")


def steps(task: Task) -> Iterator[Recall | Summary]:
    """Yield the result of every method, and the summaries as they are written."""
    model, encoder = models.language_model(), core.LimitedEncoder(models.encoder())
    chunks = chunks_of(task)
    best = core_memory.retrieved_text(model, encoder, task.quiz.question, chunks, task.room)
    held = {
        "nothing": "",
        "whole": task.text,
        "cut": core_memory.first_tokens(model, task.text, task.room),
        "retrieved": best,
    }
    for method, text in held.items():
        yield core_memory.recall(model, method, text, task.quiz)
    written = []
    for i, chunk in enumerate(chunks, 1):
        summary = ""
        for summary in core_memory.summarize(model, chunk.text, SUMMARY):
            yield Summary(i, len(chunks), summary)
        written.append(summary.strip())
    joined = core_memory.first_tokens(model, "\n".join(written), task.room)
    yield core_memory.recall(model, "summaries", joined, task.quiz)


def draw() -> None:
    """Draw a bar for every method, then what its prompt held."""
    task, cut = current()
    run = ui.run_of(
        "long_memory",
        task,
        lambda: steps(task),
        lambda left: next(left, None),
        limit=MOST_CHUNKS * SUMMARY + len(METHODS) + 1,
    )
    found = [frame for frame in run.frames if isinstance(frame, Recall)]
    chosen = controls.shown.value
    with ui.figure():
        ui.run_controls(run, key="long_memory")
        ui.plot(
            charts.recalls(found, chosen),
            key="long_memory_bars",
            alt=_("log p(right) − log p(wrong) by method: {values}.").format(
                values=", ".join(
                    f"{charts.method_names()[r.method]} {number(r.margin)}" for r in found
                )
            ),
            height=330,
            least_height=240,
            on_click=_choose,
        )
    ui.note(outcome(found, run), keep=True)
    by_method = {item.method: item for item in found}
    if chosen in by_method:
        ui.note(about(by_method[chosen]), keep=True)
    if found:
        names = charts.method_names()
        ui.facts([ui.Fact(names[r.method], number(r.margin), _("nats")) for r in found])
        rows = [
            ui.Row(
                [
                    charts.method_names()[item.method],
                    str(item.tokens),
                    number(item.right),
                    number(item.wrong),
                    item.held if item.method == chosen else _shortened(item.held),
                ],
                "marked" if item.method == chosen else "",
            )
            for item in found
        ]
        head = [_("method"), _("tokens"), _("log p(right)"), _("log p(wrong)"), _("prompt held")]
        ui.table(head, rows, numbers=[1, 2, 3])
    ui.note(cut)
    ui.note(
        _(
            "The prompt is the text shown in the table, then the question. Both answers are scored "
            "in whole, the sum of log p over their tokens; nothing is sampled. The cut-off text, "
            "the retrieved chunks and the joined summaries have the same room. Click a bar to "
            "read its whole prompt."
        )
    )


def outcome(found: list[Recall], run: ui.Run) -> str:
    """Return a sentence on what has been measured so far."""
    if not run.frames:
        if run.busy:
            return _("The model is computing …")
        return _("Press Start: the model answers from five prompts and writes the summaries.")
    last = run.frames[-1]
    if isinstance(last, Summary):
        text = _("The model summarizes chunk {n} of {all}: {text}")
        return text.format(n=last.chunk, all=last.all_chunks, text=last.text.strip())
    right = [charts.method_names()[item.method] for item in found if item.margin > 0]
    if not right:
        return _("The model prefers the wrong answer with every prompt measured so far.")
    text = _("The model prefers the right answer with {n} of {all} prompts: {names}.")
    return text.format(n=len(right), all=len(found), names=", ".join(right))


def about(item: Recall) -> str:
    """Return the arithmetic of a bar."""
    text = _("{method}: {right} − ({wrong}) = {margin} nats; the prompt holds {n} tokens of text.")
    return text.format(
        method=charts.method_names()[item.method],
        right=number(item.right),
        wrong=number(item.wrong),
        margin=number(item.margin),
        n=item.tokens,
    )


def _shortened(text: str) -> str:
    return text if len(text) <= 80 else text[:80] + " …"


def _choose(mark: dict[str, Any]) -> None:
    point = mark.get("point")
    if isinstance(point, int) and 0 <= point < len(METHODS):
        controls.shown.set(METHODS[point])
