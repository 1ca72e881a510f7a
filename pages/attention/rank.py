"""The rank argument for decoder-only models, tested on two real ones."""

from __future__ import annotations

import torch

import charts.attention as charts
import ui
from charts.format import count, number
from core.attention import Spectrum, attention_spectrum
from pages.attention import controls, readings
from pages.attention.readings import DECODER, ENCODER
from ui import _, models

LONGEST = 64  # tokens: every head of both models gets a singular value decomposition


def draw() -> None:
    """Draw the singular values and effective ranks of all heads of both models."""
    texts = {
        which: readings.text_of(which, controls.rank_text.value, LONGEST)
        for which in (DECODER, ENCODER)
    }
    if any(len(text.ids) < 2 for text in texts.values()):
        ui.note(_("Type a sentence of at least two tokens."), keep=True)
        return
    causal, both = (spectrum_of(which, text.ids) for which, text in texts.items())
    layer = controls.rank_layer.value
    with ui.figure():
        ui.plot(
            charts.spectra(causal, both, layer if layer >= 0 else None),
            key="att_spectra",
            alt=_alt(causal, both),
            height=420,
            least_width=600,
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
    ui.note(
        _(
            "Thin lines are single heads, thick lines their median. The argument: a causal softmax "
            "matrix is triangular with a positive diagonal, so its determinant is not 0 and it has "
            "full rank; a bidirectional matrix may be rank-deficient. This is true, but a nonzero "
            "determinant says little: a head that attends almost only to the first token has a "
            "diagonal close to 0. The effective rank is e to the entropy of the normalized "
            "singular values. It estimates in how many directions the matrix acts noticeably."
        )
    )


def spectrum_of(which: str, ids: tuple[int, ...]) -> Spectrum:
    """Return the singular values of all heads of a model on a text, computed by the worker."""
    reading = readings.read(which, ids)

    def work() -> Spectrum:
        layers = [reading.layer_weights(layer) for layer in range(len(reading.entropy))]
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
        number(_median(spectrum.effective_rank)),
        "" if det is None else number(_median(det)),
    ]


def _median(values: torch.Tensor) -> float:
    return float(values.flatten().median())


def _alt(causal: Spectrum, both: Spectrum) -> str:
    return _(
        "Singular values of attention matrices. The median effective rank is {x} of {m} tokens "
        "for causal and {y} of {n} for bidirectional ones."
    ).format(
        x=number(_median(causal.effective_rank)),
        m=causal.singular_values.shape[-1],
        y=number(_median(both.effective_rank)),
        n=both.singular_values.shape[-1],
    )
