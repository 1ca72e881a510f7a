"""Upcycling a language model: measured curves, and the visitor's text before and after copying."""

from __future__ import annotations

from dataclasses import replace

import streamlit as st
import torch

import ui
from charts import moe as charts
from charts.format import count, number
from charts.moe import two_decimals
from core.moe import moe_parameters
from core.moe.language_model import MoELanguageModel
from core.moe.language_upcycling import (
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

TEXT = "And the LORD said unto Moses, 1 + 1 = 2"
LONGEST = 64  # tokens: each is a bar


@st.cache_resource(max_entries=1, show_spinner=False)
def dense() -> MoELanguageModel:
    """The dense model as it was when it was copied; read-only, one for all visitors."""
    return load_dense_lm()


@st.cache_resource(max_entries=1, show_spinner=False)
def record() -> UpcyclingRecord:
    """What the trainings measured."""
    return load_upcycling_record()


def draw(experts: int, top_k: int) -> None:
    """Draw the view for a number of copies, and copies per token."""
    kind, words, last = st.columns([1.9, 1.6, 0.5], gap="medium", vertical_alignment="bottom")
    with kind:
        options = {charts.ALL: _("all four"), **domains()}
        domain = ui.choice(_("Kind of text"), options, key="moe_u_domain")
    with words:
        text = ui.live_text(_("Your text"), TEXT, key="moe_u_text", rows=1)
    with last:
        box = hidden.popover("moe_u_lm_more")
    if box.open:
        with box:
            hidden.softmax_over("moe_u_norm")
            hidden.slider("moe_u_seed", _("Seed"))
    left, right = st.columns([1.25, 1], gap="medium")
    with left:
        ui.plot(
            charts.training_curves(record(), domain),
            key="moe_u_curves",
            alt=_("Held-out bits per token at the end: {bits}.").format(
                bits=", ".join(f"{name} {bits}" for name, bits in _final(domain))
            ),
            height=330,
        )
    with right:
        _ends(domain)
        if not ui.presenting():
            ui.note(_read())
        _costs(experts, top_k)
    _copied(text, experts, top_k)


def _final(domain: str) -> list[tuple[str, str]]:
    """Every training's name and last measurement."""
    names = charts.training_names()
    ends = charts.final_bits(record(), domain)
    return [(names[name], two_decimals(bits)) for name, bits in ends.items()]


def _ends(domain: str) -> None:
    steps = record().curves["dense"].steps[-1]
    head = (_("after {n} steps").format(n=steps), _("bits per token"))
    ui.table(head, _final(domain), numbers=(1,))


def _read() -> str:
    told = record()
    copies = told.curves["upcycled"].config
    return _(
        "Four trainings of {steps} steps on the same texts, made with this project (make moe). "
        "After step {at} every FFN of the dense model was copied into {n} experts, {k} of them for "
        "a token."
    ).format(
        steps=told.curves["dense"].steps[-1],
        at=told.copied_at,
        n=copies.num_experts,
        k=copies.top_k,
    )


def _costs(experts: int, top_k: int) -> None:
    """Each model's size; the second line follows the sliders."""
    config = dense().config
    copies = _("copied: {k} of {n} experts").format(n=experts, k=top_k)
    wide = replace(config, expert_dim=top_k * config.expert_dim)
    rows = []
    for name, sizes in (
        (_("dense"), config),
        (copies, replace(config, num_experts=experts, top_k=top_k)),
        (_("dense, {k} times as wide").format(k=top_k), wide),
    ):
        size = moe_parameters(shape_of(sizes))
        rows.append((name, count(size.total), count(size.active), count(size.flops_per_token)))
    head = ("", _("parameters"), _("at work per token"), _("FLOPs per token"))
    ui.table(head, rows, numbers=(1, 2, 3))


def _copied(text: str, experts: int, top_k: int) -> None:
    """The visitor's text through the dense model and its untrained copies."""
    held = dense()
    ids = tuple(held.encode(text)[:LONGEST])
    if len(ids) < 2:
        ui.note(_("Type a text of two tokens or more: the first has nothing to be guessed from."))
        return
    plan = (experts, top_k, hidden.name("moe_u_norm"), int(hidden.number("moe_u_seed")))
    compared = models.compute(("moe_upcycled", ids, plan), lambda: _compare(ids, *plan))
    words = [
        ui.plain(piece(held, token, word))
        for token, word in zip(ids, compared.dense.tokens, strict=True)
    ]
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
    ui.facts(
        [
            ui.Fact(_("bits per token, dense"), number(before), _("before the copying")),
            ui.Fact(
                _("right after copying"),
                number(after),
                _("a token's gates sum to {low} – {high}").format(
                    low=two_decimals(float(gates.min())),
                    high=two_decimals(float(gates.max())),
                ),
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
