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
    result = _decay(
        int(controls.model_size.value),
        controls.base.value,
        controls.reach.value,
        controls.mean.value,
        controls.seed.value,
        controls.samples.value,
    )
    near, far = (count(int(result.offsets[i])) for i in (1, -1))
    with ui.figure():
        ui.plot(
            charts.decay(result),
            key="pos_decay",
            alt=_(
                "The mean score over distance, 1 at distance 0. At distance {d} it is {e} in "
                "expectation and {m} as measured; the bound is {b}."
            ).format(
                d=far,
                e=number(float(result.expected[-1]), 2),
                m=number(float(result.measured_mean[-1]), 2),
                b=number(float(result.bound[-1]), 2),
            ),
            height=420,
        )
    expected = _("expected mean at distance {d}")
    ui.facts(
        [
            ui.Fact(expected.format(d=near), number(float(result.expected[1]))),
            ui.Fact(
                expected.format(d=far),
                number(float(result.expected[-1])),
                _("mean of cos(δθ) over the pairs"),
            ),
            ui.Fact(
                _("bound at distance {d}").format(d=far),
                number(float(result.bound[-1])),
                _("relative to distance 0"),
            ),
            ui.Fact(
                _("spread of a single q·k"),
                "± " + number(float(result.measured_std[-1])),
                _("standard deviation at distance {d}").format(d=far),
            ),
        ]
    )
    ui.note(
        _(
            "The mean score decays because q and k have a common mean: with distance its pairs "
            "rotate out of phase. A single q·k also depends on its content and may increase with "
            "distance."
        )
    )
