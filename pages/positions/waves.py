"""Wavelengths against the length of the text; the decay of the mean score with distance."""

from __future__ import annotations

import streamlit as st
import torch

import ui
from charts import positions as charts
from charts.format import count, number
from core import positions as core
from pages.positions_parts import shared
from ui import _

POINTS = 240  # of the decay curves


def draw() -> None:
    """Wavelengths of all pairs."""
    columns = ui.controls(3)
    with columns[0]:
        base = shared.base()
    with columns[1]:
        context = int(
            ui.live_slider(_("Text length"), 16, 1_048_576, 2048, key="rope_len", scale="log")
        )
    with columns[2]:
        size = shared.real_head()
    result = core.pair_clocks(size, context, base)
    reference = core.pair_clocks(size, context) if base != shared.BASE else None
    ui.plot(
        charts.waves(result, context, reference),
        key="pos_waves",
        alt=_(
            "Wavelengths of {pairs} pairs from {fast} to {slow} tokens; {never} are longer than "
            "the text of {n} tokens."
        ).format(
            pairs=size // 2,
            fast=number(float(result.wavelengths[0])),
            slow=number(float(result.wavelengths[-1])),
            never=result.never_full,
            n=count(context),
        ),
        height=430,
    )
    ui.facts(
        [
            ui.Fact(_("fastest pair"), number(float(result.wavelengths[0])), _("tokens a turn")),
            ui.Fact(_("slowest pair"), number(float(result.wavelengths[-1])), _("tokens a turn")),
            ui.Fact(
                _("never go round"),
                f"{result.never_full} / {size // 2}",
                _("pairs: they tell far from near"),
            ),
            ui.Fact(
                _("turns of the slowest"), number(float(result.turns[-1])), _("within the text")
            ),
        ]
    )


@st.cache_resource(max_entries=64, show_spinner=False)
def decay_of(
    size: int, base: float, reach: int, mean: float, seed: int, samples: int
) -> core.ScoreDecay:
    """The decay curves at whole distances from 0 to `reach`."""
    offsets = torch.linspace(0, reach, min(POINTS, reach + 1)).round().unique()
    source = shared.generator(seed)
    return core.score_decay(size, offsets, source, base, mean=mean, samples=samples)


def settings() -> tuple[int, float, int, float, int, int]:
    """The decay's controls."""
    first, second, third, fourth, rest = st.columns(
        [1, 1, 1, 1.1, 0.6], gap="medium", vertical_alignment="bottom"
    )
    with first:
        told = _("Distance up to")
        reach = int(ui.live_slider(told, 16, 65_536, 256, key="rope_reach", scale="log"))
    with second:
        base = shared.base()
    with third:
        mean = ui.live_slider(
            _("Mean"), 0.1, 3, 1, 0.1, key="rope_mean",
            help=_("Numbers of q and k are drawn around this mean, with deviation 1."),
        )  # fmt: skip
    with fourth:
        size = shared.real_head()
    with rest, ui.more(_("More")):
        seed = shared.seed()
        samples = int(ui.live_slider(_("Random pairs q, k"), 2, 1024, 256, key="rope_samples"))
    return size, base, reach, mean, seed, samples


def decay() -> None:
    """How the mean score fades."""
    result = decay_of(*settings())
    reach = int(result.offsets[-1])
    ui.plot(
        charts.decay(result),
        key="pos_decay",
        alt=_(
            "The mean score over distance: 1 at distance 0, {e} expected and {m} measured at "
            "distance {d}; the bound there is {b}."
        ).format(
            e=number(float(result.expected[-1]), 2),
            m=number(float(result.measured_mean[-1]), 2),
            b=number(float(result.bound[-1]), 2),
            d=count(reach),
        ),
        height=420,
    )
    one = float(result.expected[1])
    ui.facts(
        [
            ui.Fact(
                _("expected at distance {d}").format(d=count(int(result.offsets[1]))), number(one)
            ),
            ui.Fact(
                _("expected at distance {d}").format(d=count(reach)),
                number(float(result.expected[-1])),
                _("mean of cos(δθ) over the pairs"),
            ),
            ui.Fact(_("bound there"), number(float(result.bound[-1])), _("of its value at 0")),
            ui.Fact(
                _("a single q·k there"),
                "± " + number(float(result.measured_std[-1])),
                _("standard deviation"),
            ),
        ]
    )
    if not ui.presenting():
        ui.note(
            _(
                "The decay needs a common mean of q and k: it is that mean which loses step with "
                "itself. A single q·k follows its own content and may rise with distance."
            )
        )
