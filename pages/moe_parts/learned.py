"""Learned, live: experts divide the plane among themselves, or die."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

import ui
from charts import moe as charts
from charts.format import number, probability
from core.moe import ToySettings
from pages.moe_parts import training
from pages.moe_parts.training import Knobs, Slice
from ui import _


def draw() -> None:
    """Draw the view."""
    settings, knobs = _controls()
    held: Knobs = st.session_state.setdefault("moe_knobs", knobs)
    for name in Knobs.__slots__:  # the run under way reads them before its next slice
        setattr(held, name, getattr(knobs, name))
    run = ui.run_of(
        "moe_run",
        settings,
        lambda: training.make(settings),
        lambda trainer: training.advance(trainer, held),
        limit=training.LIMIT,
    )
    ui.run_controls(run, key="moe_go", start_label=_("Train"))
    pictures = [training.untrained(settings), *run.frames]
    at = look_back(pictures, run.busy, "moe_back")
    picture_of(pictures, at, settings.num_experts, "moe")
    frame = pictures[at].frame
    ui.facts(
        [
            ui.Fact(_("steps"), str(frame.step)),
            ui.Fact(_("points in the right class"), probability(frame.accuracy)),
            ui.Fact(
                _("dead experts"),
                str(len(frame.dead)),
                ", ".join(charts.name(e) for e in frame.dead),
            ),
            ui.Fact(
                _("effective experts"),
                number(frame.load.effective_experts),
                _("of {n}").format(n=settings.num_experts),
            ),
            ui.Fact(_("task loss"), number(frame.losses.task)),
            ui.Fact(
                _("balancing loss"),
                number(frame.losses.balance),
                _("1 when even, {e} at most").format(e=settings.num_experts),
            ),
        ]
    )
    if not ui.presenting():
        ui.note(
            _(
                "Every colour is an expert: it wins there. Lines are the borders between the "
                "predicted classes, shapes the points' true classes. Balancing, noise and rate "
                "may be turned while it trains; the other controls begin anew."
            )
        )


def _controls() -> tuple[ToySettings, Knobs]:
    columns = st.columns([1.9, 1, 1, 1.2, 0.6], gap="medium", vertical_alignment="bottom")
    with columns[0]:
        dataset = ui.choice(_("Points"), datasets(), key="moe_data", value="spirals")
    with columns[1]:
        experts = int(ui.live_slider(_("Experts"), 1, 8, 8, 1, key="moe_t_experts"))
    with columns[2]:
        top_k = int(ui.live_slider(_("Per point (k)"), 1, 4, 1, 1, key="moe_t_k"))
    with columns[3]:
        balance = ui.live_slider(
            _("Balancing loss"), 0.0, 0.5, 0.05, 0.01, key="moe_t_balance", scale="log",
            words={0.0: _("off")}, help=_("Its factor in the total loss. Off: watch experts die."),
        )  # fmt: skip
    with columns[4], ui.more(_("More")):
        normalize = ui.choice(
            _("Softmax over"),
            {"before": _("all experts"), "after": _("the chosen k")},
            key="moe_t_norm",
        )
        z_weight = ui.live_slider(
            _("Z-loss"), 0.0, 0.1, 0.0, 0.001, key="moe_t_z", words={0.0: _("off")}
        )
        bias_rate = ui.live_slider(
            _("Loss-free bias, step"), 0.0, 0.05, 0.0, 0.001, key="moe_t_bias",
            words={0.0: _("off")},
            help=_("Balances without a loss: a bias for the choice only, moved by each batch."),
        )  # fmt: skip
        noise = ui.live_slider(
            _("Router noise"), 0.0, 2.0, 0.0, 0.05, key="moe_t_noise", words={0.0: _("off")}
        )
        rate = ui.live_slider(
            _("Learning rate"), 0.001, 0.1, 0.02, 0.001, key="moe_t_rate", scale="log"
        )
        width = ui.live_slider(_("Width of an expert"), 2, 32, 8, 1, key="moe_t_width")
        seed = ui.live_slider(_("Seed"), 0, 99, 0, 1, key="moe_t_seed")
    settings = ToySettings(
        dataset=dataset,
        num_experts=experts,
        top_k=min(top_k, experts),
        expert_dim=int(width),
        normalize=normalize,
        seed=int(seed),
    )
    return settings, Knobs(
        float(balance), float(z_weight), float(bias_rate), float(noise), float(rate)
    )


def datasets() -> dict[str, str]:
    """The problems in the plane: name to what the visitor reads."""
    return {
        "spirals": _("Spirals"),
        "moons": _("Moons"),
        "checker": _("Checker"),
        "gaussians": _("Clouds"),
    }


def look_back(pictures: Sequence[Slice], busy: bool, key: str) -> int:
    """The picture to show: the newest while it trains; at rest a slider goes through them all."""
    last = len(pictures) - 1
    if busy or last == 0:
        st.session_state.pop(key, None)
        return last
    steps = {float(i): str(pictures[i].frame.step) for i in range(last + 1)}
    label = _("Look back: step")
    return int(ui.live_slider(label, 0, last, last, 1, key=key, words=steps, url=False))


def picture_of(pictures: Sequence[Slice], at: int, num_experts: int, key: str) -> None:
    """Territories on the left; load and losses up to that picture on the right."""
    shown = pictures[at]
    frame = shown.frame
    left, right = st.columns([1.25, 1], gap="medium")
    with left:
        ui.plot(
            charts.plane(frame, shown.points, shown.labels, num_experts),
            key=f"{key}_plane",
            alt=_("Territories of {n} experts, step {steps}; {right} in the right class.").format(
                n=num_experts, steps=frame.step, right=probability(frame.accuracy)
            ),
            height=520,
        )  # fmt: skip
    with right:
        share = ", ".join(
            f"{charts.name(e)} {probability(s, 2)}" for e, s in enumerate(frame.load.share)
        )
        ui.plot(
            charts.loads(frame),
            key=f"{key}_loads",
            alt=_("Share of the load: {share}.").format(share=share),
            height=220,
        )
        ui.plot(
            charts.curves([p.frame for p in pictures[: at + 1]], num_experts, _marks(pictures, at)),
            key=f"{key}_curves",
            alt=charts.loss_words(frame),
            height=250,
        )


def _marks(pictures: Sequence[Slice], at: int) -> list[tuple[int, str]]:
    """Where the balancing was turned, or the dense network copied."""
    marks = []
    for i in range(1, at + 1):
        before, here = pictures[i - 1], pictures[i]
        if here.copied is not None:
            marks.append((here.frame.step, _("copied")))
        elif i > 1 and here.balance_weight != before.balance_weight:
            word = _("balancing {w}").format(w=number(here.balance_weight))
            marks.append((before.frame.step, word))
    return marks[-6:]
