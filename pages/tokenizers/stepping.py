"""A text on its way through a tokenizer: all of it as chips, and one pre-token in detail."""

from __future__ import annotations

from bisect import bisect_right
from itertools import groupby

import ui
from charts.format import count, number
from core.tokenizers.walk import Walk
from core.tokenizers.wordpiece import WordPieceEncoding
from pages.tokenizers import controls
from pages.tokenizers.rounds import draw_lattice, explain_lattice
from ui import _

CHIPS = 300  # shown
ROWS = 11  # of a table
CANDIDATES = 40  # pre-tokens among which one is selected before a click
LATTICE = 16  # characters of a lattice


def draw(run: Walk, text: str, view: str, more: ui.Fact) -> None:
    """Draw the whole text at one step and the selected pre-token.

    Args:
        run: The text's walk.
        text: The text itself.
        view: The view whose controls step it.
        more: A further fact.
    """
    if not run.pieces:
        with ui.figure():
            ui.note(_("There is nothing to tokenize: type some text."), keep=True)
        return
    place = _selected(run, view)
    piece = run.pieces[place]
    steps = piece.steps
    with ui.figure():
        step = controls.merged[view].draw(len(run.steps) + 1) if run.steps else 0
        _strip(run, step, view)
        if steps.wordpiece is not None:
            _lookup_chips(steps.wordpiece, view)
        elif steps.unigram is not None and len(piece.text) <= LATTICE:
            draw_lattice(steps.unigram.lattice, {}, f"tok_{view}_lat")
    tokens = count(len(run.at(step)))
    ratio = _("{n} per character").format(n=number(run.per_character(step, text) or 0.0, 3))
    name = ui.plain(run.spelled(piece.text))
    ui.facts(
        [
            *([_merge_fact(run, step)] if run.steps else []),
            ui.Fact(_("tokens"), tokens, ratio),
            more,
            ui.Fact(
                _("pre-token {n}").format(n=place + 1), name, _("click a chip to select another")
            ),
        ]
    )
    if steps.wordpiece is not None:
        _lookup_table(steps.wordpiece, view)
    elif steps.merges:
        _merge_table(run, place, step)
    elif steps.unigram is None:
        ui.note(_("No merge applies to this pre-token."))
    elif len(piece.text) > LATTICE:
        ui.note(_("A lattice shows at most {n} characters.").format(n=LATTICE))
    else:
        explain_lattice()


def _selected(run: Walk, view: str) -> int:
    """The pre-token that was clicked; before a click the one with most steps."""

    def steps(i: int) -> int:
        found = run.pieces[i].steps
        lookups = found.wordpiece.attempts if found.wordpiece is not None else found.tokens
        return len(found.merges or lookups)

    picked = controls.picked[view].value
    if picked >= 0:
        return min(picked, len(run.pieces) - 1)
    return max(range(min(CANDIDATES, len(run.pieces))), key=steps)


def _merge_fact(run: Walk, step: int) -> ui.Fact:
    if not step:
        return ui.Fact(_("merge"), "—", _("purple: the next pair"))
    made = run.steps[step - 1]
    pair = " + ".join(ui.plain(run.spelled(part)) for part in made.pair)
    return ui.Fact(
        _("merge"),
        f"{pair} → {ui.plain(run.spelled(made.merged))}",
        _("rank {rank}; occurrences: {n}").format(rank=count(made.rank + 1), n=made.places),
    )


def _strip(run: Walk, step: int, view: str) -> None:
    """The symbols as chips; a click selects a pre-token."""
    symbols = run.at(step)
    chips: list[ui.Token] = []
    owners: list[int] = []
    for owner, group in groupby(symbols[:CHIPS], key=lambda symbol: symbol.piece):
        ids = run.pieces[owner].steps.ids
        found = [ui.Token("│", muted=True)] if chips else []
        for place, symbol in enumerate(group):
            color = "@accent" if symbol.joining else "@kept" if symbol.fresh else ""
            remark = str(ids[place]) if step == len(run.steps) and ids[place] >= 0 else ""
            found.append(
                ui.Token(
                    run.spelled(symbol.text),
                    color="@negative" if symbol.unknown else color,
                    note=_("unknown") if symbol.unknown else remark,
                )
            )
        chips += found
        owners += [owner] * len(found)
    ui.tokens(
        chips,
        key=f"tok_{view}_chips",
        label=_("The text after {n} merges").format(n=step),
        on_click=lambda index: controls.picked[view].set(owners[index]),
    )
    if len(symbols) > CHIPS:
        ui.note(_("{n} more").format(n=count(len(symbols) - CHIPS)))


def _merge_table(run: Walk, place: int, step: int) -> None:
    """The merges of one pre-token; those still to come are gray."""
    steps = run.pieces[place].steps.merges
    done = bisect_right(run.applied[place], step - 1)
    first = _window(done, len(steps))
    start = " ".join(ui.plain(run.spelled(symbol)) for symbol in steps[0].symbols_before)
    rows = [ui.Row(["", start], mark="" if done else "marked")] if not first else []
    for i, merge in list(enumerate(steps, 1))[first : first + ROWS]:
        symbols = " ".join(ui.plain(run.spelled(symbol)) for symbol in merge.symbols)
        rows.append(ui.Row([count(merge.rank + 1), symbols], mark=_mark(i, done)))
    ui.table([_("merge rank"), _("symbols after the merge")], rows)


def _window(current: int, length: int) -> int:
    """The first row of a table that keeps the current one in sight."""
    return max(0, min(current - ROWS // 2, length - ROWS))


def _mark(place: int, current: int) -> str:
    return "marked" if place == current else "off" if place > current else ""


def _lookup_chips(encoding: WordPieceEncoding, view: str) -> None:
    """The word, its matched characters and those looked up now."""
    lookups = encoding.attempts
    if not lookups:
        return
    at = controls.lookup[view].draw(len(lookups)) if len(lookups) > 1 else 0
    found = {
        place for each in lookups[: at + 1] if each.found for place in range(each.start, each.stop)
    }
    sought = range(lookups[at].start, lookups[at].stop)
    ui.tokens(
        [
            ui.Token(
                character, color="@kept" if place in found else "@accent" if place in sought else ""
            )
            for place, character in enumerate(encoding.word)
        ],
        key=f"tok_{view}_try_chips",
        label=_("The word: matched characters, and those looked up now"),
    )


def _lookup_table(encoding: WordPieceEncoding, view: str) -> None:
    """WordPiece's lookups in the vocabulary, longest piece first."""
    lookups = encoding.attempts
    if not lookups:
        ui.note(_("The word is longer than WordPiece allows, so it is unknown."))
        return
    at = controls.lookup[view].within(len(lookups))
    first = _window(at, len(lookups))
    ui.table(
        [_("looked up"), ""],
        [
            ui.Row(
                [ui.plain(each.piece), _("found") if each.found else _("not in the vocabulary")],
                mark=_mark(place, at),
            )
            for place, each in list(enumerate(lookups))[first : first + ROWS]
        ],
    )
    if encoding.failed_at is not None and at == len(lookups) - 1:
        character = ui.plain(encoding.word[encoding.failed_at])
        ui.note(
            _("No piece matches at “{character}”, so the whole word is unknown.").format(
                character=character
            )
        )
    else:
        ui.note(
            _(
                "WordPiece looks up the longest piece first, then shorter ones; after a match it "
                "continues with the rest of the word."
            )
        )
