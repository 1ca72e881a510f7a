"""One vector: every intermediate of LayerNorm, RMSNorm and BatchNorm."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import ui
from charts import normalization as charts
from charts.format import number
from core import normalization as core
from pages.normalization import controls
from ui import _

EPS_LATEX = {"1e-12": "10^{-12}", "1e-5": "10^{-5}", "0.01": "0.01", "1": "1"}


@lru_cache(maxsize=256)
def norms(text: str, shift: float, scale: float, eps: float, reading: str) -> core.VectorNorms:
    """Return the typed vector's norms, after scale and shift."""
    return core.vector_norms(core.parse_vector(text) * scale + shift, eps, reading)


def current(shift: float | None = None, scale: float | None = None) -> core.VectorNorms:
    """Return the norms at the current settings, or with another shift or scale."""
    return norms(
        controls.vector.value,
        controls.shift.value if shift is None else shift,
        controls.scale.value if scale is None else scale,
        float(controls.eps.value),
        controls.reading.value,
    )


def chosen(found: core.VectorNorms) -> int:
    """Return the chosen place, from 0."""
    return min(controls.place.value, len(found.x)) - 1


def draw() -> None:
    """Draw the vector and its normalized forms, with the arithmetic of the chosen value."""
    found = current()
    at = chosen(found)
    shown = {name: getattr(found, name).output.flatten().tolist() for name in charts.norm_names()}
    alt = _("The vector and its normalized forms; LayerNorm gives {values}.")
    with ui.figure():
        ui.plot(
            charts.vector(found, at),
            key="norm_vector_plot",
            alt=alt.format(values=", ".join(number(v) for v in shown["layer"])),
            height=350,
            on_click=lambda mark: controls.place.set(mark["x"]),
        )
    ui.note(_invariance(found), keep=True)
    ui.formula(_layer_formula(found, at))
    ui.formula(_rms_formula(found, at))
    ui.facts(
        [
            ui.Fact(_("mean μ"), number(float(found.layer.mean)), _("LayerNorm subtracts it")),
            ui.Fact(_("variance σ²"), number(float(found.layer.variance)), _("divided by N")),
            ui.Fact(
                _("mean square"),
                number(float(found.rms.variance)),
                _("σ² + μ²; RMSNorm uses its square root"),
            ),
        ]
    )
    columns = {
        "x": found.x,
        "x − μ": found.layer.centered,
        "(x − μ)²": found.layer.centered.square(),
        "LayerNorm": found.layer.output,
        "x²": found.x.square(),
        "RMSNorm": found.rms.output,
        "BatchNorm": found.batch.output.flatten(),
    }
    ui.table(
        [_("place"), *columns],
        [
            ui.Row([str(i + 1), *(number(float(v[i])) for v in columns.values())], mark)
            for i, mark in enumerate("marked" if i == at else "" for i in range(len(found.x)))
        ],
        numbers=range(len(columns) + 1),
    )
    ui.note(_batch())


def _invariance(found: core.VectorNorms) -> str:
    """Return a sentence that compares the outputs with those of the vector as it was typed."""
    if (controls.shift.value, controls.scale.value) == (0.0, 1.0):
        text = _(
            "LayerNorm's output has mean {mean} and variance {variance}; RMSNorm's has mean "
            "{other} and mean square {square}."
        )
        layer, rms = found.layer.output, found.rms.output
        return text.format(
            mean=number(round(float(layer.mean()), 6)),
            variance=number(float(layer.var(correction=0)), 4),
            other=number(round(float(rms.mean()), 6)),
            square=number(float(rms.square().mean()), 4),
        )
    typed = current(0.0, 1.0)
    text = _(
        "You multiply by {scale} and add {shift}. Compared with the typed vector, LayerNorm's "
        "output changes by {layer} at most and RMSNorm's by {rms}."
    )
    largest = {
        name: float((getattr(found, name).output - getattr(typed, name).output).abs().max())
        for name in ("layer", "rms")
    }
    return text.format(
        scale=f"{controls.scale.value:g}",
        shift=f"{controls.shift.value:g}".replace("-", "−"),
        **{name: number(round(value, 6), 2) for name, value in largest.items()},
    )


def _batch() -> str:
    if controls.reading.value == "token":
        return _(
            "BatchNorm takes the vector for a single token: every feature is its own mean, and the "
            "output is 0 everywhere. With a batch of one token, BatchNorm erases the input."
        )
    return _(
        "BatchNorm takes the vector for one feature of several tokens: the arithmetic is "
        "LayerNorm's, over another axis."
    )


def _layer_formula(found: core.VectorNorms, at: int) -> str:
    mean, variance = float(found.layer.mean), float(found.layer.variance)
    return (
        r"\mathrm{LayerNorm}:\ \frac{x - \mu}{\sqrt{\sigma^2 + \varepsilon}} = "
        rf"\frac{{{float(found.x[at]):.4g} - ({mean:.4g})}}{{\sqrt{{{variance:.4g} + "
        rf"{EPS_LATEX[controls.eps.value]}}}}} = {float(found.layer.output[at]):.4f}"
    )


def _rms_formula(found: core.VectorNorms, at: int) -> str:
    return (
        r"\mathrm{RMSNorm}:\ \frac{x}{\sqrt{\overline{x^2} + \varepsilon}} = "
        rf"\frac{{{float(found.x[at]):.4g}}}{{\sqrt{{{float(found.rms.variance):.4g} + "
        rf"{EPS_LATEX[controls.eps.value]}}}}} = {float(found.rms.output[at]):.4f}"
    )


def table() -> ui.Table:
    """Return every intermediate of the current vector."""
    found = current()
    rows: list[tuple[Any, ...]] = list(
        zip(
            range(1, len(found.x) + 1),
            *(
                column.flatten().tolist()
                for column in (
                    found.x,
                    found.layer.centered,
                    found.layer.output,
                    found.rms.output,
                    found.batch.output,
                )
            ),
            strict=True,
        )
    )
    return [_("place"), "x", _("x minus mean"), "LayerNorm", "RMSNorm", "BatchNorm"], rows
