"""The visitor's own table of tokens and weights, written as one short text.

As text it lies in the URL, survives a change of page and can be pasted: `girl 0.7, shoes 0.3`.
A token that holds a comma, a semicolon, a quotation mark or a line break is quoted as in JSON.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Sequence
from dataclasses import dataclass

from ui import _

MOST_ROWS = 12
LONGEST_TOKEN = 40
_ENTRY = re.compile(r'\s*(?P<token>"(?:[^"\\]|\\.)*"|[^,;\n]*?)\s*(?P<number>[^\s,;\n"]*)\s*$')
_PARTS = re.compile(r'(?:"(?:[^"\\]|\\.)*"|[^,;\n"]|")+')


@dataclass(frozen=True, slots=True)
class Table:
    """What the text says: tokens, weights, and a sentence for each entry that was not taken."""

    tokens: tuple[str, ...]
    weights: tuple[float, ...]
    problems: tuple[str, ...]


def read_table(text: str) -> Table:
    """Read `token weight` entries, separated by commas, semicolons or lines."""
    tokens: list[str] = []
    weights: list[float] = []
    problems: list[str] = []
    for part in _PARTS.findall(text[:4000]):
        if not part.strip():
            continue
        if len(tokens) == MOST_ROWS:
            problems.append(
                _("The table takes {n} rows; the rest is left out.").format(n=MOST_ROWS)
            )
            break
        token, weight = _entry(part)
        if not token or weight is None:
            if len(problems) < 3:
                said = _("“{entry}” is not a token and a number of at least 0, like “girl 0.66”.")
                problems.append(said.format(entry=part.strip()[:30]))
            continue
        tokens.append(token[:LONGEST_TOKEN])
        weights.append(weight)
    if not tokens or not any(weights):
        problems.append(_("The table needs a token with a probability above 0."))
        return Table((), (), tuple(problems))
    return Table(tuple(tokens), tuple(weights), tuple(problems))


def write_table(tokens: Sequence[str], weights: Sequence[float]) -> str:
    """The text that `read_table` reads back."""
    entries = zip(tokens, weights, strict=True)
    return ", ".join(f"{_quoted(token)} {weight:g}" for token, weight in entries)


def _entry(part: str) -> tuple[str, float | None]:
    match = _ENTRY.match(part)
    if match is None:
        return "", None
    token = match["token"]
    if token.startswith('"') and token.endswith('"') and len(token) > 1:
        try:
            token = str(json.loads(token, strict=False))
        except ValueError:
            return "", None
    try:
        weight = float(match["number"].rstrip("%"))
    except ValueError:
        return token, None
    return token, weight if math.isfinite(weight) and 0 <= weight <= 1e9 else None


def _quoted(token: str) -> str:
    if re.search(r'[,;\n"\\]', token) or token != token.strip():
        return json.dumps(token, ensure_ascii=False)
    return token
