"""Upcycling a language model: measured curves, and the visitor's text before and after copying."""

from __future__ import annotations

from dataclasses import replace

import streamlit as st
import torch
from streamlit.delta_generator import DeltaGenerator

import ui
from charts import moe as charts
from charts.format import number
from charts.moe import two_decimals
from core.moe import moe_parameters
from core.moe.tiny_lm import MoEConfig, MoELanguageModel
from core.moe.tiny_lm_upcycling import (
    UpcycledText,
    UpcyclingRecord,
    compare_on_text,
    load_dense_lm,
    load_upcycling_record,
    shape_of,
    upcycle_language_model,
)
from pages.moe_parts import hidden
from pages.moe_parts.text import domains, piece
from ui import _, models

TEXT = "The LORD is my shepherd; I shall not want."
LONGEST = 64  # tokens: each is a bar
READ = 2000  # characters looked at
ALL = "all"  # the mean over the kinds of text


@st.cache_resource(max_entries=1, show_spinner=False)
def dense() -> MoELanguageModel:
    """The dense model as it was when it was copied; read-only, one for all visitors."""
    return load_dense_lm()


@st.cache_resource(max_entries=1, show_spinner=False)
def record() -> UpcyclingRecord:
    """What the trainings measured."""
    return load_upcycling_record()


def draw(experts: int, top_k: int, place: DeltaGenerator) -> None:
    """Draw the view for a number of copies and copies per token; one control goes to `place`."""
    with place:
        hidden.softmax_over("moe_u_norm")
    kind, last = st.columns([3.4, 0.6], gap="medium", vertical_alignment="bottom")
    with kind:
        options = {ALL: _("all four"), **domains()}
        chosen = ui.choice(_("Held-out text"), options, key="moe_u_domain")
    with last:
        box = hidden.popover("moe_u_lm_more")
    if box.open:
        with box:
            hidden.slider("moe_u_seed", _("Seed of the routers"))
    domain = None if chosen == ALL else chosen
    left, right = st.columns([1, 1.1], gap="medium")
    with left:
        names, ends = charts.training_names(record()), record().final(domain)
        ui.plot(
            charts.training_curves(record(), domain),
            key="moe_u_curves",
            alt=_("Held-out bits per token at the end: {bits}.").format(
                bits=", ".join(f"{names[name]} {two_decimals(ends[name])}" for name in names)
            ),
            height=330,
        )
    with right:
        _trainings(domain, experts, top_k)
        if not ui.presenting():
            ui.note(_read(domain))
    _copied(experts, top_k)


def _trainings(domain: str | None, experts: int, top_k: int) -> None:
    """What each training reached and costs; the last line is what the sliders ask for."""
    told = record()
    ends = told.final(domain)
    rows = []
    for name, label in charts.training_names(told).items():
        rows.append((label, two_decimals(ends[name]), *_costs(told.curves[name].config)))
    asked = replace(dense().config, num_experts=experts, top_k=top_k)
    label = _("your copies: {k} of {n}").format(k=top_k, n=experts)
    rows.append(ui.Row((label, "—", *_costs(asked)), "marked"))
    head = (
        _("after {n} steps").format(n=told.curves["dense"].steps[-1]), _("bits per token"),
        _("parameters"), _("at work per token"), _("FLOPs per token"),
    )  # fmt: skip
    ui.table(head, rows, numbers=(1, 2, 3, 4))


def _costs(config: MoEConfig) -> tuple[str, ...]:
    size = moe_parameters(shape_of(config))
    # A space that does not break: the columns are narrow.
    return tuple(
        charts.billions(n).replace(" ", "\u00a0")
        for n in (size.total, size.active, size.flops_per_token)
    )


def _read(domain: str | None) -> str:
    told = record()
    return _(
        "Four trainings on the same texts (make moe), one run each. “Copied” is the dense model "
        "with every FFN copied after step {at}. They end within {spread} bits of one another: too "
        "close for single runs to say which is best. “Your copies” are not trained."
    ).format(at=told.copied_at, spread=two_decimals(told.spread(domain)))


def _copied(experts: int, top_k: int) -> None:
    """The visitor's text through the dense model and its untrained copies."""
    text = ui.live_text(
        _("Your text, through the dense model and through fresh copies"), TEXT, key="moe_u_text"
    )
    held = dense()
    whole = held.encode(text[:READ])
    ids = tuple(whole[:LONGEST])
    if len(ids) < 2:
        ui.note(_("Type a text of two tokens or more: the first has nothing to be guessed from."))
        return
    plan = (experts, top_k, hidden.name("moe_u_norm"), int(hidden.number("moe_u_seed")))
    compared = models.compute(("moe_upcycled", ids, plan), lambda: _compare(ids, *plan))
    words = [
        ui.plain(piece(held, token, word))
        for token, word in zip(ids, compared.dense.tokens, strict=True)
    ]
    if len(text) > READ or len(whole) > LONGEST:
        ui.note(_("The first {n} tokens are used.").format(n=len(ids)))
    before, after = (float(t.surprisal[1:].mean()) for t in (compared.dense, compared.experts))
    gates = compared.experts.gate.sum(dim=-1)
    ui.plot(
        charts.surprisals(compared, words),
        key="moe_u_surprisal",
        alt=_("Mean surprisal of the text: {before} bits dense, {after} after copying.").format(
            before=number(before), after=number(after)
        ),
        height=270,
        least_width=480,
    )
    low, high = two_decimals(float(gates.min())), two_decimals(float(gates.max()))
    sums = low if low == high else rf"{low}\,\ldots\,{high}"
    ui.formula(
        rf"y=\sum_{{i\in\text{{top-}}{top_k}}}g_i\,\mathrm{{FFN}}(x)"
        rf"=\underbrace{{\left(\textstyle\sum_i g_i\right)}}"
        rf"_{{{sums}}}\mathrm{{FFN}}(x)"
    )
    ui.facts(
        [
            ui.Fact(_("bits per token, dense"), number(before), _("before the copying")),
            ui.Fact(
                _("right after copying"),
                number(after),
                _("before any further training"),
            ),
            ui.Fact(
                _("largest change of a logit"),
                number(compared.largest_difference, 2),
                _("0 but for rounding, as long as the gates sum to 1"),
            ),
        ]
    )


def _compare(
    ids: tuple[int, ...], experts: int, top_k: int, normalize: str, seed: int
) -> UpcycledText:
    routers = torch.Generator().manual_seed(seed)
    held = dense()
    grown = upcycle_language_model(held, experts, top_k, normalize=normalize, generator=routers)
    return compare_on_text(held, grown, list(ids))
