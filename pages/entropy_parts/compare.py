"""Two distributions edited by hand, or taken from texts and from the model; all measures."""

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
from ui import _, models

OUTCOMES = "ABCDEFGHIJKL"
KEPT = 9  # outcomes with a place of their own, where the rest is a tail
BASES = {"2": 2.0, "e": math.e}
TEXTS = (
    "It was the best of times, it was the worst of times",
    "Era el mejor de los tiempos, era el peor de los tiempos",
)
PROMPTS = "The capital of France is", "The capital of Germany is"


@dataclass(frozen=True, slots=True)
class Pair:
    """What p and q are over, and their values."""

    outcomes: Sequence[str]
    p: Sequence[float]
    q: Sequence[float]


def base() -> float:
    """The visitor's choice of logarithm."""
    return BASES[ui.choice(_("Counted in"), {"2": _("bits"), "e": _("nats")}, key="ent_base")]


def sources() -> dict[str, str]:
    """Where p and q may come from."""
    return {"drag": _("your hand"), "letters": _("two texts"), "model": _("the model")}


def draw() -> None:
    """Draw the view."""
    first, second, third, fourth = st.columns(
        [1.6, 0.75, 0.9, 0.85], gap="medium", vertical_alignment="bottom"
    )
    with first:
        source = ui.choice(_("p and q from"), sources(), key="ent_src")
    with second:
        chosen_base = base()
    edited, computed = st.columns([1.1, 1], gap="large")
    with edited:
        found = READERS[source](third)
        result = information.compare(found.p, found.q, chosen_base)
        facts(result)
    if source == "drag":
        with fourth:
            edit_as_table(found)
    with computed:
        ui.plot(
            charts.identity(result),
            key="ent_identity",
            alt=f"H(p,q) = H(p) + D(p‖q) = {charts.sum_text(result.entropy_p, result.kl)}",
            height=190,
        )
        infinite(result, found.outcomes)
        by_outcome(result, found.outcomes)
    outcomes_table(result, found.outcomes)


def by_outcome(result: information.Comparison, outcomes: Sequence[str]) -> None:
    """What each outcome adds: its surprise as an area, or its term of a divergence."""
    shown = ui.choice(
        _("Each outcome's part"),
        {"kl": "p·log(p/q)", "reverse": "q·log(q/p)", "surprise": _("surprise −log p")},
        key="ent_terms",
        hide_label=True,
    )
    if shown == "surprise":
        spec = charts.surprise(result, outcomes)
        alt = _("Surprise −log p of each outcome, as wide as it is likely: the area is H(p) = {h}.")
    else:
        spec = charts.pointwise(result, outcomes, reverse=shown == "reverse")
        alt = _("Terms p·log(p/q) by outcome; their sum D(p‖q) is {d}.")
        if shown == "reverse":
            alt = _("Terms q·log(q/p) by outcome; their sum D(q‖p) is {r}.")
    told = alt.format(h=number(result.entropy_p), d=number(result.kl), r=number(result.reverse_kl))
    ui.plot(spec, key="ent_pointwise", alt=told, height=220)


def facts(result: information.Comparison) -> None:
    """The measures, in words."""

    def fact(name: str, value: float, words: str) -> ui.Fact:
        return ui.Fact(name, charts.amount(value, result.base), words)

    most = _("symmetric, at most 1 bit")
    if result.base != 2:
        nats = number(information.entropy([0.5, 0.5], result.base))
        most = _("symmetric, at most {n} nats").format(n=nats)
    ui.facts(
        [
            fact("H(p)", result.entropy_p, _("p's mean surprise")),
            fact("H(p,q)", result.cross_entropy, _("surprise of one who believes q")),
            fact("D(p‖q)", result.kl, _("what the wrong belief costs")),
            fact("D(q‖p)", result.reverse_kl, _("the other way round")),
            fact("JS", result.js, most),
            ui.Fact(
                _("perplexity of p"), number(result.perplexity_p), _("2ᴴ: that many equal choices")
            ),
            ui.Fact(_("perplexity of q"), number(result.perplexity_q)),
        ]
    )


def infinite(result: information.Comparison, outcomes: Sequence[str]) -> None:
    """Which outcome makes a divergence infinite."""
    for name, places, said in (
        ("D(p‖q)", result.infinite, _("q gives it no chance, p does")),
        ("D(q‖p)", result.reverse_infinite, _("p gives it no chance, q does")),
    ):
        if places:
            listed = ", ".join(ui.plain(outcomes[i]) for i in places[:4])
            ui.sentence(
                _("{name} is infinite because of {outcomes}: {why}.").format(
                    name=name, outcomes=listed, why=said
                )
            )


def outcomes_table(result: information.Comparison, outcomes: Sequence[str]) -> None:
    """Self-information of each outcome under p and under q."""
    if ui.presenting():
        return
    head = [_("outcome"), "p", "q", "−log p", "−log q", "p·log(p/q)"]
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
    ui.table(head, rows, numbers=[1, 2, 3, 4, 5])


