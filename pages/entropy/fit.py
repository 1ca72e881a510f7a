"""One Gaussian fitted to two modes, by either divergence."""

from __future__ import annotations

import streamlit as st
import torch

import ui
from charts import entropy as charts
from charts.format import number, probability
from core import information
from pages.entropy import controls
from ui import _


@st.cache_resource(max_entries=32, show_spinner=False)
def _fits(
    gap: float, weight: float, mean: float, std: float
) -> tuple[torch.Tensor, torch.Tensor, list[information.FitStep], list[information.FitStep]]:
    x = torch.linspace(-8, 8, 321, dtype=torch.float64)
    p = information.gaussian_mixture(x, [-gap / 2, gap / 2], [0.6, 0.6], [weight, 1 - weight])
    forward, reverse = (
        list(information.fit_gaussian(p, x, direction, mean, std, steps=controls.FIT_STEPS))
        for direction in ("forward", "reverse")
    )
    return x, p, forward, reverse


def fits() -> tuple[
    torch.Tensor, torch.Tensor, list[information.FitStep], list[information.FitStep]
]:
    """Return the grid, p on it, and the steps of both fits."""
    return _fits(
        controls.gap.value, controls.weight.value, controls.mean.value, controls.width.value
    )


def draw() -> None:
    """Draw p, both fits at the current step, and their losses."""
    x, p, forward, reverse = fits()
    with ui.figure():
        step = controls.step.draw(len(forward))
        here = forward[step], reverse[step]
        ui.plot(
            charts.fit(x, p, forward, reverse, step),
            key="ent_fit",
            alt=_(
                "After {step} steps forward KL has mean {fm} and standard deviation {fs}; reverse "
                "KL has mean {rm} and standard deviation {rs}."
            ).format(
                step=step,
                fm=number(here[0].mean),
                fs=number(here[0].std),
                rm=number(here[1].mean),
                rs=number(here[1].std),
            ),
            height=400,
        )
    with ui.second_figure():
        ui.plot(
            charts.descent(forward, reverse, step),
            key="ent_descent",
            alt=_("Both losses by step."),
            height=400,
        )
    ui.table(
        ["", _("mean"), _("std. dev."), _("D(p‖q), nats"), _("D(q‖p), nats")],
        [
            [name, *(number(value) for value in (q.mean, q.std, q.forward, q.reverse))]
            for name, q in ((_("forward KL"), here[0]), (_("reverse KL"), here[1]))
        ],
        numbers=[1, 2, 3, 4],
    )
    left = [probability(information.mass_below(q, x, 0.0)) for q in (p, here[0].q, here[1].q)]
    ui.note(
        _(
            "After step {step} of {all}, the share of probability left of 0 is {forward} in the "
            "fit by D(p‖q) and {reverse} in the fit by D(q‖p); in p it is {p}."
        ).format(step=step, all=len(forward) - 1, forward=left[1], reverse=left[2], p=left[0]),
        keep=True,
    )
    ui.note(
        _(
            "D(p‖q) is large where p has mass and q has little, so a q that minimizes it covers "
            "both modes. D(q‖p) is large where q has mass and p has little, so a q that minimizes "
            "it settles on one mode if the modes are far apart; the start decides which."
        )
    )
