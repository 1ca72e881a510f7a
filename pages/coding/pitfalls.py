"""Mistakes that people make with codes and channels, shown by running them."""

from __future__ import annotations

from collections import Counter

import ui
from charts.format import bits, number, probability
from core.coding import expected_bit_error_rate, huffman_code, ideal_bits
from core.information import cross_entropy, self_information
from pages.coding import controls
from ui import _


def pitfalls() -> list[ui.Pitfall]:
    """Return the page's pitfalls."""
    return [
        ui.Pitfall(
            _("Forgetting the code table"),
            _(
                "The decoder needs the code, too. A table of the symbols and their code lengths "
                "is enough to rebuild it, but for a short text it may be longer than what the "
                "code saves. Sizes of the text of the first view:"
            ),
            _code_table,
        ),
        ui.Pitfall(
            _("Coding with another text's frequencies"),
            _(
                "A code made for q takes about the cross-entropy H(p, q) on a source p, not H(p). "
                "Symbols that q never saw have no code at all. An English code on German letters:"
            ),
            _other_text,
        ),
        ui.Pitfall(
            _("A whole bit for a predictable token"),
            _(
                "A language model often gives the next token a probability close to 1. A Huffman "
                "code still takes one bit for it; an arithmetic code takes −log₂ p, a fraction of "
                "a bit."
            ),
            _sure_token,
        ),
        ui.Pitfall(
            _("Comparing codes by their error alone"),
            _(
                "Repetition-7 has a lower error than Hamming(7,4) because it sends four times as "
                "many bits per message bit. Compare at the same rate, or look at the plane of rate "
                "and error. At f = 0.01:"
            ),
            _rates,
        ),
        ui.Pitfall(
            _("Taking capacity as a property of one code"),
            _(
                "Capacity is a limit over all codes of all lengths. A code with R < C may still "
                "have a large error: repetition-3 at f = 0.1 has R = 0.33 < C = 0.53, but 2.8 % of "
                "its bits are wrong. The theorem promises that some long codes do better, not that "
                "every code does."
            ),
        ),
    ]


def _code_table() -> None:
    text = controls.text.value or controls.text.default
    code = huffman_code(Counter(text))
    body = len(code.encode(text))
    # Each symbol as UTF-8 and one byte for the length of its code.
    table = sum(8 * len(symbol.encode("utf-8", "replace")) + 8 for symbol in code.codes)
    raw = 8 * len(text.encode("utf-8", "replace"))
    rows = [
        [_("UTF-8"), f"{raw:,}"],
        [_("Huffman code"), f"{body:,}"],
        [_("Huffman code with its table"), f"{body + table:,}"],
    ]
    ui.table(["", _("bits")], rows, numbers=[1])


def _other_text() -> None:
    english = "it was the best of times it was the worst of times"
    german = "es waren die besten aller zeiten es waren die miesesten"
    known = Counter(english)
    text = "".join(c for c in german if c in known)
    code, own = huffman_code(known), huffman_code(Counter(text))
    p = [own.probabilities.get(symbol, 0.0) for symbol in known]
    q = [code.probabilities[symbol] for symbol in known]
    ui.table(
        ["", _("bits per symbol")],
        [
            [_("H(p) of the German letters"), number(own.entropy)],
            [_("their own Huffman code"), number(own.average_length)],
            [_("cross-entropy H(p, q)"), number(cross_entropy(p, q))],
            [_("the English Huffman code"), number(len(code.encode(text)) / len(text))],
            [_("letters without a code"), ", ".join(sorted(set(german) - set(known)))],
        ],
        numbers=[1],
    )


def _sure_token() -> None:
    rows = []
    for p in (0.5, 0.9, 0.99, 0.999):
        ideal = float(self_information([p])[0])
        rows.append([probability(p), "1", number(ideal), f"× {number(1 / ideal)}"])
    ui.table(
        ["p", _("Huffman (bits)"), _("−log₂ p (bits)"), _("ratio")], rows, numbers=[0, 1, 2, 3]
    )
    ids = [0] * 100
    total = bits(ideal_bits(ids, lambda _ids: [0.99, 0.01]))
    ui.note(_("100 tokens of p = 0.99 each: 100 bits with Huffman, {n} ideally.").format(n=total))


def _rates() -> None:
    names = controls.code.names
    ui.table(
        [_("code"), _("sent bits per message bit"), _("bit error rate")],
        [
            [names[code], number(sent), number(expected_bit_error_rate(code, 0.01))]
            for code, sent in (("hamming-7-4", 7 / 4), ("repetition-3", 3.0), ("repetition-7", 7.0))
        ],
        numbers=[1, 2],
    )
