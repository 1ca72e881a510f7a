"""Two distributions, from dragged bars, two texts or the model; every measure of them."""

from __future__ import annotations

import math
from collections.abc import Sequence

import ui
from charts import entropy as charts
from charts.format import count, number, probability
from core import information
from core.information import Comparison, Terms
from pages.entropy import controls
from pages.entropy.sources import Pair, pair
from ui import _

BASES = {"2": 2.0, "e": math.e}
LISTED = 12  # outcomes named in a sentence


def draw() -> None:
    """Draw p and q, what each outcome contributes, and the measures."""
    source = pair()
    for notice in source.notices:
        ui.sentence(notice)
    result = information.compare(source.p, source.q, BASES[controls.base.value])
    found = information.terms_by_outcome(result, controls.DRAWN)
    names = [source.name(i) for i in found.ids]
    if found.rest:
        names.append(_("{n} others").format(n=count(found.rest)))
    selected = min(controls.outcome.value, len(names) - 1)
    with ui.figure():
        _distributions(found, names, selected)
    with ui.second_figure():
        ui.plot(
            charts.identity(result),
            key="ent_identity",
            alt=f"H(p,q) = H(p) + D(p‖q) = {charts.sum_text(result.entropy_p, result.kl)}",
            height=170,
        )
        _terms(result, found, names, selected)
        ui.note(_arithmetic(result, found, names, selected), keep=True)
    ui.note(_summary(result, source), keep=True)
    _facts(result)
    ui.note(_drawn(result, found))
    _outcomes(result, found, names)
    if controls.source.value == "model":
        ui.model_card()


def _distributions(found: Terms, names: Sequence[str], selected: int) -> None:
    if controls.source.value == "drag":
        controls.bars[controls.count.value].draw()
        return
    ui.plot(
        charts.pair(found, names, selected),
        key="ent_pair",
        alt=_("Bars of p and q over {outcomes}.").format(outcomes=", ".join(names)),
        height=400,
        on_click=lambda mark: controls.outcome.set(mark["point"]),
    )


def _terms(result: Comparison, found: Terms, names: Sequence[str], selected: int) -> None:
    """What each outcome contributes: its surprisal as an area, or its term of a divergence."""
    shown = controls.terms.value
    places = list(range(len(names)))  # of the bars
    if shown == "surprise":
        spec = charts.surprise(found, names, result.base, selected)
        alt = _("Surprisal −log p of each outcome, as wide as p: the area is H(p) = {h}.")
        places = [i for i in places if found.p[i] > 0]
    else:
        reverse = shown == "reverse"
        spec = charts.pointwise(found, names, result.base, selected, reverse=reverse)
        alt = (
            _("Terms q·log(q/p) by outcome; their sum D(q‖p) is {r}.")
            if reverse
            else _("Terms p·log(p/q) by outcome; their sum D(p‖q) is {d}.")
        )
    alt = alt.format(h=number(result.entropy_p), d=number(result.kl), r=number(result.reverse_kl))
    ui.plot(
        spec,
        key="ent_pointwise",
        alt=alt,
        height=230,
        on_click=lambda mark: controls.outcome.set(places[mark["point"]]),
    )


def _arithmetic(result: Comparison, found: Terms, names: Sequence[str], selected: int) -> str:
    """The selected outcome's term with its numbers; the sum of the terms of all others."""
    shown = controls.terms.value
    p, q = float(found.p[selected]), float(found.q[selected])
    kind, column, whole, total = {
        "kl": ("p·log(p/q)", found.kl, "D(p‖q)", result.kl),
        "reverse": ("q·log(q/p)", found.reverse_kl, "D(q‖p)", result.reverse_kl),
        "surprise": ("p·(−log p)", found.entropy, "H(p)", result.entropy_p),
    }[shown]
    log = "log₂" if result.base == 2 else "ln"
    kind = kind.replace("log", log)
    fields = {
        "name": names[selected],
        "kind": kind,
        "term": charts.amount(float(column[selected]), result.base),
        "whole": whole,
        "total": charts.amount(total, result.base),
        "p": number(p),
        "q": number(q),
    }
    if found.rest and selected == len(found.ids):
        text = _("{name}: their terms {kind} add up to {term} of {whole} = {total}.")
        return text.format(**fields)
    own, other = (q, p) if shown == "reverse" else (p, q)
    if own == 0:
        text = _(
            "{name}, with p = {p} and q = {q}: the term {kind} is 0, because 0·log 0 counts as 0."
        )
        return text.format(**fields)
    if shown == "surprise":
        numbers = f"{number(p)} × {number(float(found.surprisal_p[selected]))}"
    else:
        numbers = f"{number(own)} × {log}({number(own)} / {number(other)})"
    text = _("{name}, with p = {p} and q = {q}: {kind} = {numbers} = {term} of {whole} = {total}.")
    return text.format(**fields, numbers=numbers)


