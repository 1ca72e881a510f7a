"""A text on its way through a tokenizer: chips that grow together, and one piece in detail."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator

import streamlit as st

import ui
from charts.format import count, number
from core.tokenizers.walk import Walk, WalkPiece
from core.tokenizers.wordpiece import WordPieceEncoding
from pages.tokenizers_parts import rounds
from ui import _

TEXT = 1000  # characters that are stepped
CHIPS = 300  # chips in sight
ROWS = 11  # of a table
FIRST = 40  # pieces among which one is shown without a click
LATTICE = 16  # characters of a lattice


def limited(text: str, limit: int = TEXT) -> str:
    """The part of a text that is used; says so where it is not all."""
    if len(text) > limit:
        ui.note(
            _("The text has {all} characters; the first {kept} are used.").format(
                all=count(len(text)), kept=count(limit)
            )
        )
    return text[:limit]


def draw(run: Walk, text: str, key: str, more: list[ui.Fact]) -> None:
    """The whole text at one step, and on the right the piece that was clicked.

    Args:
        run: the text's walk.
        text: the text itself.
        key: the prefix of this walk's controls.
        more: further facts, shown after the counts.
    """
    if not run.pieces:
        ui.note(_("Nothing to tokenize: type a word."))
        return
    left, right = st.columns([1.5, 1], gap="large")
    with left:
        step = len(run.steps)
        if run.steps:
            step = ui.stepper(_("Merge"), len(run.steps) + 1, key=f"{key}_at", name=_("merge"))
        facts(run, text, step, more)
        strip(run, step, key)
    picked = min(max(0, st.session_state.get(f"{key}_pick", _first(run))), len(run.pieces) - 1)
    with right:
        detail(run, picked, step, key)


def _first(run: Walk) -> int:
    """The piece to look at first: the one in which most happens, among the first ones."""

    def happens(i: int) -> tuple[int, int, int]:
        steps, text = run.pieces[i].steps, run.pieces[i].text
        looks = len(steps.wordpiece.attempts) if steps.wordpiece is not None else 0
        return len(steps.merges) + looks, len(steps.tokens), len(text)

    return max(range(min(FIRST, len(run.pieces))), key=happens)


def facts(run: Walk, text: str, step: int, more: list[ui.Fact]) -> None:
    """The merge just made and how long the text is now."""
    items: list[ui.Fact] = []
    if run.steps:
        if step:
            made = run.steps[step - 1]
            parts = " + ".join(ui.plain(run.spelled(part)) for part in made.pair)
            value = f"{parts} → {ui.plain(run.spelled(made.merged))}"
            note = _("no. {rank} of the list; places: {n}").format(
                rank=count(made.rank + 1), n=made.places
            )
        else:
            value, note = "—", _("in purple: what the first one joins")
        items.append(ui.Fact(_("merge"), value, note))
    ratio = run.per_character(step, text)
    items.append(
        ui.Fact(
            _("tokens"),
            count(len(run.at(step))),
            _("{n} a character").format(n=number(ratio, 3)) if ratio is not None else "",
        )
    )
    ui.facts([*items, *more])


def strip(run: Walk, step: int, key: str) -> None:
    """The symbols as chips; a click picks the piece."""
    symbols = run.at(step)
    last = step == len(run.steps)
    chips: list[ui.Token] = []
    owners: list[int] = []
    for place, symbol in enumerate(symbols[:CHIPS]):
        if place and symbol.piece != symbols[place - 1].piece:
            chips.append(ui.Token("│", muted=True))
            owners.append(symbol.piece)
        color = "@accent" if symbol.joining else "@kept" if symbol.fresh else ""
        note = _("unknown") if symbol.unknown else ""
        if last and not note:
            note = _id_of(run.pieces[symbol.piece], symbols, place)
        chips.append(
            ui.Token(
                run.spelled(symbol.text),
                color="@negative" if symbol.unknown else color,
                note=note,
            )
        )
        owners.append(symbol.piece)

    def pick(index: int) -> None:
        st.session_state[f"{key}_pick"] = owners[index]

    ui.tokens(
        chips,
        key=f"{key}_chips",
        label=_("The text after {n} merges").format(n=step),
        on_click=pick,
    )
    if len(symbols) > CHIPS:
        ui.note(_("{n} more").format(n=count(len(symbols) - CHIPS)))


def _id_of(piece: WalkPiece, symbols: tuple, place: int) -> str:
    """The id of a final token, found by its place within its piece."""
    first = place
    while first and symbols[first - 1].piece == symbols[place].piece:
        first -= 1
    index = piece.steps.ids[place - first]
    return str(index) if index >= 0 else ""


def detail(run: Walk, picked: int, step: int, key: str) -> None:
    """How one piece becomes tokens."""
    piece = run.pieces[picked]
    name = ui.plain(run.spelled(piece.text))
    ui.facts([ui.Fact(_("piece {n}").format(n=picked + 1), name, _("click a chip for another"))])
    if piece.steps.wordpiece is not None:
        attempts(piece.steps.wordpiece, f"{key}_try")
    elif piece.steps.unigram is not None:
        if len(piece.text) <= LATTICE:
            rounds.lattice(piece.steps.unigram.lattice, {}, f"{key}_lat", 280)
        else:
            ui.note(_("Too long for a lattice: pick a piece of at most {n}.").format(n=LATTICE))
    elif piece.steps.merges:
        merges(run, picked, step)
    else:
        ui.note(_("No merge applies to it."))


def merges(run: Walk, picked: int, step: int) -> None:
    """The merges of one piece, those to come in gray."""
    steps = run.pieces[picked].steps.merges
    done = bisect_right(run.applied[picked], step - 1)
    first = max(0, min(done - ROWS // 2, len(steps) - ROWS))
    start = " ".join(ui.plain(run.spelled(symbol)) for symbol in steps[0].symbols_before)
    rows = [ui.Row(["", start], mark="" if done else "marked")] if not first else []
    for place, merge in list(enumerate(steps, 1))[first : first + ROWS]:
        symbols = " ".join(ui.plain(run.spelled(symbol)) for symbol in merge.symbols)
        mark = "marked" if place == done else "off" if place > done else ""
        rows.append(ui.Row([count(merge.rank + 1), symbols], mark=mark))
    ui.table([_("merge no."), _("symbols after it")], rows, numbers=[0])


def attempts(encoding: WordPieceEncoding, key: str) -> None:
    """WordPiece's looks into the vocabulary, the longest first, one by one."""
    looks = encoding.attempts
    if not looks:
        ui.note(_("Longer than a word may be: unknown without a look."))
        return
    at = ui.stepper(_("Look"), len(looks), key=key) if len(looks) > 1 else 0
    now = looks[at]
    found = [look for look in looks[: at + 1] if look.found]

    def chips() -> Iterator[ui.Token]:
        for place, character in enumerate(encoding.word):
            color = ""
            if any(look.start <= place < look.stop for look in found):
                color = "@kept"
            elif now.start <= place < now.stop:
                color = "@accent"
            yield ui.Token(character, color=color)

    ui.tokens(list(chips()), key=f"{key}_chips", label=_("The word: matched, and looked up"))
    first = max(0, min(at - ROWS // 2, len(looks) - ROWS))
    ui.table(
        [_("looked up"), ""],
        [
            ui.Row(
                [ui.plain(look.piece), _("found") if look.found else _("not in the vocabulary")],
                mark="marked" if place == at else "off" if place > at else "",
            )
            for place, look in list(enumerate(looks))[first : first + ROWS]
        ],
    )
    if encoding.failed_at is not None and at == len(looks) - 1:
        said = _("Nothing fits at “{character}”, so the whole word is unknown.").format(
            character=ui.plain(encoding.word[encoding.failed_at])
        )
    else:
        said = _("The longest piece first, then ever shorter ones; then the rest of the word.")
    ui.note(said)


def text_box(label: str, value: str, key: str, limit: int = TEXT) -> str:
    """The visitor's text, cut to what is used."""
    return limited(ui.live_text(label, value, key=key), limit)
