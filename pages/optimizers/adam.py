"""What Adam is for: four small comparisons."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from typing import NamedTuple

import ui
from charts import optimizers as charts
from charts.format import number
from charts.optimizers import Curve
from charts.theme import Spec
from core import optimizers as core
from pages.optimizers import controls
from ui import _

badly_scaled = lru_cache(maxsize=128)(core.badly_scaled)
scaled_loss = lru_cache(maxsize=128)(core.scaled_loss)
first_steps = lru_cache(maxsize=128)(core.first_steps)
weight_decay = lru_cache(maxsize=128)(core.weight_decay)


class Shown(NamedTuple):
    """What one comparison shows; the last value of each line becomes a fact."""

    lines: list[Curve]
    spec: Spec
    sentence: str
    formula: str
    note: str


def _bias() -> Shown:
    beta1, beta2 = controls.bias_beta1.value, controls.bias_beta2.value
    found = first_steps(beta1, beta2)
    lines = [
        Curve(_("without correction, m/√v"), found.uncorrected, "@muted", "dash"),
        Curve(_("with correction, m̂/√v̂"), found.corrected, "@q"),
    ]
    first, last = float(found.uncorrected[0]), float(found.uncorrected[-1])
    text = _(
        "Without bias correction the first step is {first} times the learning rate and the tenth "
        "{last} times; with it every step is the learning rate."
    )
    formula = (
        r"\text{t = 1}:\ \frac{m}{\sqrt v} = \frac{1 - \beta_1}{\sqrt{1 - \beta_2}} = "
        rf"\frac{{{1 - beta1:.4g}}}{{\sqrt{{{1 - beta2:.4g}}}}} = {first:.4g}, \quad "
        r"\frac{\hat m}{\sqrt{\hat v}} = 1"
    )
    return Shown(
        lines,
        charts.curves(lines, _("step / learning rate"), first=1),
        text.format(first=number(first), last=number(last)),
        formula,
        _("The gradient is 1 at every update; m and v start at 0."),
    )


def _axes() -> Shown:
    curvature = controls.curvature.value
    found = badly_scaled(float(curvature))
    lines = [
        Curve(_("SGD, best learning rate"), found.sgd, "@muted"),
        Curve(_("Adam, learning rate 0.1"), found.adam, "@q"),
    ]
    text = _(
        "SGD's best learning rate is {lr}; after 100 updates SGD is {sgd} from the minimum and "
        "Adam {adam}."
    )
    ratio = (curvature - 1) / (curvature + 1)
    return Shown(
        lines,
        charts.curves(lines, _("distance to the minimum"), (1e-4, 10), log=True),
        text.format(
            lr=number(found.sgd_lr),
            sgd=number(float(found.sgd[-1])),
            adam=number(float(found.adam[-1])),
        ),
        r"\eta = \frac{2}{\lambda_1 + \lambda_2} = "
        rf"\frac{{2}}{{1 + {curvature}}} = {found.sgd_lr:.4f}, \quad "
        rf"\text{{factor per update}} = \frac{{{curvature} - 1}}{{{curvature} + 1}} = {ratio:.4f}",
        _(
            "f = (x² + curvature · y²)/2 from (1, 1). Adam divides each coordinate by its own "
            "gradient's size, so its path does not depend on the curvature of an axis, but it "
            "oscillates near the minimum. These axes are aligned with x and y; Adam has no such "
            "advantage when they are rotated."
        ),
    )


def _scale() -> Shown:
    c = controls.factor.value
    found = scaled_loss(c)
    scaled = f"c = {c:g}"
    lines = [
        Curve("SGD, c = 1", found.sgd_plain, "@muted", "dash"),
        Curve("Adam, c = 1", found.adam_plain, "@q", "dot"),
        Curve(f"SGD, {scaled}", found.sgd, "@muted"),
        Curve(f"Adam, {scaled}", found.adam, "@p", "dash"),
    ]
    difference = float((found.adam - found.adam_plain).abs().max())
    text = _(
        "With the loss multiplied by {c}, Adam's path differs by {adam} at most; SGD's x ends at "
        "{sgd} in place of {plain}."
    )
    if found.sgd.isnan().any():
        text = _(
            "With the loss multiplied by {c}, Adam's path differs by {adam} at most; SGD diverges."
        )
    return Shown(
        lines,
        charts.curves(lines, "x", (-0.5, 1.2)),
        text.format(
            c=f"{c:g}",
            adam=number(difference, 2),
            sgd=number(float(found.sgd[-1])),
            plain=number(float(found.sgd_plain[-1])),
        ),
        r"\frac{c\,\hat m}{\sqrt{c^2\,\hat v} + \varepsilon} \approx "
        r"\frac{\hat m}{\sqrt{\hat v} + \varepsilon}, \quad \varepsilon = 10^{-8}",
        _("f = c·(x² + 20y²)/2 from (1, 1). Learning rates: SGD 0.05, Adam 0.1."),
    )


def _decay() -> Shown:
    strength = controls.decay.value
    found = weight_decay(strength)
    lines = [
        Curve(_("Adam with L2, gradients ±10"), found.l2_large, "@p"),
        Curve(_("Adam with L2, gradients ±0.1"), found.l2_small, "@p", "dot"),
        Curve(_("AdamW, gradients ±10"), found.decoupled_large, "@q"),
        Curve(_("AdamW, gradients ±0.1"), found.decoupled_small, "@kept", "dot"),
    ]
    text = _(
        "After 200 updates, Adam with L2 leaves {large} of the weight with large gradients and "
        "{small} of the one with small gradients; AdamW leaves {a} and {b}."
    )
    ends = [float(line.y[-1]) for line in lines]
    return Shown(
        lines,
        charts.curves(lines, _("weight"), (-0.3, 1.1)),
        text.format(
            **dict(zip(("large", "small", "a", "b"), (number(end) for end in ends), strict=True))
        ),
        r"\text{L2}:\ g \leftarrow g + \lambda w, \qquad \text{AdamW}:\ \Delta w = "
        rf"-\eta \frac{{\hat m}}{{\sqrt{{\hat v}} + \varepsilon}} - \eta\lambda w,\ "
        rf"\eta\lambda = 0.01 \cdot {strength:g} = {0.01 * strength:g}",
        _(
            "Gradients alternate in sign, so only the decay has a direction. In L2, λw is part of "
            "the gradient and is divided by √v̂: weights with large gradients decay less. Learning "
            "rate 0.01."
        ),
    )


CASES: dict[str, Callable[[], Shown]] = {
    "bias": _bias,
    "axes": _axes,
    "scale": _scale,
    "decay": _decay,
}


def current() -> Shown:
    """Return the chosen comparison."""
    return CASES[controls.case.value]()


def draw() -> None:
    """Draw the curves of the chosen comparison."""
    shown = current()
    with ui.figure():
        ui.plot(shown.spec, key="optimizers_adam", alt=shown.sentence, height=370)
    ui.note(shown.sentence, keep=True)
    ui.formula(shown.formula)
    ui.facts(
        [ui.Fact(line.name, number(float(line.y[-1])), _("last update")) for line in shown.lines]
    )
    ui.note(shown.note)


def table() -> ui.Table:
    """Return the values of every curve of the chosen comparison."""
    lines = current().lines
    first = int(controls.case.value == "bias")
    columns = zip(*(line.y.tolist() for line in lines), strict=True)
    rows = [(first + i, *row) for i, row in enumerate(columns)]
    return [_("update"), *(line.name for line in lines)], rows
