"""Retrieval: a question against the chunks, and whether the answer is whole in one of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import ui
from charts import long_text as charts
from charts.format import number
from core import long_text as core
from pages.long_text import controls, cutting
from ui import _, models

MOST = 24  # chunks that the encoder reads


@dataclass(frozen=True, slots=True)
class Found:
    """The chunks with their cosines, and where the answer is.

    Attributes:
        chunks: The chunks that were compared.
        cosines: Cosine of each to the question.
        kept: Indices of the retrieved ones, best first.
        whole: Indices of those that hold the answer whole.
        part: Indices of those that hold a part of it.
        answer: Place of the answer in the text; None if the text does not contain it.
        left: Number of chunks that were not compared.
    """

    chunks: Sequence[core.Chunk]
    cosines: Sequence[float]
    kept: Sequence[int]
    whole: Sequence[int]
    part: Sequence[int]
    answer: core.Span | None
    left: int


def current() -> Found:
    """Return the current question's scores."""
    cutting_now = cutting.current()
    question = controls.question.value
    if not question.strip():
        raise ui.Notice(_("The question is empty. Type one."))
    chunks = cutting_now.chunks[:MOST]
    if not chunks:
        raise ui.Notice(_("The text is empty. Type a text, or choose an example."))
    encoder = core.LimitedEncoder(models.encoder())

    def work() -> list[core.Hit]:
        return core.retrieve(question, chunks, encoder, len(chunks))

    hits = models.compute(("long_retrieval", question, chunks), work)
    place = {(chunk.start, chunk.stop): i for i, chunk in enumerate(chunks)}
    order = [place[hit.chunk.start, hit.chunk.stop] for hit in hits]
    scores = {i: hit.score for i, hit in zip(order, hits, strict=True)}
    answer = core.span_of(cutting_now.text, controls.answer.value)
    whole = core.holders(chunks, answer) if answer else ()
    part = [i for i in core.touched(chunks, answer) if i not in whole] if answer else []
    return Found(
        chunks,
        [scores[i] for i in range(len(chunks))],
        order[: controls.best.value],
        whole,
        part,
        answer,
        len(cutting_now.chunks) - len(chunks),
    )


def draw() -> None:
    """Draw the cosine of every chunk, then the text of the best ones."""
    found = current()
    with ui.figure():
        ui.plot(
            charts.scores(found.cosines, found.kept, found.whole, found.part),
            key="long_retrieval_scores",
            alt=_("Cosines of {n} chunks to the question; the highest is {best}.").format(
                n=len(found.chunks), best=number(max(found.cosines))
            ),
            height=360,
            least_height=240,
            on_click=lambda mark: controls.chosen.set(mark["x"]),
        )
    ui.note(outcome(found), keep=True)
    ui.facts(
        [
            ui.Fact(_("best cosine"), number(found.cosines[found.kept[0]])),
            ui.Fact(
                _("chunks with the whole answer"),
                str(len(found.whole)),
                _("of {n}").format(n=len(found.chunks)),
            ),
            ui.Fact(
                _("characters retrieved"),
                str(sum(found.chunks[i].stop - found.chunks[i].start for i in found.kept)),
                _("of {n}").format(n=len(controls.text.value)),
            ),
        ]
    )
    rows = [
        ui.Row(
            [
                str(rank),
                str(i + 1),
                number(found.cosines[i]),
                _holds(found, i),
                found.chunks[i].text.strip(),
            ],
            "marked" if i in found.whole else "",
        )
        for rank, i in enumerate(found.kept, 1)
    ]
    ui.table([_("rank"), _("chunk"), _("cosine"), _("answer"), _("text")], rows, numbers=[0, 1, 2])
    ui.note(about(found))
    if found.left:
        ui.note(
            _("The first {n} chunks are compared; {left} more are left out.").format(
                n=len(found.chunks), left=found.left
            )
        )
    ui.note(
        _(
            "The encoder reads at most 256 tokens of a chunk, averages its output vectors and "
            "divides the mean by its length; the cosine of two texts is the dot product of these "
            "vectors. Click a bar to see its arithmetic."
        )
    )


def outcome(found: Found) -> str:
    """Return a sentence on what happens to the answer."""
    if found.answer is None:
        return _("The text does not contain the answer as it is written.")
    if not found.whole:
        if not found.part:
            return _("The answer lies in a part of the text that is not compared.")
        text = _(
            "The cuts divide the answer over chunks {names}: no chunk holds it whole, so no k can "
            "retrieve it in one piece."
        )
        return text.format(names=", ".join(str(i + 1) for i in found.part))
    if set(found.whole) & set(found.kept):
        text = _("The retrieved chunk {name} holds the whole answer, at rank {rank}.")
        rank, i = next((r, i) for r, i in enumerate(found.kept, 1) if i in found.whole)
        return text.format(name=i + 1, rank=rank)
    text = _(
        "Chunk {name} holds the whole answer but is not among the {k} retrieved ones: "
        "its cosine is {score}."
    )
    best = max(found.whole, key=lambda i: found.cosines[i])
    return text.format(name=best + 1, k=len(found.kept), score=number(found.cosines[best]))


def about(found: Found) -> str:
    """Return the arithmetic of the chosen chunk."""
    i = min(controls.chosen.value, len(found.chunks)) - 1
    score = found.cosines[i]
    rank = 1 + sum(s > score for s in found.cosines)
    text = _("Chunk {n}: the vectors' dot product is {score}, rank {rank} of {all}.")
    return text.format(n=i + 1, score=number(score), rank=rank, all=len(found.chunks))


def _holds(found: Found, i: int) -> str:
    return _("whole") if i in found.whole else _("part") if i in found.part else "—"


def table() -> ui.Table:
    """Return every chunk with its cosine."""
    found = current()
    head = [_("chunk"), _("cosine"), _("answer"), _("text")]
    return head, [
        (i + 1, score, _holds(found, i), chunk.text)
        for i, (chunk, score) in enumerate(zip(found.chunks, found.cosines, strict=True))
    ]
