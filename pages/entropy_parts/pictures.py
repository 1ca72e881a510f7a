"""The other views: a coin, the simplex, one Gaussian for two modes, a classifier's loss."""

from __future__ import annotations

import streamlit as st
import torch

import ui
from charts import entropy as charts
from charts.format import number
from core import information
from ui import _

FIT_STEPS = 120
LANDSCAPE_STEPS = 200  # of the triangle's grid: a point under each pixel of its picture
CLASSES = ["cat", "dog", "bird", "fish"]


def class_names() -> dict[str, str]:
    """What the classes are called, in the visitor's language."""
    return {"cat": _("cat"), "dog": _("dog"), "bird": _("bird"), "fish": _("fish")}


def _height(page: int, projector: int) -> int:
    """Pixels of a figure that is to be seen whole, below its controls."""
    return projector if ui.presenting() else page


def coin() -> None:
    """The entropy of a coin."""
    p = ui.live_slider(_("Probability of heads"), 0, 1, 0.5, 0.01, key="ent_coin")
    height = information.binary_entropy(p)
    ui.plot(
        charts.binary_curve(information.binary_entropy_curve(201), p, height),
        key="ent_curve",
        alt=_("The entropy of a coin with p = {p} is {h} bits.").format(p=p, h=number(height)),
        height=_height(420, 340),
    )
    surprise = information.self_information([p, 1 - p]).tolist()
    ui.facts(
        [
            ui.Fact(_("entropy"), _("{n} bits").format(n=number(height))),
            ui.Fact(_("surprise of heads"), _("{n} bits").format(n=number(surprise[0])), "−log₂ p"),
            ui.Fact(
                _("surprise of tails"), _("{n} bits").format(n=number(surprise[1])), "−log₂ (1−p)"
            ),
        ]
    )


def simplex() -> None:
    """KL over all distributions on three outcomes."""
    left, right = st.columns([1, 2.9], gap="medium")
    with left:
        p, q = ui.drag_bars(
            _("Drag a bar of p or q; the others make room"),
            ["A", "B", "C"],
            [ui.Series("p", "@p", [0.6, 0.3, 0.1]), ui.Series("q", "@q", [0.2, 0.3, 0.5])],
            key="ent_tri",
            height=300,
        )
        most = ui.live_slider(_("Scale to (bits)"), 0.5, 6, 3, 0.5, key="ent_zmax")
    landscape = information.kl_landscape(p, LANDSCAPE_STEPS)
    result = information.compare(p, q)
    with right:
        columns = st.columns([1, 1.15])
        for column, name, now in (
            (columns[0], "D(p‖q)", result.kl),
            (columns[1], "D(q‖p)", result.reverse_kl),
        ):
            reverse = name == "D(q‖p)"
            with column:
                ui.plot(
                    charts.simplex(
                        landscape,
                        q,
                        now,
                        most,
                        reverse=reverse,
                        scale=reverse,
                        readings=ui.at_rest(),
                    ),
                    key=f"ent_simplex_{name[2]}",
                    alt=_("{name} over the triangle of all q; at the current q it is {n}.").format(
                        name=name, n=number(now)
                    ),
                    height=360,
                )
    if not ui.presenting():
        ui.note(
            _(
                "Each point of a triangle is a distribution q over A, B, C; a corner is certainty. "
                "D(p‖q) rises without bound towards the edges, where q gives something no chance; "
                "D(q‖p) does not mind an edge, as long as p is not 0 there."
            )
        )


@st.cache_resource(max_entries=32, show_spinner=False)
def _fits(
    gap: float, weight: float, mean: float, std: float
) -> tuple[torch.Tensor, torch.Tensor, list[information.FitStep], list[information.FitStep]]:
    x = torch.linspace(-8, 8, 321, dtype=torch.float64)
    p = information.gaussian_mixture(x, [-gap / 2, gap / 2], [0.6, 0.6], [weight, 1 - weight])
    forward, reverse = (
        list(information.fit_gaussian(p, x, direction, mean, std, steps=FIT_STEPS))
        for direction in ("forward", "reverse")
    )
    return x, p, forward, reverse


