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
    """Draw the whole text at one step and the selected pre-token; `view` names the controls."""
    if not run.pieces:
        raise ui.Notice(_("There is nothing to tokenize: type some text."))
    place = _selected(run, view)
    piece = run.pieces[place]
    steps = piece.steps
    with ui.figure():
        step = controls.merged[view].draw(len(run.steps) + 1) if run.steps else 0
        _strip(run, step, view)
        if steps.wordpiece is not None:
            _lookup_chips(steps.wordpiece, view)
        elif steps.unigram is not None and len(piece.text) <= LATTICE:
            draw_lattice(steps.unigram.lattice, f"tok_{view}_lat")
    ratio = _("{n} per character").format(n=number(run.per_character(step, text) or 0.0, 3))
    name = ui.plain(run.spelled(piece.text))
    ui.facts(
        [
            *([_merge_fact(run, step)] if run.steps else []),
            ui.Fact(_("tokens"), count(len(run.at(step))), ratio),
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
    steps = run.pieces[place].steps.merges
    states = [("", steps[0].symbols_before)]
    states += [(count(merge.rank + 1), merge.symbols) for merge in steps]
    rows = [
        [rank, " ".join(ui.plain(run.spelled(symbol)) for symbol in symbols)]
        for rank, symbols in states
    ]
    done = bisect_right(run.applied[place], step - 1)
    _table([_("merge rank"), _("symbols after the merge")], rows, done)


def _table(header: list[str], rows: list[list[str]], current: int) -> None:
    """Draw the rows around the current one; those still to come are gray."""
    first = max(0, min(current - ROWS // 2, len(rows) - ROWS))
    ui.table(
        header,
        [
            ui.Row(row, mark="marked" if i == current else "off" if i > current else "")
            for i, row in list(enumerate(rows))[first : first + ROWS]
        ],
    )


def _lookup_chips(encoding: WordPieceEncoding, view: str) -> None:
    """The word, its matched characters and those looked up now."""
    lookups = encoding.attempts
    if not lookups:
        return
    at = controls.lookup[view].draw(len(lookups)) if len(lookups) > 1 else 0
    colors = dict.fromkeys(range(lookups[at].start, lookups[at].stop), "@accent")
    for each in lookups[: at + 1]:
        if each.found:
            colors |= dict.fromkeys(range(each.start, each.stop), "@kept")
    ui.tokens(
        [ui.Token(text, color=colors.get(i, "")) for i, text in enumerate(encoding.word)],
        key=f"tok_{view}_try_chips",
        label=_("The word: matched characters, and those looked up now"),
    )


def _lookup_table(encoding: WordPieceEncoding, view: str) -> None:
    lookups = encoding.attempts
    if not lookups:
        ui.note(_("The word is longer than WordPiece allows, so it is unknown."))
        return
    at = controls.lookup[view].within(len(lookups))
    results = {True: _("found"), False: _("not in the vocabulary")}
    rows = [[ui.plain(each.piece), results[each.found]] for each in lookups]
    _table([_("looked up"), ""], rows, at)
    note = _(
        "WordPiece looks up the longest piece first, then shorter ones; after a match it continues "
        "with the rest of the word."
    )
    if encoding.failed_at is not None and at == len(lookups) - 1:
        note = _("No piece matches at “{character}”, so the whole word is unknown.").format(
            character=ui.plain(encoding.word[encoding.failed_at])
        )
    ui.note(note)
