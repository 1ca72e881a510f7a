"""Learned, live: experts divide the plane among themselves, or die."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

import ui
from charts import moe as charts
from charts.format import number, probability
from core.moe import ToySettings
from pages.moe_parts import hidden, training
from pages.moe_parts.training import Knobs, Slice
from ui import _

#: Where every control of the view starts; a scenario says what differs.
START = {
    "moe_view": "learned", "moe_data": "spirals", "moe_t_experts": 8, "moe_t_k": 1,
    "moe_t_balance": 0.05, "moe_t_norm": "before", "moe_t_z": 0.0, "moe_t_bias": 0.0,
    "moe_t_noise": 0.0, "moe_t_rate": 0.02, "moe_t_width": 8, "moe_t_seed": 0,
}  # fmt: skip


def draw() -> None:
    """Draw the view."""
    settings, knobs, buttons = _controls()
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
    with buttons:
        ui.run_controls(run, key="moe_run", start_label=_("Train"))
    pictures = [training.untrained(settings), *run.frames]
    at = picture_of(pictures, run.busy, settings.num_experts, "moe")
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
                _("1 when even, {e} at most").format(e=f"{frame.most_balance:.3g}"),
            ),
        ]
    )
    if not ui.presenting():
        ui.note(
            _(
                "Every color is an expert: it wins there. Lines are the borders between the "
                "predicted classes, shapes the points' true classes. Balancing, noise and rate "
                "may be turned while it trains; the other controls begin anew."
            )
        )


def _controls() -> tuple[ToySettings, Knobs, DeltaGenerator]:
    columns = st.columns(4, gap="medium")
    with columns[0]:
        experts = int(ui.live_slider(_("Experts"), 1, 8, 8, 1, key="moe_t_experts"))
    with columns[1]:
        top_k = int(
            ui.live_slider(
                _("Experts used (k)"), 1, 4, 1, 1, key="moe_t_k", words=hidden.beyond(experts)
            )
        )
    with columns[2]:
        balance = ui.live_slider(
            _("Balancing loss"), 0.0, 0.5, 0.05, 0.01, key="moe_t_balance",
            words={0.0: _("off")}, help=_("Its factor in the total loss. Off: watch experts die."),
        )  # fmt: skip
    with columns[3]:
        noise = ui.live_slider(
            _("Router noise"), 0.0, 2.0, 0.0, 0.05, key="moe_t_noise", words={0.0: _("off")},
            help=_("Standard deviation of normal noise on the logits: weak experts win at times."),
        )  # fmt: skip
    data, buttons, last = st.columns([1.5, 1.4, 0.6], gap="medium", vertical_alignment="bottom")
    with data:
        dataset = ui.choice(_("Points"), datasets(), key="moe_data", value="spirals")
    with last:
        box = hidden.popover("moe_t_more")
    if box.open:
        with box:
            _more_controls()
    settings = ToySettings(
        dataset=dataset,
        num_experts=experts,
        top_k=min(top_k, experts),
        expert_dim=int(hidden.number("moe_t_width")),
        normalize=hidden.name("moe_t_norm"),
        seed=int(hidden.number("moe_t_seed")),
    )
    knobs = Knobs(
        balance_weight=float(balance),
        z_weight=hidden.number("moe_t_z"),
        bias_rate=hidden.number("moe_t_bias"),
        noise=float(noise),
        learning_rate=hidden.number("moe_t_rate"),
    )
    return settings, knobs, buttons


def _more_controls() -> None:
    hidden.softmax_over("moe_t_norm")
    hidden.slider("moe_t_z", _("Z-loss"))
    hidden.slider(
        "moe_t_bias", _("Loss-free bias, step"),
        help=_("Balances without a loss: a bias for the choice only, moved by each batch."),
    )  # fmt: skip
    hidden.slider("moe_t_rate", _("Learning rate"), scale="log")
    hidden.slider("moe_t_width", _("Expert width"))
    hidden.slider("moe_t_seed", _("Seed"))


def datasets() -> dict[str, str]:
    """The problems in the plane: name to what the visitor reads."""
    return {
        "spirals": _("Spirals"),
        "moons": _("Moons"),
        "checker": _("Checker"),
        "gaussians": _("Clouds"),
    }


def picture_of(pictures: Sequence[Slice], busy: bool, num_experts: int, key: str) -> int:
    """Draw territories, load and losses; the newest, or at rest the one that was looked back to.

    Args:
        pictures: all so far, oldest first.
        busy: whether more are on their way.
        num_experts: experts E.
        key: begins the names of the figures.

    Returns:
        The place of the picture that is shown.
    """
    left, right = st.columns([1.25, 1], gap="medium")
    with left:
        place = st.container()
        at = _look_back(pictures, busy, f"{key}_back")
    shown = pictures[at]
    frame = shown.frame
    if not shown.grown:
        num_experts = 1
    with place:
        ui.plot(
            charts.plane(frame, shown.points, shown.labels, num_experts),
            key=f"{key}_plane",
            alt=_("Territories of {n} experts, step {steps}; {right} in the right class.").format(
                n=num_experts, steps=frame.step, right=probability(frame.accuracy)
            ),
            height=430,
        )
    with right:
        share = ", ".join(
            f"{charts.name(e)} {probability(s, 2)}" for e, s in enumerate(frame.load.share)
        )
        ui.plot(
            charts.loads(frame),
            key=f"{key}_loads",
            alt=_("Share of the load: {share}.").format(share=share),
            height=190,
        )
        ui.plot(
            charts.curves([p.frame for p in pictures[: at + 1]], _marks(pictures, at)),
            key=f"{key}_curves",
            alt=charts.loss_words(frame),
            height=210,
        )
    return at


def _look_back(pictures: Sequence[Slice], busy: bool, key: str) -> int:
    last = len(pictures) - 1
    if busy or last == 0:
        st.session_state.pop(key, None)
        return last
    steps = {float(i): str(pictures[i].frame.step) for i in range(last + 1)}
    label = _("Look back: step")
    return int(ui.live_slider(label, 0, last, last, 1, key=key, words=steps, url=False))


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
