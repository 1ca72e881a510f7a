"""The rank argument for decoder-only models, tested on two real ones."""

from __future__ import annotations

import streamlit as st
import torch

import charts.attention as charts
import ui
from charts.format import count, number
from core.attention import Spectrum, attention_spectrum
from pages.attention_parts import readings
from pages.attention_parts.readings import DECODER, ENCODER
from ui import _, models

TEXT = (
    "The old clock in the hall had stopped, but nobody in the house could say when, and the cat "
    "did not care."
)
LONGEST = 64  # tokens: 342 matrices are taken apart


def draw() -> None:
    """The text, the figure, the numbers."""
    left, right = st.columns([5, 2], gap="medium")
    with left:
        text = ui.live_text(_("Text"), TEXT, key="att_rank_text")
    with right:
        layer = int(
            ui.live_slider(
                _("Layer shown"), -1, 29, -1, key="att_rank_layer", words={-1: _("none")}
            )
        )
    found = {}
    for which in (DECODER, ENCODER):
        held = readings.text_of(which, text, ui.current_language(), LONGEST)
        if len(held.ids) < 2:
            ui.note(_("Type a sentence of at least two tokens."))
            return
        found[which] = spectrum_of(which, held.ids)
    causal, both = found[DECODER], found[ENCODER]
    ui.plot(
        charts.spectra(causal, both, layer if layer >= 0 else None),
        key="att_spectra",
        alt=_alt(causal, both),
        height=400,
        least_width=620,
    )
    ui.table(
        (
            _("attention matrices of"), _("heads"), _("tokens"), _("numerically of full rank"),
            _("median rank"), _("median effective rank"), _("median log₁₀ |det|"),
        ),
        [
            _row(_("the language model (causal)"), causal),
            _row(_("the encoder (bidirectional)"), both),
        ],
        numbers=(1, 2, 3, 4, 5, 6),
    )  # fmt: skip
    if not ui.presenting():
        ui.note(
            _(
                "Thin lines are single heads, thick ones their median. The argument: a causal "
                "softmax matrix is triangular with a positive diagonal, so "
                "its determinant is not 0 and its rank is full, while a bidirectional one may lose "
                "rank. True, and yet full rank by a hair is little: a head that looks at the first "
                "token alone has a diagonal close to 0. The effective rank (e to the entropy of "
                "the singular values' shares) tells how many directions really pass."
            )
        )


def spectrum_of(which: str, ids: tuple[int, ...]) -> Spectrum:
    """Singular values of all heads of a model on a text, from the worker."""
    reading = readings.read(which, ids)

    def work() -> Spectrum:
        layers = [reading.layer_weights(layer) for layer in range(reading.layers)]
        return attention_spectrum(torch.stack(layers))

    return models.compute(("attention_spectrum", which, ids), work)


def _row(name: str, spectrum: Spectrum) -> list[str]:
    n = spectrum.singular_values.shape[-1]
    full = spectrum.rank == n
    det = spectrum.log10_abs_det
    return [
        name,
        count(spectrum.rank.numel()),
        count(n),
        f"{int(full.sum())} ∕ {spectrum.rank.numel()}",
        count(int(spectrum.rank.flatten().median())),
        number(float(spectrum.effective_rank.flatten().median())),
        "" if det is None else number(float(det.flatten().median())),
    ]


def _alt(causal: Spectrum, both: Spectrum) -> str:
    return _(
        "Singular values of {a} causal and {b} bidirectional attention matrices. Median effective "
        "rank: {x} of {m} tokens, and {y} of {n}."
    ).format(
        a=causal.rank.numel(),
        b=both.rank.numel(),
        x=number(float(causal.effective_rank.flatten().median())),
        m=causal.singular_values.shape[-1],
        y=number(float(both.effective_rank.flatten().median())),
        n=both.singular_values.shape[-1],
    )
