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
    bound, amplitude = float(result.bound[-1]), float(result.amplitude[-1])
    alt = _("The mean score, 1 at distance 0. Its expected value is {n} {where}.")
    with ui.figure():
        ui.plot(
            charts.decay(result), key="pos_decay", alt=alt.format(n=far, where=last), height=460
        )
    ui.note(
        _(
            "At distance {d}, the expected mean score is {far} times its value at distance 0. "
            "RoFormer's theorem bounds the absolute value of the complex sum ({amplitude}) by "
            "{bound}, {ratio} times as much: the bound limits the scores, it does not predict them."
        ).format(
            d=count(int(result.offsets[-1])),
            far=far,
            amplitude=number(amplitude),
            bound=number(bound),
            ratio=number(bound / amplitude, 2) if amplitude else "∞",
        ),
        keep=True,
    )
    ui.facts(
        [
            ui.Fact(_("expected mean"), near, first),
            ui.Fact(_("expected mean"), far, last),
            ui.Fact(
                _("upper bound"),
                number(bound),
                last,
                help=_(
                    "RoFormer, section 3.4.3: |Σᵢ hᵢ e^(iδθᵢ)| ≤ maxᵢ |hᵢ₊₁ − hᵢ| · Σⱼ |Sⱼ|, where "
                    "hᵢ is pair i of q times the conjugate of pair i of k, and Sⱼ is the sum of "
                    "the first j factors e^(iδθᵢ). The score is the real part of the sum."
                ),
            ),
            ui.Fact(
                _("standard deviation"),
                number(float(result.measured_std[-1])),
                _("of a single q·k at that distance"),
            ),
        ]
    )
    ui.note(
        _(
            "The expected mean at distance δ is the mean of cos(δθ) over the pairs if q and k have "
            "a common mean. A single q·k depends on its content and may increase with distance."
        )
    )
