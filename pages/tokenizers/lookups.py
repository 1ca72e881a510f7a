"""WordPiece's search for the longest piece, lookup by lookup."""

from __future__ import annotations

import ui
from core.tokenizers.wordpiece import WordPieceEncoding
from pages.tokenizers import controls
from ui import _

ROWS = 11  # of a table


def stepped_table(header: list[str], rows: list[list[str]], current: int) -> None:
    """Draw the rows around the current one; those still to come are gray."""
    first = max(0, min(current - ROWS // 2, len(rows) - ROWS))
    ui.table(
        header,
        [
            ui.Row(row, mark="marked" if i == current else "off" if i > current else "")
            for i, row in list(enumerate(rows))[first : first + ROWS]
        ],
    )


def lookup_chips(encoding: WordPieceEncoding, view: str) -> None:
    """The word, its matched characters and those looked up now."""
    lookups = encoding.attempts
    if not lookups:
        return
    at = controls.lookup[view].draw(len(lookups))
    colors = dict.fromkeys(range(lookups[at].start, lookups[at].stop), "@accent")
    for each in lookups[: at + 1]:
        if each.found:
            colors |= dict.fromkeys(range(each.start, each.stop), "@kept")
    ui.tokens(
        [ui.Token(text, color=colors.get(i, "")) for i, text in enumerate(encoding.word)],
        key=f"tok_{view}_try_chips",
        label=_("The word: matched characters, and those looked up now"),
    )
    ui.note(
        _("Lookup {n} of {last}: {result}").format(
            n=at + 1, last=len(lookups), result=_lookup_result(encoding, at)
        ),
        keep=True,
    )


def lookup_table(encoding: WordPieceEncoding, view: str) -> None:
    """Draw all lookups of a word as a table."""
    lookups = encoding.attempts
    if not lookups:
        ui.note(_("The word is longer than WordPiece allows, so it is unknown."))
        return
    at = controls.lookup[view].within(len(lookups))
    results = {True: _("found"), False: _("not in the vocabulary")}
    rows = [[ui.plain(each.piece), results[each.found]] for each in lookups]
    stepped_table([_("looked up"), ""], rows, at)


def _lookup_result(encoding: WordPieceEncoding, at: int) -> str:
    """Say what one lookup of WordPiece's longest match gives."""
    tried = encoding.attempts[at]
    piece, rest = ui.plain(tried.piece), encoding.word[tried.stop :]
    if not tried.found and at < len(encoding.attempts) - 1:
        return _(
            "“{piece}” is not in the vocabulary, so the piece without its last character is next."
        ).format(piece=piece)
    if not tried.found:
        return _("No piece matches at “{character}”, so the whole word is unknown.").format(
            character=ui.plain(encoding.word[encoding.failed_at or 0])
        )
    if not rest:
        return _("“{piece}” is the longest piece that matches; the word is complete.").format(
            piece=piece
        )
    return _(
        "“{piece}” is the longest piece that matches here, so it is a token; “{rest}” is left."
    ).format(piece=piece, rest=ui.plain(rest))
