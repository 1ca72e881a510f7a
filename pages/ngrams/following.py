"""The next token after the visitor's context, at every n; backing off, order by order."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import torch

import ui
from charts import ngrams as charts
from charts.format import count, number, probability
from core import ngrams as core
from pages.ngrams import controls, counted
from ui import _

SHOWN = 6  # tokens named in each bar


@lru_cache(maxsize=64)
def _events(counts: core.NGramCounts, context: tuple[str, ...]) -> core.Events:
    return counts.after(context)


def context() -> tuple[str, ...]:
    """Return the tokens of the visitor's context."""
    return tuple(core.split_tokens(controls.context.value, counted.corpus().unit))


def predictions() -> tuple[core.NGramCounts, core.Events]:
    """Return the counts, and what they say about every token after the context."""
    counts = counted.complete().counts
    return counts, _events(counts, context())


@lru_cache(maxsize=64)
def _rows(events: core.Events, vocabulary: tuple[str, ...]) -> list[charts.Row]:
    rows = []
    top = torch.topk(events.counts, min(SHOWN, len(vocabulary)), dim=1)
    columns = top.indices.tolist(), top.values.int().tolist(), events.totals[:, 0].int().tolist()
    for indices, values, total in zip(*columns, strict=True):
        labels = [counted.readable(vocabulary[i]) for i in indices]
        named = sum(c > 0 for c in values)
        rows.append(charts.Row(labels[:named], values[:named], total))
    return rows


def draw() -> None:
    """Draw the bars of every n, and the selected n with and without smoothing."""
    counts, events = predictions()
    n, discount = controls.n.value, controls.backoff_discount.value
    size = len(counts.vocabulary)
    p = core.probabilities(events, size, "kneser_ney", discount=discount)[n - 1]
    mle = core.probabilities(events, size, "mle")[n - 1]
    order = torch.topk(p, min(controls.ROWS, size)).indices
    row = min(controls.row.value, len(order) - 1)
    token = int(order[row])
    labels = [counted.readable(counts.vocabulary[i]) for i in order.tolist()]
    rows = _rows(events, counts.vocabulary)
    seen = max(i for i, r in enumerate(rows, start=1) if r.total)

    def choose_token(mark: dict[str, Any]) -> None:
        controls.row.set(mark.get("y"))

    with ui.figure():
        ui.plot(
            charts.at_every_n(rows, labels[row], n),
            key="ng_next",
            alt=_("Next tokens by n; the context is seen up to n = {n}.").format(n=seen),
            height=430,
            on_click=_choose_n,
        )
    with ui.second_figure():
        ui.plot(
            charts.smoothed(labels, mle[order].tolist(), p[order].tolist(), row),
            key="ng_smoothed",
            alt=_("Kneser–Ney at n = {n}: {top}.").format(
                n=n,
                top=", ".join(
                    f"{t} {probability(v)}"
                    for t, v in zip(labels[:3], p[order[:3]].tolist(), strict=False)
                ),
            ),
            height=430,
            on_click=choose_token,
        )
    ui.note(_now(n, seen, rows[n - 1]), keep=True)
    _backing_off(events, n, token, labels[row], discount)


def _now(n: int, seen: int, row: charts.Row) -> str:
    if row.total:
        return _(
            "n = {n}: the last {m} tokens of the context occur {total} times in the training text, "
            "most often followed by “{token}” ({c} times)."
        ).format(n=n, m=n - 1, total=count(row.total), token=row.tokens[0], c=count(row.counts[0]))
    if seen == 1:
        return _(
            "n = {n}: the last {m} tokens of the context never occur in the training text, and "
            "neither does the last one alone. Kneser–Ney backs off to no context at all."
        ).format(n=n, m=n - 1)
    return _(
        "n = {n}: the last {m} tokens of the context never occur in the training text. Kneser–Ney "
        "backs off to the last {shorter}, which do."
    ).format(n=n, m=n - 1, shorter=seen - 1)


def _backing_off(events: core.Events, n: int, token: int, label: str, discount: float) -> None:
    """Write the selected token's probability as a sum over the orders."""
    parts = core.interpolation(events, n, token, discount)
    total = sum(part.part for part in parts)
    words = context()
    head = [
        _("context"), _("count of “{token}” after it").format(token=label), _("all counts"),
        _("distinct tokens"), _("weight"), _("adds"),
    ]  # fmt: skip
    pads = [core.BEGIN] * controls.LONGEST_N
    rows = []
    for part in parts:
        left = [*pads, *words][len(pads) + len(words) - part.length :]
        shown = " ".join(counted.readable(t) for t in left) or "—"
        cells = [shown, count(round(part.count)), count(round(part.total))]
        cells += [count(round(part.types)), number(part.weight), probability(part.part)]
        rows.append(ui.Row(cells, "" if part.total else "off"))
    ui.table(head, rows, numbers=[1, 2, 3, 4, 5])
    top = parts[0]
    if n > 1 and top.total:
        kept = f"{top.count:.0f} - {discount:g}" if top.count else "0"
        ui.formula(
            rf"p = \tfrac{{{kept}}}{{{top.total:.0f}}} + \tfrac{{{discount:g}\,\cdot\,"
            rf"{top.types:.0f}}}{{{top.total:.0f}}}\, p_{{{n - 1}}} = {total:.5f}"
        )
    ui.note(
        _(
            "The longest context uses plain counts. Below it, a token counts once for each "
            "distinct token before it, so a frequent token that always follows the same one gets "
            "little. Contexts in gray were never seen: their weight passes on unchanged."
        )
    )
    ui.provenance(
        *(
            (f"p({token} | {context})", printed, p)
            for (context, token, printed), p in zip(
                core.SAM_BIGRAMS, core.sam_bigrams(), strict=True
            )
        )
    )


def _choose_n(mark: dict[str, Any]) -> None:
    controls.n.set(mark.get("y"))
