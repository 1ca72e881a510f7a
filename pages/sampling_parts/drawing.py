"""Draw: 1, 100 or 10 000 samples beside the distribution that they come from."""

from __future__ import annotations

import streamlit as st
import torch

import ui
from charts import sampling as charts
from charts.format import count, number, probability
from core.sampling import DrawCounts, draw_counts, sampling_trace
from pages.sampling_parts import settings
from pages.sampling_parts.controls import slider, source_and_settings
from pages.sampling_parts.source import Source
from ui import _, tokens

SIZES = {"1": "1", "100": "100", "10000": "10 000"}
CHIPS = 60  # draws shown one by one, at most


def draw() -> None:
    """Draw the view."""
    source, params = source_and_settings()
    left, middle, right = st.columns([1.3, 1.6, 3], vertical_alignment="bottom")
    with left:
        n = int(ui.choice(_("Draws"), SIZES, key="draws", value="100"))
    with middle:
        seed = int(slider("seed", _("Seed"), 1, help=_("Same seed, same draws.")))
    with right:
        st.button(_("Draw again"), key="sampling_again", on_click=_again, icon=":material/casino:")
    if source is None:
        return
    trace = sampling_trace(source.logits, params, source.ids, source.order)
    result = draw_counts(trace.probs, torch.Generator().manual_seed(seed), n)
    ids = charts.shown_ids(trace)
    labels = source.labels(ids)
    figure, numbers = st.columns([1.55, 1], gap="large")
    with figure:
        seen = result.counts[ids].tolist()
        told = ", ".join(f"{label} {c}" for label, c in zip(labels[:3], seen, strict=False))
        ui.plot(
            charts.draws(result, trace.probs, ids, labels),
            key="draw_counts",
            alt=_("{n} draws beside the exact distribution. {told}").format(n=count(n), told=told),
            height=470 if len(ids) > 8 else 330,
        )
    with numbers:
        _facts(result)
        _one_by_one(source, result)


def _again() -> None:
    ui.set_state({"seed": (int(settings.value("seed")) + 1) % (int(settings.most("seed")) + 1)})


def _facts(result: DrawCounts) -> None:
    test = result.chi_square
    fits = _("not enough draws to test") if test.p_value is None else number(test.p_value, 2)
    ui.facts(
        [
            ui.Fact(
                _("total variation distance"),
                probability(result.total_variation),
                _("share of the draws that lies elsewhere than it should"),
            ),
            ui.Fact(
                _("chance of a worse fit"),
                fits,
                _("Pearson's χ² = {x} in {n} cells").format(x=number(test.statistic), n=test.cells),
            ),
            ui.Fact(
                _("different tokens"), count(int((result.counts > 0).sum())), _("among the draws")
            ),
        ]
    )


def _one_by_one(source: Source, result: DrawCounts) -> None:
    ids = result.ids[:CHIPS].tolist()
    ui.note(_("The first {n}, in order:").format(n=len(ids)) if len(ids) > 1 else _("It is:"))
    tokens(
        [ui.Token(source.token(i), title=str(i)) for i in ids],
        key="sampling_drawn",
        label=_("The draws in order"),
    )
