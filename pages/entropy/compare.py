"""Two distributions, from dragged bars, two texts or the model; every measure of them."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import pandas as pd
import streamlit as st

import ui
from charts import entropy as charts
from charts.format import number
from core import information
from pages.entropy import controls
from ui import _, models

KEPT = 9  # outcomes with a place of their own, where the rest is a tail
BASES = {"2": 2.0, "e": math.e}


@dataclass(frozen=True, slots=True)
class Pair:
    """What p and q are over, and their values."""

    outcomes: Sequence[str]
    p: Sequence[float]
    q: Sequence[float]


def pair() -> Pair:
    """Return p and q as the controls stand."""
    source = controls.source.value
    if source == "letters":
        return _letters(controls.text_p.value, controls.text_q.value)
    if source == "model":
        return _tokens(controls.prompt_p.value, controls.prompt_q.value)
    bars = controls.bars[controls.count.value]
    return Pair(bars.outcomes, *bars.value)


def _letters(one: str, two: str) -> Pair:
    found = information.letter_pair(KEPT, one, two)
    outcomes = list(found.letters)
    if found.top.tail_count:
        outcomes.append(_("{n} others").format(n=found.top.tail_count))
    return _lumped(outcomes, found.top)


def _tokens(one: str, two: str) -> Pair:
    model = models.language_model()
    ids = [models.encode_limited(text)[0] or [model.start_id] for text in (one, two)]
    top = information.from_logits(KEPT, *(models.next_logits(tuple(line)) for line in ids))
    outcomes = [ui.plain(model.token_text(i)) for i in top.ids]
    outcomes.append(_("{n} others").format(n=f"{top.tail_count:,}"))
    return _lumped(outcomes, top)


def _lumped(outcomes: list[str], top: information.TopOutcomes) -> Pair:
    p, q = (values.tolist() for values in top.probs)
    return Pair(outcomes, p, q)


def draw() -> None:
    """Draw p and q, what each outcome contributes, and the measures."""
    if controls.source.value == "model":
        for text in (controls.prompt_p.value, controls.prompt_q.value):
            cut = models.encode_limited(text)[1]
            if cut:
                ui.sentence(cut)
    found = pair()
    result = information.compare(found.p, found.q, BASES[controls.base.value])
    with ui.figure():
        _distributions(found)
    with ui.second_figure():
        ui.plot(
            charts.identity(result),
            key="ent_identity",
            alt=f"H(p,q) = H(p) + D(p‖q) = {charts.sum_text(result.entropy_p, result.kl)}",
            height=170,
        )
        _terms(result, found.outcomes)
    _facts(result)
    _infinite(result, found.outcomes)
    _outcomes(result, found.outcomes)


def _distributions(found: Pair) -> None:
    if controls.source.value == "drag":
        controls.bars[controls.count.value].draw()
        return
    ui.plot(
        charts.pair(found.outcomes, found.p, found.q),
        key="ent_pair",
        alt=_("Bars of p and q over {outcomes}.").format(outcomes=", ".join(found.outcomes)),
        height=400,
    )


def _terms(result: information.Comparison, outcomes: Sequence[str]) -> None:
    """What each outcome contributes: its surprisal as an area, or its term of a divergence."""
    shown = controls.terms.value
    if shown == "surprise":
        spec = charts.surprise(result, outcomes)
        alt = _("Surprisal −log p of each outcome, as wide as p: the area is H(p) = {h}.")
    elif shown == "reverse":
        spec = charts.pointwise(result, outcomes, reverse=True)
        alt = _("Terms q·log(q/p) by outcome; their sum D(q‖p) is {r}.")
    else:
        spec = charts.pointwise(result, outcomes, reverse=False)
        alt = _("Terms p·log(p/q) by outcome; their sum D(p‖q) is {d}.")
    alt = alt.format(h=number(result.entropy_p), d=number(result.kl), r=number(result.reverse_kl))
    ui.plot(spec, key="ent_pointwise", alt=alt, height=230)


def _facts(result: information.Comparison) -> None:
    def fact(name: str, value: float, words: str) -> ui.Fact:
        return ui.Fact(name, charts.amount(value, result.base), words)

    most = _("symmetric, at most 1 bit")
    if result.base != 2:
        nats = number(information.entropy([0.5, 0.5], result.base))
        most = _("symmetric, at most {n} nats").format(n=nats)
    equally = _("as uncertain as {n} equally likely outcomes")
    ui.facts(
        [
            fact("H(p)", result.entropy_p, _("average surprisal under p")),
            fact(
                "H(p,q)",
                result.cross_entropy,
                _("average surprisal when you encode p with q's code"),
            ),
            fact("D(p‖q)", result.kl, _("extra cost of using q's code for p")),
            fact("D(q‖p)", result.reverse_kl, _("extra cost of using p's code for q")),
            fact("JS", result.js, most),
            ui.Fact(
                _("perplexity of p"),
                number(result.perplexity_p),
                equally.format(n=number(result.perplexity_p)),
            ),
            ui.Fact(_("perplexity of q"), number(result.perplexity_q)),
        ]
    )


def _infinite(result: information.Comparison, outcomes: Sequence[str]) -> None:
    """Which outcome makes a divergence infinite."""
    for name, places, reason in (
        ("D(p‖q)", result.infinite, _("q gives it probability 0, p does not")),
        ("D(q‖p)", result.reverse_infinite, _("p gives it probability 0, q does not")),
    ):
        if places:
            listed = ", ".join(ui.plain(outcomes[i]) for i in places[:4])
            ui.sentence(
                _("{name} is infinite because of {outcomes}: {why}.").format(
                    name=name, outcomes=listed, why=reason
                )
            )


def _outcomes(result: information.Comparison, outcomes: Sequence[str]) -> None:
    header = [_("outcome"), "p", "q", "−log p", "−log q", "p·log(p/q)"]
    columns = (
        result.p,
        result.q,
        result.self_information_p,
        result.self_information_q,
        result.pointwise,
    )
    rows = [
        [name, *(number(value, 3) for value in values)]
        for name, *values in zip(outcomes, *(column.tolist() for column in columns), strict=True)
    ]
    ui.table(header, rows, numbers=[1, 2, 3, 4, 5])


def edit_as_table() -> None:
    """The dragged numbers as a table of weights, which are divided by their sum."""
    if controls.source.value != "drag":
        return
    bars = controls.bars[controls.count.value]
    box = st.popover(
        _("Edit as a table"), key="ent_table", on_change="rerun", icon=":material/table:"
    )
    if not box.open:
        return
    with box:
        p, q = bars.value
        outcomes = pd.Index(list(bars.outcomes), name=_("outcome"))
        weight = st.column_config.NumberColumn(min_value=0.0, format="%.4f", required=True)
        # Keyed by these values: what was typed must not lie on top of what became of it.
        edited = st.data_editor(
            pd.DataFrame({"p": p, "q": q}, index=outcomes),
            key=f"{bars.key}_editor_{bars.stored}",
            column_config={
                "_index": st.column_config.TextColumn(disabled=True),
                "p": weight,
                "q": weight,
            },
        )
        ui.note(_("Type any weights; each column is divided by its sum."))
        rows = shares([edited[name].tolist() for name in ("p", "q")])
        if rows is None:
            ui.sentence(_("Each column needs at least one finite weight above 0."))
            return
        st.button(_("Use these weights"), on_click=bars.set, args=(rows,), type="primary")


def shares(columns: Sequence[Sequence[float]]) -> list[list[float]] | None:
    """Divide columns of weights by their sums; an empty cell is 0. None where that fails."""
    filled = [[0.0 if pd.isna(value) else value for value in column] for column in columns]
    try:
        return [information.renormalize(column).tolist() for column in filled]
    except ValueError:
        return None
