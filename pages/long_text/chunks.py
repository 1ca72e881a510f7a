"""Chunks: a text and the chunks into which it is cut, drawn over the text."""

from __future__ import annotations

from bisect import bisect_right
from itertools import pairwise

import ui
from charts import long_text as charts
from charts.format import number
from core import long_text as core
from pages.long_text import controls, cutting
from pages.long_text.cutting import Cutting
from ui import _

MOST_CHIPS = 110
COLORS = ("@p", "@raw")  # of odd and even chunks


Part = tuple[core.Span, tuple[int, ...]]


def parts_of(found: Cutting, chosen: int) -> list[Part]:
    """Split the text at words and at the ends of chunks; return places and the chunks there.

    Of a long text, return the parts from the chosen chunk on.
    """
    edges = {0, len(found.text)} | {start for start, _stop in cutting.units(found.text, "words")}
    for chunk in found.chunks:
        edges |= {chunk.start, chunk.stop}
    ordered = sorted(edges)
    first = ordered.index(found.chunks[chosen].start)
    first = max(0, min(first, len(ordered) - 1 - MOST_CHIPS))
    starts, stops = [c.start for c in found.chunks], [c.stop for c in found.chunks]
    # Starts and stops both ascend, so the chunks over a place are neighbors.
    return [
        ((a, b), tuple(range(bisect_right(stops, a), bisect_right(starts, a))))
        for a, b in pairwise(ordered[first : first + MOST_CHIPS + 1])
    ]


def draw() -> None:
    """Draw the text with its chunks, then the size of every chunk."""
    found = cutting.current()
    if not found.chunks:
        raise ui.Notice(_("The text is empty. Type a text, or choose an example."))
    chosen = min(controls.chosen.value, len(found.chunks)) - 1
    parts = parts_of(found, chosen)
    starts = [start for (start, _stop), _inside in parts]
    with ui.figure():
        ui.tokens(
            chips(found, parts),
            key="long_chunks_text",
            label=_("The text; the color of a chip says which chunk holds it."),
            selected=starts.index(found.chunks[chosen].start),
            on_click=lambda i: _choose(parts[i][1]) if i < len(parts) else None,
        )
    ui.note(outcome(found), keep=True)
    ui.note(about(found, chosen), keep=True)
    ui.facts(facts(found))
    ui.plot(
        charts.sizes(found.chunks, found.size, chosen, cutting.unit_name()),
        key="long_chunks_sizes",
        alt=_("{n} chunks of at most {size}.").format(
            n=len(found.chunks), size=max(c.size for c in found.chunks)
        ),
        height=260,
        on_click=lambda mark: controls.chosen.set(mark["x"]),
    )
    start, stop = parts[0][0][0], parts[-1][0][1]
    if stop - start < len(found.text):
        text = _(
            "The strip shows characters {start} to {stop} of {all}; choose another chunk to see "
            "the rest."
        )
        ui.note(text.format(start=start + 1, stop=stop, all=len(found.text)))
    ui.note(
        _(
            "Blue chips belong to one chunk, light and dark in turn; orange ones to two or more. "
            "Faint ones are white space that the splitter drops. A number marks the beginning of a "
            "chunk; the chosen one has a frame. Click a chip to choose its chunk."
        )
    )


def chips(found: Cutting, parts: list[Part]) -> list[ui.Token]:
    """Return a chip for every part of the text."""
    first = {c.start: i for i, c in reversed(list(enumerate(found.chunks)))}
    in_chunk, dropped = _("chunk {names}"), _("dropped")  # translated once, not per chip
    result = []
    for (start, stop), inside in parts:
        names = ", ".join(str(i + 1) for i in inside)
        color = "@q" if len(inside) > 1 else COLORS[inside[0] % 2] if inside else ""
        result.append(
            ui.Token(
                found.text[start:stop],
                title=in_chunk.format(names=names) if inside else dropped,
                note=str(first[start] + 1) if start in first else "",
                color=color,
                muted=not inside,
            )
        )
    return result


def outcome(found: Cutting) -> str:
    """Return a sentence on what the cuts break."""
    text = _(
        "{chunks} chunks. {words} ends of chunks lie inside a word, and {broken} of the {all} "
        "sentences are whole in no chunk."
    )
    return text.format(
        chunks=len(found.chunks),
        broken=len(found.sentences),
        all=found.all_sentences,
        words=found.inside_words,
    )


def about(found: Cutting, chosen: int) -> str:
    """Return the arithmetic of the chosen chunk."""
    chunk = found.chunks[chosen]
    text = _(
        "Chunk {n}: characters {start} to {stop}, {size} {unit}, of which {shared} repeat the "
        "chunk before it ({asked} asked for)."
    )
    return text.format(
        n=chosen + 1,
        start=chunk.start + 1,
        stop=chunk.stop,
        size=chunk.size,
        unit=cutting.unit_name(),
        shared=chunk.overlap,
        asked=found.overlap if chosen else 0,
    )


def got(found: Cutting) -> float:
    """Return the mean overlap of neighboring chunks."""
    shared = [c.overlap for c in found.chunks[1:]]
    return sum(shared) / len(shared) if shared else 0.0


def facts(found: Cutting) -> list[ui.Fact]:
    """Return the numbers that matter."""
    larger = sum(c.size > found.size for c in found.chunks)
    stored = sum(c.stop - c.start for c in found.chunks) / len(found.text)
    return [
        ui.Fact(
            _("mean overlap"),
            number(got(found)),
            _("{asked} asked for").format(asked=found.overlap),
            help=_(
                "The mean over all pairs of neighboring chunks, in the units of the chosen method."
            ),
        ),
        ui.Fact(
            _("sentences cut"),
            f"{len(found.sentences)} / {found.all_sentences}",
            _("whole in no chunk"),
        ),
        ui.Fact(
            _("largest chunk"),
            str(max(c.size for c in found.chunks)),
            _("{n} above the limit of {limit}").format(n=larger, limit=found.size),
        ),
        ui.Fact(
            _("characters stored"),
            f"{number(100 * stored)} %",
            _("of the text's {n}").format(n=len(found.text)),
        ),
    ]


def _choose(inside: tuple[int, ...]) -> None:
    if inside:
        controls.chosen.set(inside[-1] + 1)


def table() -> ui.Table:
    """Return every chunk of the current text."""
    found = cutting.current()
    head = [_("chunk"), _("start"), _("stop"), _("size"), _("overlap"), _("text")]
    return head, [
        (i, c.start, c.stop, c.size, c.overlap, c.text) for i, c in enumerate(found.chunks, 1)
    ]
