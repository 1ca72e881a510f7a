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


@dataclass(frozen=True, slots=True)
class Pair:
    """What p and q are over, and their values."""

    outcomes: Sequence[str]
    p: Sequence[float]
    q: Sequence[float]


def base() -> float:
    """The visitor's choice of logarithm."""
    return BASES[ui.choice(_("Counted in"), {"2": _("bits"), "e": _("nats")}, key="ent_base")]


def draw() -> None:
    """Draw the view."""
    left, middle, right = st.columns([1.3, 1, 1], gap="large", vertical_alignment="bottom")
    with left:
        source = ui.choice(
            _("p and q from"),
            {"drag": _("your hand"), "letters": _("two texts"), "model": _("the model")},
            key="ent_src",
        )
    with middle:
        chosen_base = base()
    figure, numbers = st.columns([1.35, 1], gap="large")
    with figure:
        found = SOURCES[source](right)
    if found is None:
        return
    result = information.compare(found.p, found.q, chosen_base)
    with figure:
        ui.plot(
            charts.pointwise(result, found.outcomes),
            key="ent_pointwise",
            alt=_("Terms p·log(p/q) by outcome; their sum D(p‖q) is {d}.").format(
                d=number(result.kl)
            ),
            height=230,
        )
    with numbers:
        ui.plot(
            charts.identity(result),
            key="ent_identity",
            alt=_("H(p,q) = H(p) + D(p‖q): {whole} = {h} + {d}.").format(
                whole=number(result.cross_entropy),
                h=number(result.entropy_p),
                d=number(result.kl),
            ),
            height=210,
        )
        facts(result)
        infinite(result, found.outcomes)
        outcomes_table(result, found.outcomes)


def facts(result: information.Comparison) -> None:
    """The measures, in words."""
    ui.facts(
        [
            ui.Fact("H(p)", number(result.entropy_p), _("p's mean surprise")),
            ui.Fact("H(p,q)", number(result.cross_entropy), _("surprise of one who believes q")),
            ui.Fact("D(p‖q)", number(result.kl), _("what the wrong belief costs")),
            ui.Fact("D(q‖p)", number(result.reverse_kl), _("the other way round")),
            ui.Fact("JS", number(result.js), _("symmetric, at most 1 bit")),
            ui.Fact(
                _("perplexity 2^H"),
                f"{number(result.perplexity_p)} · {number(result.perplexity_q)}",
                _("p and q: equal choices"),
            ),
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
    """Bars to drag, and the same numbers in a table."""
    with spot:
        count = int(ui.live_slider(_("Outcomes"), 2, 12, 4, key="ent_n"))
    outcomes = list(OUTCOMES[:count])
    start_p = information.skewed(count, 0.5).tolist()
    start_q = information.uniform(count).tolist()
    p, q = ui.drag_bars(
        _("Drag a bar of p or q; the others make room"),
        outcomes,
        [ui.Series("p", "@p", start_p), ui.Series("q", "@q", start_q)],
        key=f"ent_bars{count}",
        place="ent_bars",
    )
    edit_as_table(outcomes, p, q, f"ent_bars{count}")
    return Pair(outcomes, p, q)


def edit_as_table(outcomes: list[str], p: list[float], q: list[float], key: str) -> None:
    """The same numbers as a table of weights; they are divided by their sum."""
    box = st.popover(
        _("Edit as a table"), key="ent_table", on_change="rerun", icon=":material/table:"
    )
    if not box.open:
        return
    with box:
        frame = pd.DataFrame({"p": p, "q": q}, index=pd.Index(outcomes, name=_("outcome")))
        weight = st.column_config.NumberColumn(min_value=0.0, format="%.4f", required=True)
        edited = st.data_editor(
            frame, key=f"{key}_editor", column_config={"p": weight, "q": weight}
        )
        ui.note(_("Any weights; each column is divided by its sum."))
        rows = [edited[name].fillna(0.0).tolist() for name in ("p", "q")]
        if all(sum(row) > 0 for row in rows):
            text = ui.bars_text(rows)
            st.button(_("Use these"), on_click=ui.set_state, args=({key: text},), type="primary")
        else:
            ui.sentence(_("Each column needs a weight above 0."))


def from_texts(_spot: st.delta_generator.DeltaGenerator) -> Pair:
    """Letters of two texts."""
    one = ui.live_text(_("Text of p"), "The quick brown fox jumps over the lazy dog", key="ent_tp")
    two = ui.live_text(_("Text of q"), "La casa blanca está en la plaza", key="ent_tq")
    found = information.letter_pair(KEPT, one, two)
    outcomes = list(found.letters)
    if found.top.tail_count:
        outcomes.append(_("{n} others").format(n=found.top.tail_count))
    return _drawn(outcomes, found.top)


def from_model(_spot: st.delta_generator.DeltaGenerator) -> Pair | None:
    """The model's next token after two prompts."""
    one = ui.live_text(_("Prompt of p"), "The capital of France is", key="ent_mp")
    two = ui.live_text(_("Prompt of q"), "The capital of Germany is", key="ent_mq")
    model = models.language_model()
    logits = []
    for text in (one, two):
        ids, cut = models.encode_limited(text)
        if cut:
            ui.sentence(cut)
        logits.append(models.next_logits(tuple(ids or [model.start_id])))
    top = information.from_logits(KEPT, *logits)
    outcomes = [ui.plain(model.token_text(i)) for i in top.ids]
    outcomes.append(_("{n} others").format(n=f"{top.tail_count:,}"))
    return _drawn(outcomes, top)


def _drawn(outcomes: list[str], top: information.TopOutcomes) -> Pair:
    p, q = (values.tolist() for values in top.probs)
    ui.plot(
        charts.pair(outcomes, p, q),
        key="ent_pair",
        alt=_("Bars of p and q over {outcomes}.").format(outcomes=", ".join(outcomes)),
        height=260,
    )
    return Pair(outcomes, p, q)


SOURCES = {"drag": by_hand, "letters": from_texts, "model": from_model}
