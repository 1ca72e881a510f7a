"""How the mean score decays with distance."""

from __future__ import annotations

import streamlit as st
import torch

import ui
from charts import positions as charts
from charts.format import count, number
from core import positions as core
from pages.positions import controls
from pages.positions.vectors import generator
from ui import _

POINTS = 240  # of each curve


@st.cache_resource(max_entries=64, show_spinner=False)
def _decay(
    size: int, base: float, reach: int, mean: float, seed: int, samples: int
) -> core.ScoreDecay:
    offsets = torch.linspace(0, reach, min(POINTS, reach + 1)).round().unique()
    return core.score_decay(size, offsets, generator(seed), base, mean=mean, samples=samples)


def draw() -> None:
    """Draw the bound, the expected mean and the measured mean over distance."""
    size, base, reach = int(controls.model_size.value), controls.base.value, controls.reach.value
    mean, seed, samples = controls.mean.value, controls.seed.value, controls.samples.value
    result = _decay(size, base, reach, mean, seed, samples)
    first, last = (_("at distance {d}").format(d=count(int(result.offsets[i]))) for i in (1, -1))
    near, far = (number(value) for value in result.expected[[1, -1]].tolist())
    bound, deviation = number(float(result.bound[-1])), number(float(result.measured_std[-1]))
    alt = _("The mean score, 1 at distance 0. Its expected value is {n} {where}.")
    with ui.figure():
        ui.plot(
            charts.decay(result), key="pos_decay", alt=alt.format(n=far, where=last), height=420
        )
    ui.facts(
        [
            ui.Fact(_("expected mean"), near, first),
            ui.Fact(_("expected mean"), far, last),
            ui.Fact(_("bound"), bound, last),
            ui.Fact(_("standard deviation"), deviation, _("of a single q·k at that distance")),
        ]
    )
    ui.note(
        _(
            "The expected mean at distance δ is the mean of cos(δθ) over the pairs if q and k have "
            "a common mean. A single q·k depends on its content and may increase with distance."
        )
    )
