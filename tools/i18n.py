"""Translations: `python -m tools.i18n` merges and compiles them, `--check` tells what is missing.

Page authors write `locales/parts/<topic>.po` by hand (plain entries, no header needed; an entry may
stand in several parts). This tool collects every `_("…")` of the sources, takes the translations
that are asked for and writes `locales/zh_CN/LC_MESSAGES/logitlab.po` and `.mo`. From `core`, which
has no `_`, it collects the templates of its error sentences: the literal first argument of
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
    """A text of the sources: the message, its plural form or "", and where it stands."""

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
    """Every text of the sources; and the places where `_` gets something else than a literal."""
    texts: list[Text] = []
    wrong: list[str] = []
    for path in _files():
        if path in (ROOT / "charts" / "i18n.py", ROOT / "core" / "errors.py"):
            continue  # where `_` and the errors themselves are written
        for call, place in _calls(path):
            wanted = 2 if isinstance(call.func, ast.Name) and call.func.id == "ngettext" else 1
            held = [
                argument.value
                for argument in call.args[:wanted]
                if isinstance(argument, ast.Constant) and isinstance(argument.value, str)
            ]
            if len(held) < wanted:
                wrong.append(f"{place}: {ast.unparse(call)[:80]} is not a literal text")
            elif held[0]:
                texts.append(Text(held[0], held[1] if wanted == 2 else "", place))
    return texts, wrong


def translations() -> tuple[dict[str, str], list[str]]:
    """Translation of each message of the parts; and the complaints about them."""
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
            held = message.string or ""
            text = held if isinstance(held, str) else held[0]
            if not name or not text:
                continue
            if known.setdefault(name, text) != text:
                complaints.append(
                    f"{path.name}: {name!r} is {text!r} here and {known[name]!r} in another part"
                )
    return known, complaints


def placeholders(text: str) -> list[str]:
    """Names between braces, as `str.format` fills them: "{n} of {all}" has ["all", "n"]."""
    return sorted(set(_PLACEHOLDER.findall(text.replace("{{", "").replace("}}", ""))))


def merged() -> Catalog:
    """The Chinese catalog: every text of the sources for which a part has a translation."""
    known, _complaints = translations()
    # A fixed date: the files change when the texts do.
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
    """The catalog as a .po file, sorted, without places (they change with every line)."""
    held = io.BytesIO()
    write_po(held, catalog, no_location=True, sort_output=True, width=100)
    return held.getvalue()


def mo_bytes(catalog: Catalog) -> bytes:
    """The catalog as gettext reads it."""
    held = io.BytesIO()
    write_mo(held, catalog)
    return held.getvalue()


def missing() -> list[str]:
    """Texts without a translation, each with its place."""
    known, _complaints = translations()
    return [f"{text.place}: {text.message!r}" for text in extract()[0] if text.message not in known]


def unequal() -> list[str]:
    """Translations whose placeholders are not those of the text."""
    known, _complaints = translations()
    return [
        f"{text.place}: {text.message!r} -> {known[text.message]!r}"
        for text in extract()[0]
        if text.message in known
        and placeholders(known[text.message]) != placeholders(text.message + text.plural)
    ]


def stale() -> list[str]:
    """The files that would change if they were written now."""
    catalog = merged()
    wanted = {PO: po_bytes(catalog), MO: mo_bytes(catalog)}
    return [
        f"{path.relative_to(ROOT)} is not up to date: run `make i18n`"
        for path, data in wanted.items()
        if not path.is_file() or path.read_bytes() != data
    ]


def complaints() -> list[str]:
    """Everything that is wrong with the translations, one line each."""
    return extract()[1] + translations()[1] + missing() + unequal() + stale()


def main(arguments: list[str]) -> int:
    """Write the catalog, or only check it with `--check`; how many complaints are left."""
    if "--check" not in arguments:
        PO.parent.mkdir(parents=True, exist_ok=True)
        catalog = merged()
        PO.write_bytes(po_bytes(catalog))
        MO.write_bytes(mo_bytes(catalog))
        print(f"{len(catalog)} texts in {PO.relative_to(ROOT)}")
        unused = set(translations()[0]) - {text.message for text in extract()[0]}
        for message in sorted(unused):
            print(f"nobody asks for {message!r}")
    found = complaints()
    for line in found:
        print(line)
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