def by_hand(spot: st.delta_generator.DeltaGenerator) -> Pair:
    """Bars to drag."""
    with spot:
        count = int(ui.live_slider(_("Outcomes"), 2, 12, 4, key="ent_n"))
    start = first_pair(count)
    p, q = ui.drag_bars(
        _("Drag a bar of p or q; the others make room"),
        start.outcomes,
        [ui.Series("p", "@p", start.p), ui.Series("q", "@q", start.q)],
        key=f"ent_bars{count}",
        place="ent_bars",
    )
    if not ui.presenting():
        ui.note(_("Drag a bar of p or q; the others make room."))
    return Pair(start.outcomes, p, q)


def first_pair(count: int) -> Pair:
    """What the bars are before anyone has dragged them."""
    p, q = information.skewed(count, 0.5), information.uniform(count)
    return Pair(OUTCOMES[:count], p.tolist(), q.tolist())


def edit_as_table(found: Pair) -> None:
    """The same numbers as a table of weights; they are divided by their sum."""
    key = f"ent_bars{len(found.p)}"
    box = st.popover(
        _("Edit as a table"), key="ent_table", on_change="rerun", icon=":material/table:"
    )
    if not box.open:
        return
    with box:
        frame = pd.DataFrame(
            {"p": found.p, "q": found.q}, index=pd.Index(list(found.outcomes), name=_("outcome"))
        )
        weight = st.column_config.NumberColumn(min_value=0.0, format="%.4f", required=True)
        fixed = st.column_config.TextColumn(disabled=True)
        # Of these values alone: what was typed must not lie on top of what became of it.
        edited = st.data_editor(
            frame,
            key=f"{key}_editor_{ui.bars_text([found.p, found.q])}",
            column_config={"_index": fixed, "p": weight, "q": weight},
        )
        ui.note(_("Any weights; each column is divided by its sum."))
        rows = shares([edited[name].tolist() for name in ("p", "q")])
        if rows is None:
            ui.sentence(_("Each column needs a weight above 0, and none without an end."))
            return
        text = ui.bars_text(rows)
        st.button(_("Use these"), on_click=ui.set_state, args=({key: text},), type="primary")


def shares(columns: Sequence[Sequence[float]]) -> list[list[float]] | None:
    """Columns of weights divided by their sums, an empty cell being 0; None where that fails."""
    filled = [[0.0 if pd.isna(value) else value for value in column] for column in columns]
    try:
        return [information.renormalize(column).tolist() for column in filled]
    except ValueError:
        return None


def from_texts(_spot: st.delta_generator.DeltaGenerator) -> Pair:
    """Letters of two texts."""
    one = ui.live_text(_("Text of p"), TEXTS[0], key="ent_tp")
    two = ui.live_text(_("Text of q"), TEXTS[1], key="ent_tq")
    return _drawn(letters_of(one, two))


def letters_of(one: str, two: str) -> Pair:
    """The letters of two texts as p and q."""
    found = information.letter_pair(KEPT, one, two)
    outcomes = list(found.letters)
    if found.top.tail_count:
        outcomes.append(_("{n} others").format(n=found.top.tail_count))
    return _pair(outcomes, found.top)


def from_model(_spot: st.delta_generator.DeltaGenerator) -> Pair:
    """The model's next token after two prompts."""
    one = ui.live_text(_("Prompt of p"), PROMPTS[0], key="ent_mp")
    two = ui.live_text(_("Prompt of q"), PROMPTS[1], key="ent_mq")
    for text in (one, two):
        cut = models.encode_limited(text)[1]
        if cut:
            ui.sentence(cut)
    return _drawn(tokens_of(one, two))


def tokens_of(one: str, two: str) -> Pair:
    """The model's next token after two prompts as p and q."""
    model = models.language_model()
    logits = []
    for text in (one, two):
        ids, _cut = models.encode_limited(text)
        logits.append(models.next_logits(tuple(ids or [model.start_id])))
    top = information.from_logits(KEPT, *logits)
    outcomes = [ui.plain(model.token_text(i)) for i in top.ids]
    outcomes.append(_("{n} others").format(n=f"{top.tail_count:,}"))
    return _pair(outcomes, top)


def _pair(outcomes: list[str], top: information.TopOutcomes) -> Pair:
    p, q = (values.tolist() for values in top.probs)
    return Pair(outcomes, p, q)


def _drawn(found: Pair) -> Pair:
    ui.plot(
        charts.pair(found.outcomes, found.p, found.q),
        key="ent_pair",
        alt=_("Bars of p and q over {outcomes}.").format(outcomes=", ".join(found.outcomes)),
        height=230,
    )
    return found


def current() -> Pair:
    """p and q as the visitor sees them, for the tables to take away."""
    source = ui.get("ent_src", "drag")
    if source == "letters":
        return letters_of(ui.get("ent_tp", TEXTS[0]), ui.get("ent_tq", TEXTS[1]))
    if source == "model":
        return tokens_of(ui.get("ent_mp", PROMPTS[0]), ui.get("ent_mq", PROMPTS[1]))
    count = int(ui.get("ent_n", 4))
    start = first_pair(count)
    text = ui.get(f"ent_bars{count}", "")
    if not text:
        return start
    rows = [[float(value) for value in row.split(",")] for row in text.split(";")]
    p, q = shares(rows) or (start.p, start.q)
    return Pair(start.outcomes, p, q)


READERS = {"drag": by_hand, "letters": from_texts, "model": from_model}
