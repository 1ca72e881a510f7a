"""Upcycling: a small dense network is trained, copied into experts, and trained on.

Of two networks: one on points of the plane that is trained while one looks on, or a language model.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import streamlit as st
import torch
from streamlit.delta_generator import DeltaGenerator

import ui
from charts.format import count, number, probability
from charts.moe import two_decimals
from core.moe import SwiGLUExperts, ToySettings, Upcycled, upcycle
from core.moe.toy2d import FEATURES
from pages.moe_parts import growing_text, hidden, training
from pages.moe_parts.learned import datasets, picture_of
from pages.moe_parts.training import Growth, Knobs, Slice
from ui import _


@st.cache_resource(max_entries=64, show_spinner=False)
def sizes(width: int, experts: int, top_k: int) -> Upcycled:
    """What copying a network of this width costs (the weights' values do not matter)."""
    generator = torch.Generator().manual_seed(0)
    dense = SwiGLUExperts(1, FEATURES, width, generator)
    return upcycle(dense, experts, top_k, generator=generator)


def draw() -> None:
    """Draw the view."""
    ratio = [1.72, 0.7, 1.1, 1.36] if ui.presenting() else [1.45, 0.9, 1, 1.2]
    columns = st.columns(ratio, gap="medium", vertical_alignment="bottom")
    with columns[0]:
        of = ui.choice(
            _("Network"),
            {"points": _("on points, live"), "text": _("a language model")},
            key="moe_u_of",
        )
    with columns[1]:
        experts = int(ui.live_slider(_("Copies"), 2, 8, 4, 1, key="moe_u_experts"))
    with columns[2]:
        top_k = int(
            ui.live_slider(
                _("Copies used (k)"), 1, 4, 2, 1, key="moe_u_k", words=hidden.beyond(experts)
            )
        )
    if of == "text":
        growing_text.draw(experts, min(top_k, experts), columns[3])
    else:
        _on_points(experts, min(top_k, experts), columns[3])


def _on_points(experts: int, top_k: int, last: DeltaGenerator) -> None:
    dense, normalize, copy_at, buttons = _controls(last)
    plan = (experts, top_k, normalize, copy_at)
    knobs = Knobs()
    run = ui.run_of(
        "moe_grow",
        (dense, plan),
        lambda: Growth(training.make(dense), experts, top_k, normalize, copy_at),
        lambda growth: training.grow(growth, knobs),
        limit=training.LIMIT,
    )
    with buttons:
        ui.run_controls(run, key="moe_grow", start_label=_("Train"))
    pictures = [replace(training.untrained(dense), grown=False), *run.frames]
    at = picture_of(pictures, run.busy, experts, "moe_grow")
    left, right = st.columns([1.25, 1], gap="medium")
    with left:
        _now(pictures[: at + 1], experts)
    with right:
        _costs(sizes(dense.expert_dim, experts, top_k))
    if not ui.presenting():
        ui.note(
            _(
                "Right after copying all experts are the same function: with gates that sum to 1 "
                "the layer computes what it did before. Training then pulls them apart."
            )
        )


def _now(pictures: Sequence[Slice], experts: int) -> None:
    """Where the training stands, and what copying did to the outputs."""
    frame = pictures[-1].frame
    grown = pictures[-1].grown
    stage = _("{n} experts").format(n=experts) if grown else _("one dense network")
    facts = [
        ui.Fact(_("now"), stage, _("step {n}").format(n=frame.step)),
        ui.Fact(_("points in the right class"), probability(frame.accuracy)),
        ui.Fact(_("task loss"), number(frame.losses.task)),
    ]
    checks = [p.copied for p in pictures if p.copied is not None]
    if checks:
        low, high = float(checks[-1].gate_sum.min()), float(checks[-1].gate_sum.max())
        facts.append(
            ui.Fact(
                _("largest change of an output by copying"),
                number(checks[-1].largest_difference, 2),
                _("a point's gates sum to {low} – {high}").format(
                    low=two_decimals(low), high=two_decimals(high)
                ),
            )
        )
    ui.facts(facts)


def _costs(size: Upcycled) -> None:
    pairs = [
        (_("parameters in memory"), size.dense_parameters, size.total_parameters),
        (_("at work per point"), size.dense_parameters, size.active_parameters),
        (_("FLOPs per point"), size.dense_flops, size.active_flops),
    ]
    rows = [
        (name, count(before), count(after), f"× {number(after / before)}")
        for name, before, after in pairs
    ]
    ui.table(("", _("dense"), _("with experts"), ""), rows, numbers=(1, 2, 3))


def _controls(at: DeltaGenerator) -> tuple[ToySettings, str, int, DeltaGenerator]:
    """Draw the view's own controls, the first of them in a place that is there already."""
    with at:
        copy_at = int(ui.live_slider(_("Copy after step"), 0, 600, 150, 10, key="moe_u_at"))
    data, buttons, last = st.columns([1.5, 1.4, 0.6], gap="medium", vertical_alignment="bottom")
    with data:
        dataset = ui.choice(_("Points"), datasets(), key="moe_u_data", value="checker")
    with last:
        box = hidden.popover("moe_u_more")
    if box.open:
        with box:
            hidden.softmax_over("moe_u_norm")
            hidden.slider("moe_u_width", _("Expert width"))
            hidden.slider("moe_u_seed", _("Seed"))
    width, seed = int(hidden.number("moe_u_width")), int(hidden.number("moe_u_seed"))
    normalize = hidden.name("moe_u_norm")
    dense = ToySettings(
        dataset=dataset, num_experts=1, top_k=1, expert_dim=width, normalize="after", seed=seed
    )
    return dense, normalize, copy_at, buttons
