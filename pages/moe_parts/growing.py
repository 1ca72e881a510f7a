"""Upcycling: a small dense network is trained, copied into experts, and trained on."""

from __future__ import annotations

import streamlit as st
import torch

import ui
from charts.format import count, number, probability
from core.moe import SwiGLUExperts, ToySettings, Upcycled, upcycle
from core.moe.toy2d import FEATURES
from pages.moe_parts import training
from pages.moe_parts.learned import datasets, look_back, picture_of
from pages.moe_parts.training import Growth, Knobs
from ui import _


@st.cache_resource(max_entries=64, show_spinner=False)
def sizes(width: int, experts: int, top_k: int) -> Upcycled:
    """What copying a network of this width costs (the weights' values do not matter)."""
    generator = torch.Generator().manual_seed(0)
    dense = SwiGLUExperts(1, FEATURES, width, generator)
    return upcycle(dense, experts, top_k, generator=generator)


def draw() -> None:
    """Draw the view."""
    dense, plan = _controls()
    experts, top_k, normalize, copy_at = plan
    knobs = Knobs()
    run = ui.run_of(
        "moe_grow_run",
        (dense, plan),
        lambda: Growth(training.make(dense), experts, top_k, normalize, copy_at),
        lambda growth: training.grow(growth, knobs),
        limit=training.LIMIT,
    )
    ui.run_controls(run, key="moe_grow", start_label=_("Train"))
    pictures = [training.untrained(dense), *run.frames]
    at = look_back(pictures, run.busy, "moe_grow_back")
    shown = pictures[at]
    grown = shown.grown and at > 0
    left, right = st.columns([2.1, 1], gap="large")
    with left:
        picture_of(pictures, at, experts if grown else 1, "moe_grow")
    with right:
        stage = _("{n} experts").format(n=experts) if grown else _("one dense network")
        copies = [p.copied for p in pictures[: at + 1] if p.copied is not None]
        ui.facts(
            [
                ui.Fact(_("now"), stage, _("step {n}").format(n=shown.frame.step)),
                ui.Fact(_("points in the right class"), probability(shown.frame.accuracy)),
            ]
        )
        _costs(sizes(dense.expert_dim, experts, top_k))
        if copies:
            check = copies[-1]
            ui.facts(
                [
                    ui.Fact(
                        _("largest change of an output by copying"),
                        number(check.largest_difference, 2),
                        _("a point's gates sum to {low} – {high}").format(
                            low=number(float(check.gate_sum.min()), 2),
                            high=number(float(check.gate_sum.max()), 2),
                        ),
                    )
                ]
            )
        if not ui.presenting():
            ui.note(
                _(
                    "Right after copying all experts are the same function: with gates that sum to "
                    "1 the layer computes what it did before. Training then pulls them apart."
                )
            )


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


def _controls() -> tuple[ToySettings, tuple[int, int, str, int]]:
    columns = st.columns([1.9, 1, 1, 1.2, 0.6], gap="medium", vertical_alignment="bottom")
    with columns[0]:
        dataset = ui.choice(_("Points"), datasets(), key="moe_u_data", value="checker")
    with columns[1]:
        experts = int(ui.live_slider(_("Copies"), 2, 8, 4, 1, key="moe_u_experts"))
    with columns[2]:
        top_k = int(ui.live_slider(_("Per point (k)"), 1, 4, 2, 1, key="moe_u_k"))
    with columns[3]:
        copy_at = int(ui.live_slider(_("Copy after step"), 0, 600, 150, 10, key="moe_u_at"))
    with columns[4], ui.more(_("More")):
        normalize = ui.choice(
            _("Softmax over"),
            {"after": _("the chosen k"), "before": _("all experts")},
            key="moe_u_norm",
            help=_("Over all experts the gates sum to less than 1: the output shrinks."),
        )
        width = int(ui.live_slider(_("Width of an expert"), 2, 32, 8, 1, key="moe_u_width"))
        seed = int(ui.live_slider(_("Seed"), 0, 99, 0, 1, key="moe_u_seed"))
    dense = ToySettings(
        dataset=dataset, num_experts=1, top_k=1, expert_dim=width, normalize="after", seed=seed
    )
    return dense, (experts, min(top_k, experts), normalize, copy_at)