def _summary(result: Comparison, source: Pair) -> str:
    """What q's code costs, or which outcomes make a divergence infinite."""

    def bits(value: float) -> str:
        return charts.amount(value, result.base)

    said = []
    if result.kl == 0:
        said.append(_("p and q are equal, so every divergence is 0."))
    elif not result.infinite:
        said.append(
            _(
                "Encoding p takes {h} per outcome on average with p's own code and {c} with q's "
                "code: {d} more."
            ).format(h=bits(result.entropy_p), c=bits(result.cross_entropy), d=bits(result.kl))
        )
    for text, places in (
        (
            _("D(p‖q) is infinite, because q gives probability 0 to {outcomes}, and p does not."),
            result.infinite,
        ),
        (
            _("D(q‖p) is infinite, because p gives probability 0 to {outcomes}, and q does not."),
            result.reverse_infinite,
        ),
    ):
        if places:
            listed = [ui.plain(source.name(i)) for i in places[:LISTED]]
            if len(places) > LISTED:
                listed.append(_("{n} more").format(n=count(len(places) - LISTED)))
            said.append(text.format(outcomes=", ".join(listed)))
    return " ".join(said)


def _drawn(result: Comparison, found: Terms) -> str:
    """What the last bar hides."""
    size = count(result.p.numel())
    if not found.rest:
        return _("All {n} outcomes are drawn, and every measure is of all of them.").format(n=size)
    return _(
        "Every measure is of all {n} outcomes. Only {drawn} have a bar of their own; the last bar "
        "adds up the other {rest}, which have {p} of p and {q} of q. Click a bar to see its term."
    ).format(
        n=size,
        drawn=len(found.ids),
        rest=count(found.rest),
        p=probability(float(found.p[-1])),
        q=probability(float(found.q[-1])),
    )


def _facts(result: Comparison) -> None:
    def fact(name: str, value: float, words: str, help_text: str = "") -> ui.Fact:
        return ui.Fact(name, charts.amount(value, result.base), words, help_text)

    most = _("symmetric, at most 1 bit")
    if result.base != 2:
        nats = number(information.entropy([0.5, 0.5], result.base))
        most = _("symmetric, at most {n} nats").format(n=nats)
    equally = _("as uncertain as {n} equally likely outcomes")
    ui.facts(
        [
            fact(
                "H(p)",
                result.entropy_p,
                _("average surprisal under p"),
                _("Entropy: the sum of p·(−log p) over all outcomes."),
            ),
            fact(
                "H(p,q)",
                result.cross_entropy,
                _("average surprisal when you encode p with q's code"),
                _("Cross-entropy: the sum of p·(−log q) over all outcomes."),
            ),
            fact("D(p‖q)", result.kl, _("extra cost of using q's code for p")),
            fact("D(q‖p)", result.reverse_kl, _("extra cost of using p's code for q")),
            fact(
                "JS",
                result.js,
                most,
                _(
                    "Jensen–Shannon divergence: the mean of D(p‖m) and D(q‖m), where m is the "
                    "average of p and q."
                ),
            ),
            ui.Fact(
                _("perplexity of p"),
                number(result.perplexity_p),
                equally.format(n=number(result.perplexity_p)),
                _("2 to the power of the entropy in bits, which is e to its power in nats."),
            ),
            ui.Fact(
                _("perplexity of q"),
                number(result.perplexity_q),
                equally.format(n=number(result.perplexity_q)),
            ),
        ]
    )


def _outcomes(result: Comparison, found: Terms, names: Sequence[str]) -> None:
    unit = charts.unit(result.base)
    header = [_("outcome"), "p", "q"]
    header += [f"{name}, {unit}" for name in ("−log p", "−log q", "p·log(p/q)")]
    columns = (found.p, found.q, found.surprisal_p, found.surprisal_q, found.kl)
    rows = [
        [name, *(number(value, 3) for value in values)]
        for name, *values in zip(names, *(column.tolist() for column in columns), strict=True)
    ]
    ui.table(header, rows, numbers=[1, 2, 3, 4, 5])
    if found.rest:
        ui.note(
            _(
                "The last row has the sums of p, q and p·log(p/q) over the other outcomes, and the "
                "averages of −log p and −log q, weighted by p."
            )
        )
