"""The calculation of one attention weight, number by number, as lines of text."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from functools import cache

from torch import Tensor

from charts.attention.block import weight_text, written
from charts.format import number
from charts.i18n import _
from core.attention import AttentionTrace, explain_cell

TERMS = 6  # terms of a sum that are written out


def arithmetic(
    trace: AttentionTrace, query: int, key: int, index: Sequence[int] = (), terms: int = TERMS
) -> list[str]:
    """Return the steps from q and k to the weight: dot product, scale, mask, softmax.

    Args:
        trace: From `attention`, or from one of the mistakes in `core.attention.MASK_PITFALLS`.
        query: Row.
        key: Column.
        index: One number per leading axis of the scores.
        terms: The most terms of a sum that are written out.
    """
    cell = explain_cell(trace, query, key, index)
    q, k = ([brief(x) for x in vector[:terms].tolist()] for vector in (cell.q, cell.k))
    dot = joined(q, k, len(cell.q))
    lines = [f"q · k = {dot} = {brief(cell.dot)}"]
    if cell.scale != 1:
        size = len(cell.q)
        lines.append(f"× 1/√{size} = × {number(cell.scale)} = {brief(cell.score)}")
    if cell.masked_score != cell.score:
        lines.append(_("masked: the score becomes {s}").format(s=_score(cell.masked_score)))
    if cell.row_max == -math.inf:
        nan = math.isnan(cell.weight)
        return [*lines, "0 ∕ 0 = NaN" if nan else _("every key is masked: the weight is set to 0")]
    if cell.masked_score == -math.inf:
        return [*lines, f"e^(−∞) = 0 → {weight_text(cell.weight)}"]
    row = trace.masked_scores[tuple(index)][query].detach()
    powers = [small(x) for x in (row - cell.row_max).exp().tolist() if x > 0]
    total = " + ".join([*powers[:terms], "…"] if len(powers) > terms else powers)
    most = bracketed(cell.row_max)
    lines.append(f"e^({_score(cell.masked_score)} − {most}) = {small(cell.exponential)}")
    share = cell.exponential / cell.row_sum
    quotient = f"{small(cell.exponential)} ∕ {brief(cell.row_sum)}"
    lines.append(f"{small(cell.exponential)} ∕ ({total}) = {quotient} = {weight_text(share)}")
    if cell.weight == 0 and share > 0:
        lines.append(_("masked after softmax: the weight becomes 0"))
    return lines


def _score(x: float) -> str:
    return number(x, 2) if math.isfinite(x) and abs(x) >= 1e6 else brief(x)


def bracketed(x: float) -> str:
    """Format a number to be subtracted: in brackets if it is negative."""
    return _score(x) if x >= 0 else f"({_score(x)})"


def small(x: float) -> str:
    """Format a positive number with two decimals, or as a power of ten if that would be 0.00."""
    return number(x, 2) if 0 < x < 0.005 else brief(x)


def joined(left: Sequence[str], right: Sequence[str], count: int) -> str:
    """Return the products of formatted numbers as a sum of `count` terms; see `factors`.

    >>> joined(["0.50", "−1.00"], ["1.20", "−0.30"], 3)
    '0.50·1.20 + (−1.00)·(−0.30) + …'
    """
    terms = [f"{_in_sum(a)}·{_in_sum(b)}" for a, b in zip(left[:TERMS], right[:TERMS], strict=True)]
    return " + ".join([*terms, "…"] if count > len(terms) else terms)


def _in_sum(text: str) -> str:
    return f"({text})" if text[0] == "−" else text


def factors(matrix: Tensor) -> Callable[[int], list[str]]:
    """Return a function that formats the numbers of a row with `brief`; rows are cached."""

    @cache
    def row(place: int) -> list[str]:
        return [brief(x) for x in matrix[place].tolist()]

    return row


def brief(x: float) -> str:
    """Format a number of a calculation with two decimals."""
    if math.isinf(x):
        return written(x)
    text = f"{x:.2f}"
    if text[0] != "-":  # the common case; this is called thousands of times per figure
        return text
    return "0.00" if text == "-0.00" else "−" + text[1:]
