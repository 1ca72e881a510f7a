"""Gradients: pre-LN, post-LN and DeepNorm in untrained stacks of transformer layers."""

from __future__ import annotations

from functools import lru_cache

import torch
from torch import Tensor

import ui
from charts import normalization as charts
from charts.format import number
from core import normalization as core
from pages.normalization import controls
from ui import _, models

WIDTH = 32
SAMPLES = 4  # stacks with different random weights that each curve averages


def stacks(depth: int, seed: int) -> dict[str, core.StackGradients]:
    """Return the gradients of one depth, computed on the worker and shared between visitors."""

    def work() -> dict[str, core.StackGradients]:
        with torch.inference_mode(False), torch.enable_grad():
            return {
                name: core.mean_gradients(name, depth, WIDTH, SAMPLES, SAMPLES * seed)
                for name in core.PLACEMENTS
            }

    return models.compute(("norm_gradients", depth, seed), work)


@lru_cache(maxsize=100)
def ratios(seed: int) -> core.RatioByDepth:
    """Return the ratio of post-LN's last gradient and pre-LN's by depth."""
    found = [stacks(depth, seed) for depth in controls.DEPTHS]
    return core.last_ffn_ratio([of["post"] for of in found], [of["pre"] for of in found])


def draw() -> None:
    """Draw the gradient by layer, and the ratio of the last layer's gradients by depth."""
    depth, seed = int(controls.depth.value), controls.stack_seed.value
    ratio, found = ratios(seed), stacks(depth, seed)
    by_placement: dict[str, Tensor] = {name: found[name].ffn for name in charts.placements()}
    layer = min(controls.at_layer.value, depth)
    here = {name: number(float(values[layer - 1])) for name, values in by_placement.items()}
    last = {name: number(float(values[-1])) for name, values in by_placement.items()}
    names = charts.placements()
    with ui.figure():
        ui.plot(
            charts.gradients(by_placement, layer),
            key="norm_gradients",
            alt=_("Norm of the gradient by layer; in the last layer: {values}.").format(
                values=_listed(names, last)
            ),
            height=380,
            on_click=lambda mark: controls.at_layer.set(mark["x"]),
        )
    with ui.second_figure():
        ui.plot(
            charts.ratio(ratio, depth),
            key="norm_ratio",
            alt=_("Ratio of the last gradients by depth; its exponent is {n}.").format(
                n=number(ratio.slope, 2)
            ),
            height=380,
            on_click=lambda mark: controls.depth.set(str(round(mark["x"]))),
        )
    text = _("Norm of the gradient of the last FFN matrix in layer {n} of {all}: {values}.")
    ui.note(text.format(n=layer, all=depth, values=_listed(names, here)), keep=True)
    constants = core.deepnorm_constants(depth)
    ui.formula(
        r"\text{post-LN: } \mathrm{LN}(x + f(x)) \qquad \text{pre-LN: } x + f(\mathrm{LN}(x))"
    )
    ui.facts(
        [
            ui.Fact(
                _("last layer, post-LN / pre-LN"),
                number(float(ratio.ratio[ratio.depths.index(depth)])),
                _("with {n} layers").format(n=depth),
            ),
            ui.Fact(
                _("measured exponent"),
                number(ratio.slope, 2),
                _("theory: 0.5"),
                _(
                    "Slope of the least-squares line through the measured ratios on logarithmic "
                    "axes. Xiong et al. (2020), theorem 1, bound the last gradient by a constant "
                    "for post-LN and by that constant over √L for pre-LN."
                ),
            ),
            ui.Fact(
                "DeepNorm α",
                number(constants.alpha, 4),
                f"(2 · {depth})^(1/4)",
                _("Factor of the residual connection: LN(α·x + f(x))."),
            ),
            ui.Fact(
                "DeepNorm β",
                number(constants.beta, 4),
                f"(8 · {depth})^(−1/4)",
                _("Gain of the initial value, output and FFN weights."),
            ),
        ]
    )
    label = _("exponent of L in the ratio of the last gradients, printed as √L")
    ui.provenance((label, core.THEORY_EXPONENT, ratio.slope))
    ui.note(
        _(
            "Post-LN normalizes after the residual addition, pre-LN before the sublayer. Untrained "
            "layers of attention and FFN, width {width}, random tokens and targets, "
            "differentiated by torch; every point is the mean of {n} stacks. The theory gives the "
            "growth as √L, not the constant c, which is fitted. Xiong et al. (2020) explain "
            "post-LN's need for warm-up by its large gradients in the last layers."
        ).format(width=WIDTH, n=SAMPLES)
    )


def _listed(names: dict[str, str], values: dict[str, str]) -> str:
    return ", ".join(f"{names[name]} {value}" for name, value in values.items())


def table() -> ui.Table:
    """Return the gradient of every layer of every stack."""
    head = [_("layers L"), _("layer"), *charts.placements().values()]
    return head, [
        (depth, i + 1, *(float(of[name].ffn[i]) for name in charts.placements()))
        for depth in controls.DEPTHS
        for of in [stacks(depth, controls.stack_seed.value)]
        for i in range(depth)
    ]
