"""A text on its way through a tokenizer: all of it as chips, and one pre-token in detail."""

from __future__ import annotations

from bisect import bisect_right
from itertools import groupby

import ui
from charts.format import count, number
from core.tokenizers.spelling import widths
from core.tokenizers.walk import Walk, WalkStep
from pages.tokenizers import controls
from pages.tokenizers.lookups import lookup_chips, lookup_table, stepped_table
from pages.tokenizers.rounds import draw_lattice, explain_lattice
from ui import _

CHIPS = 300  # shown
UNITS = 150  # symbols before the first merge up to which chips keep their places
CANDIDATES = 40  # pre-tokens among which one is selected before a click
LATTICE = 16  # characters of a lattice


def draw(run: Walk, text: str, view: str, more: ui.Fact) -> None:
    """Draw the whole text at one step and the selected pre-token; `view` names the controls."""
    if not run.pieces:
        raise ui.Notice(_("There is nothing to tokenize: type some text into “Your text”."))
    place = _selected(run, view)
    piece = run.pieces[place]
    steps = piece.steps
    with ui.figure():
        step = controls.merged[view].draw(len(run.steps) + 1) if _merges(run) else 0
        _strip(run, step, view, place)
        ui.note(_sentence(run, step), keep=True)
        if steps.wordpiece is not None:
            lookup_chips(steps.wordpiece, view)
        elif steps.unigram is not None and len(piece.text) <= LATTICE:
            draw_lattice(steps.unigram.lattice, f"tok_{view}_lat")
    number_of = len(run.at(step))
    done = step == len(run.steps)
    ui.facts(
        [
            ui.Fact(
                _("tokens") if done else _("symbols so far"),
                count(number_of),
                _("{n} per character").format(n=number(run.per_character(step, text) or 0.0, 3)),
                _("{n} symbols / {characters} characters").format(
                    n=count(number_of), characters=count(len(text))
                ),
            ),
            more,
            ui.Fact(
                _("pre-token {n}").format(n=place + 1),
                ui.plain(run.spelled(piece.text)),
                _("click a chip to select another"),
                _(
                    "Pre-tokenization cuts the text into parts, such as words. Each part is "
                    "tokenized separately, so no token crosses its ends."
                ),
            ),
        ]
    )
    if steps.wordpiece is not None:
        lookup_table(steps.wordpiece, view)
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


def _merges(run: Walk) -> bool:
    """Return whether the tokenizer merges when it encodes, that is, whether it is a BPE."""
    return all(
        piece.steps.wordpiece is None and piece.steps.unigram is None for piece in run.pieces
    )


def _pair(run: Walk, made: WalkStep) -> str:
    return " + ".join(ui.plain(run.spelled(part)) for part in made.pair)


def _sentence(run: Walk, step: int) -> str:
    """Say what has happened to the text at this step."""
    symbols = run.at(step)
    unknown = sum(symbol.unknown for symbol in symbols)
    hidden = len(symbols) - CHIPS
    parts = [_happening(run, step, len(symbols))]
    if unknown and step == len(run.steps):
        parts.append(
            _("Unknown tokens, in red: {n}. That part of the text is lost.").format(
                n=count(unknown)
            )
        )
    dropped = sum(len(piece.steps.dropped) for piece in run.pieces)
    if dropped:
        parts.append(_("Left out, because no token exists for them: {n}.").format(n=dropped))
    if hidden > 0:
        parts.append(_("Not drawn: the last {n}.").format(n=count(hidden)))
    return " ".join(parts)


def _happening(run: Walk, step: int, length: int) -> str:
    after, last = count(length), len(run.steps)
    if not _merges(run):
        return _("Parts of the text (pre-tokens): {parts}; tokens: {n}.").format(
            parts=count(len(run.pieces)), n=after
        )
    if not last:
        return _(
            "No pair of the merge list occurs in this text: its {n} symbols are tokens."
        ).format(n=after)
    if not step:
        made = run.steps[0]
        return _(
            "Before the first merge the text has {n} symbols. Of all pairs in it, {pair} is the "
            "first in the merge list (number {rank}), so it is merged next (purple)."
        ).format(n=after, pair=_pair(run, made), rank=count(made.rank + 1))
    made = run.steps[step - 1]
    text = _(
        "Merge {step} of {last}: {pair} → {merged} (green), number {rank} in the merge list. "
        "Occurrences in the text: {places}, so {before} − {places} = {after} symbols remain."
    ).format(
        step=step,
        last=last,
        pair=_pair(run, made),
        merged=ui.plain(run.spelled(made.merged)),
        rank=count(made.rank + 1),
        places=count(made.places),
        before=count(length + made.places),
        after=after,
    )
    if step < last:
        return text
    return f"{text} {_('No other pair of the list occurs: these are the tokens, with their ids.')}"


def _strip(run: Walk, step: int, view: str, place: int) -> None:
    """The symbols as chips, each as wide as its parts; a click selects a pre-token."""
    symbols = run.at(step)[:CHIPS]
    keeps_places = sum(len(piece.steps.initial) for piece in run.pieces) <= UNITS
    chips: list[ui.Token] = []
    owners: list[int] = []
    for owner, group in groupby(symbols, key=lambda symbol: symbol.piece):
        parts, steps = list(group), run.pieces[owner].steps
        spans = widths([symbol.text for symbol in parts], steps.initial)
        for i, symbol in enumerate(parts):
            color = "@accent" if symbol.joining else "@kept" if symbol.fresh else ""
            index = steps.ids[i] if step == len(run.steps) else -1
            notes = [str(index)] if index >= 0 else []
            chips.append(
                ui.Token(
                    run.spelled(symbol.text),
                    color="@negative" if symbol.unknown else color,
                    note=" ".join([*notes, *([_("unknown")] if symbol.unknown else [])]),
                    group=owner,
                    span=spans[i] if keeps_places else 0,
                )
            )
            owners.append(owner)
    ui.tokens(
        chips,
        key=f"tok_{view}_chips",
        label=_("The text after {n} merges").format(n=step),
        selected=owners.index(place) if place in owners else None,
        on_click=lambda index: controls.picked[view].set(owners[index]),
    )


def _merge_table(run: Walk, place: int, step: int) -> None:
    steps = run.pieces[place].steps.merges
    states = [(_("start"), steps[0].symbols_before)]
    states += [(count(merge.rank + 1), merge.symbols) for merge in steps]
    rows = [
        [rank, " ".join(ui.plain(run.spelled(symbol)) for symbol in symbols)]
        for rank, symbols in states
    ]
    done = bisect_right(run.applied[place], step - 1)
    stepped_table([_("number in the list"), _("symbols after the merge")], rows, done)
