"""The rank argument for decoder-only models, tested on two real ones."""

from __future__ import annotations

from typing import Any

import torch

import charts.attention as charts
import ui
from charts.format import count, number, probability
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
        ui.note(_("“Text” is too short: type at least two words."), keep=True)
        return
    causal, both = (spectrum_of(which, text.ids) for which, text in texts.items())
    layer = controls.rank_layer.value
    alt = _alt(causal, both)
    with ui.figure():
        ui.plot(
            charts.spectra(causal, both, layer if layer >= 0 else None),
            key="att_spectra", alt=alt, height=420, least_height=300,
        )  # fmt: skip
    with ui.second_figure():
        # A figure of its own, because the slider does not change these hundreds of marks.
        ui.plot(
            charts.effective_ranks(causal, both),
            key="att_ranks", alt=alt, height=420, least_height=300, on_click=_choose,
        )  # fmt: skip
    ui.note(_layer(causal, layer), keep=True)
    ui.note(_verdict(causal, both), keep=True)
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
    cut = max(text.cut for text in texts.values())
    shortened = (
        _("Only the first {n} tokens of the text are used.").format(n=LONGEST) if cut else ""
    )
    said = _(
        "Thick lines are the median of all heads, bands reach from their 10th to their 90th "
        "percentile. The rank is the number of singular values above T · ε times the largest, "
        "with T tokens and ε = 1.2·10⁻⁷, the precision of float32. The effective rank is e to the "
        "entropy of the normalized singular values."
    )
    ui.note(f"{shortened} {said}".strip())
    ui.model_card()
    ui.model_card(readings.model_of(ENCODER))


def _choose(mark: dict[str, Any]) -> None:
    """Highlight the layer of the clicked mark, if it is one of the language model."""
    data = mark.get("data")
    if mark.get("curve") == 0 and isinstance(data, list) and data:
        controls.rank_layer.set(data[0])


def _layer(causal: Spectrum, layer: int) -> str:
    """Say what the effective ranks of the highlighted layer are."""
    if not 0 <= layer < len(causal.effective_rank):
        return _("Drag “Layer L shown” to highlight the heads of one layer.")
    ranks = causal.effective_rank[layer]
    return _(
        "Layer L{layer}: the effective ranks of its {n} heads lie between {low} and {high} of "
        "{tokens} tokens."
    ).format(
        layer=layer, n=len(ranks), low=number(float(ranks.min())), high=number(float(ranks.max())),
        tokens=_tokens(causal),
    )  # fmt: skip


def _verdict(causal: Spectrum, both: Spectrum) -> str:
    """Hold the rank argument against the numbers of this text."""
    argument = _(
        "The argument: a causal softmax matrix is triangular with a positive diagonal, so its "
        "determinant is not 0 and its rank is full; a bidirectional one has no such guarantee."
    )
    (a, b), (c, d) = _full(causal), _full(both)
    measured = _(
        "Measured in float32, {a} of {b} causal matrices ({p}) and {c} of {d} bidirectional ones "
        "({q}) have full rank."
    ).format(a=a, b=b, p=probability(a / b), c=c, d=d, q=probability(c / d))
    if a * d < c * b:
        verdict = _(
            "That is the opposite of what the argument suggests: the determinant is the product of "
            "the diagonal, and a head that attends to earlier tokens has a diagonal close to 0."
        )
    else:
        verdict = _("On this text the numbers do not contradict the argument.")
    return f"{argument} {measured} {verdict}"


def _full(spectrum: Spectrum) -> tuple[int, int]:
    """Return the number of matrices of full numerical rank, and of all."""
    return int((spectrum.rank == _tokens(spectrum)).sum()), spectrum.rank.numel()


def _tokens(spectrum: Spectrum) -> int:
    return spectrum.singular_values.shape[-1]


def spectrum_of(which: str, ids: tuple[int, ...]) -> Spectrum:
    """Return the singular values of all heads of a model on a text, computed by the worker."""
    reading = readings.read(which, ids)

    def work() -> Spectrum:
        layers = [reading.layer_weights(layer) for layer in range(len(reading.entropy))]
        return attention_spectrum(torch.stack(layers))

    return models.compute(("attention_spectrum", which, ids), work)


def _row(name: str, spectrum: Spectrum) -> list[str]:
    full, heads = _full(spectrum)
    det = spectrum.log10_abs_det
    return [
        name,
        count(heads),
        count(_tokens(spectrum)),
        f"{full} ∕ {heads}",
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