def fit() -> None:
    """One Gaussian fitted to two modes, by either divergence."""
    columns = ui.controls(4)
    with columns[0]:
        gap = ui.live_slider(_("Gap of modes"), 0, 8, 5, 0.5, key="ent_gap")
    with columns[1]:
        weight = ui.live_slider(_("Left mode has"), 0.05, 0.95, 0.5, 0.05, key="ent_w")
    with columns[2]:
        mean = ui.live_slider(_("q starts at"), -6, 6, 1, 0.5, key="ent_mean")
    with columns[3]:
        std = ui.live_slider(_("with a width of"), 0.2, 4, 1, 0.2, key="ent_std")
    x, p, forward, reverse = _fits(gap, weight, mean, std)
    step = ui.stepper(
        _("Step of the descent"), FIT_STEPS + 1, key="ent_step", value=40, interval_ms=70
    )
    here = forward[step], reverse[step]
    figure, losses = st.columns([1.7, 1], gap="large")
    with figure:
        ui.plot(
            charts.fit(x, p, forward, reverse, step),
            key="ent_fit",
            alt=_(
                "After {step} steps forward KL has mean {fm} and width {fs}; reverse KL has mean "
                "{rm} and width {rs}."
            ).format(
                step=step,
                fm=number(here[0].mean),
                fs=number(here[0].std),
                rm=number(here[1].mean),
                rs=number(here[1].std),
            ),
            height=_height(400, 285),
        )
    with losses:
        ui.plot(
            charts.descent(forward, reverse, step),
            key="ent_descent",
            alt=_("Both losses by step."),
            height=_height(250, 200),
        )
        ui.table(
            ["", _("mean"), _("width"), "D(p‖q)", "D(q‖p)"],
            [
                [name, *(f"{value:.2f}" for value in (q.mean, q.std, q.forward, q.reverse))]
                for name, q in ((_("covers"), here[0]), (_("seeks"), here[1]))
            ],
            numbers=[1, 2, 3, 4],
        )
        if not ui.presenting():
            ui.note(
                _(
                    "Minimizing D(p‖q), q must not miss what p has: it covers. Minimizing D(q‖p), "
                    "q must not claim what p lacks: it seeks one mode. D in nats."
                )
            )


def loss() -> None:
    """A classifier's loss, in these words."""
    columns = ui.controls(4)
    names = class_names()
    logits = []
    for column, name, start in zip(columns, CLASSES, (2.0, 1.0, 0.0, -1.0), strict=True):
        with column:
            logits.append(
                ui.live_slider(
                    _("logit of {name}").format(name=names[name]),
                    -8,
                    8,
                    start,
                    0.1,
                    key=f"ent_z_{name}",
                )
            )
    left, right = st.columns(2, gap="medium")
    with left:
        truth = ui.choice(_("It is a"), names, key="ent_truth")
    with right:
        smoothing = ui.live_slider(_("Label smoothing ε"), 0, 1, 0, 0.01, key="ent_eps")
    result = information.classifier_loss(logits, CLASSES.index(truth), smoothing)
    figure, numbers = st.columns([1.4, 1], gap="large")
    with figure:
        ui.plot(
            charts.loss(result, list(names.values())),
            key="ent_loss",
            alt=_("Target and softmax by class; the loss is {n} nats.").format(
                n=number(result.loss)
            ),
            height=_height(400, 230),
        )

    def nats(value: float) -> str:
        return charts.amount(value, result.base)

    with numbers:
        ui.facts(
            [
                ui.Fact(_("loss H(p,q)"), nats(result.loss), _("target p, softmax q")),
                ui.Fact("−ln q", nats(result.surprise), _("surprise at the right class")),
                ui.Fact("H(p)", nats(result.target_entropy), _("no classifier gets below")),
                ui.Fact("D(p‖q)", nats(result.kl), _("what training can still remove")),
            ]
        )
        ui.table(
            [_("class"), _("gradient q − p")],
            [
                [name, number(value, 3)]
                for name, value in zip(names.values(), result.gradient.tolist(), strict=True)
            ],
            numbers=[1],
        )
