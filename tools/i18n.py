"""Merge and compile the translations: `python -m tools.i18n`; `--check` only reports problems.

Page authors write `locales/parts/<topic>.po` by hand (plain entries without a header; several parts
may contain the same entry). This tool collects every `_("…")` in the sources, looks up the
translations and writes `locales/zh_CN/LC_MESSAGES/logitlab.po` and `.mo`. `core` does not use `_`;
there, the tool collects the templates of error messages: the literal first argument of
`InputError(…)`, `ModelError(…)` and `Sentence(…)`.
"""

from __future__ import annotations

import ast
import datetime
import io
import re
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po

from tools.site import ROOT

PARTS = ROOT / "locales" / "parts"
PO = ROOT / "locales" / "zh_CN" / "LC_MESSAGES" / "logitlab.po"
MO = PO.with_suffix(".mo")
SOURCES = ("app.py", "ui", "charts", "pages", "core")
#: Functions whose first argument is a text of the interface, in `core` and elsewhere.
CORE_CALLS = ("InputError", "ModelError", "Sentence")
CALLS = ("_", "N_", "ngettext")
_PLACEHOLDER = re.compile(r"\{(\w*)[^{}]*\}")


@dataclass(frozen=True, slots=True)
class Text:
    """A text in the sources: the message, its plural form or "", and its location."""

    message: str
    plural: str
    place: str


def _files() -> list[Path]:
    found: list[Path] = []
    for name in SOURCES:
        path = ROOT / name
        found += [path] if path.is_file() else sorted(path.rglob("*.py"))
    return found


def _calls(path: Path) -> Iterator[tuple[ast.Call, str]]:
    names = CORE_CALLS if path.is_relative_to(ROOT / "core") else CALLS
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in names:
            yield node, f"{path.relative_to(ROOT)}:{node.lineno}"


def extract() -> tuple[list[Text], list[str]]:
    """Return all texts in the sources, and an error for every call without a literal text."""
    texts: list[Text] = []
    wrong: list[str] = []
    for path in _files():
        if path in (ROOT / "charts" / "i18n.py", ROOT / "core" / "errors.py"):
            continue  # These files define `_` and the error classes.
        for call, place in _calls(path):
            wanted = 2 if isinstance(call.func, ast.Name) and call.func.id == "ngettext" else 1
            literals = [
                argument.value
                for argument in call.args[:wanted]
                if isinstance(argument, ast.Constant) and isinstance(argument.value, str)
            ]
            if len(literals) < wanted:
                wrong.append(f"{place}: {ast.unparse(call)[:80]} is not a literal text")
            elif literals[0]:
                texts.append(Text(literals[0], literals[1] if wanted == 2 else "", place))
    return texts, wrong


def translations() -> tuple[dict[str, str], list[str]]:
    """Return the translation of each message in the parts, and the errors found in them."""
    known: dict[str, str] = {}
    complaints: list[str] = []
    for path in sorted(PARTS.glob("*.po")):
        with path.open("rb") as file:
            try:
                catalog = read_po(file, locale="zh_CN", abort_invalid=True)
            except Exception as error:
                complaints.append(f"{path.name}: {error}")
                continue
        for message in catalog:
            name = message.id if isinstance(message.id, str) else message.id[0]
            string = message.string or ""
            text = string if isinstance(string, str) else string[0]
            if not name or not text:
                continue
            if known.setdefault(name, text) != text:
                complaints.append(
                    f"{path.name}: {name!r} is {text!r} here and {known[name]!r} in another part"
                )
    return known, complaints


def placeholders(text: str) -> list[str]:
    """Return the placeholders of a `str.format` template: ["all", "n"] for "{n} of {all}"."""
    return sorted(set(_PLACEHOLDER.findall(text.replace("{{", "").replace("}}", ""))))


def merged() -> Catalog:
    """Return the Chinese catalog of all texts in the sources that have a translation."""
    known, _complaints = translations()
    # A fixed date, so that the files change only if the texts do.
    catalog = Catalog(
        locale="zh_CN",
        project="Logit Lab",
        version="1",
        header_comment="# Written by `python -m tools.i18n` from locales/parts; edit those.",
        creation_date=datetime.datetime(2026, 1, 1, tzinfo=datetime.UTC),
        revision_date=datetime.datetime(2026, 1, 1, tzinfo=datetime.UTC),
        fuzzy=False,
    )
    for text in extract()[0]:
        if text.message in known:
            name = (text.message, text.plural) if text.plural else text.message
            string = (known[text.message],) if text.plural else known[text.message]
            catalog.add(name, string)
    return catalog


def po_bytes(catalog: Catalog) -> bytes:
    """Return the catalog as a sorted .po file, without locations, which change often."""
    buffer = io.BytesIO()
    write_po(buffer, catalog, no_location=True, sort_output=True, width=100)
    return buffer.getvalue()


def mo_bytes(catalog: Catalog) -> bytes:
    """Return the catalog as a .mo file for gettext."""
    buffer = io.BytesIO()
    write_mo(buffer, catalog)
    return buffer.getvalue()


def missing() -> list[str]:
    """Return the texts without a translation, with their locations."""
    known, _complaints = translations()
    return [f"{text.place}: {text.message!r}" for text in extract()[0] if text.message not in known]


def unequal() -> list[str]:
    """Return the translations whose placeholders differ from those of the text."""
    known, _complaints = translations()
    return [
        f"{text.place}: {text.message!r} -> {known[text.message]!r}"
        for text in extract()[0]
        if text.message in known
        and placeholders(known[text.message]) != placeholders(text.message + text.plural)
    ]


def stale() -> list[str]:
    """Return an error for every catalog file that is not up to date."""
    catalog = merged()
    wanted = {PO: po_bytes(catalog), MO: mo_bytes(catalog)}
    return [
        f"{path.relative_to(ROOT)} is not up to date: run `make i18n`"
        for path, data in wanted.items()
        if not path.is_file() or path.read_bytes() != data
    ]


def complaints() -> list[str]:
    """Return all problems of the translations, one line each."""
    return extract()[1] + translations()[1] + missing() + unequal() + stale()


def main(arguments: list[str]) -> int:
    """Write the catalog, unless `--check` is given; return 1 if there are problems, else 0."""
    if "--check" not in arguments:
        PO.parent.mkdir(parents=True, exist_ok=True)
        catalog = merged()
        PO.write_bytes(po_bytes(catalog))
        MO.write_bytes(mo_bytes(catalog))
        print(f"{len(catalog)} texts in {PO.relative_to(ROOT)}")
        unused = set(translations()[0]) - {text.message for text in extract()[0]}
        for message in sorted(unused):
            print(f"unused: {message!r}")
    found = complaints()
    for line in found:
        print(line)
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
