"""Experiments of the optimizers page, with questions to answer first."""

from __future__ import annotations

import ui
from charts.format import number
from pages.optimizers import adam, clipping, controls, paths
from ui import _

FOOT = 16  # update at which the path without clipping is at the foot of the cliff
TOO_HIGH = 0.11  # above 2/λ = 0.1 of the ravine's steep axis


def experiments() -> list[ui.Experiment]:
    """Return the page's experiments."""
    return [
        ui.Experiment(
            _("One step too large"),
            _("The limit of gradient descent is 2/λ, with the largest curvature λ of the surface."),
            ui.state("paths", methods=["sgd"], shown="sgd", rate=TOO_HIGH, step=controls.STEPS),
            ui.Question(
                _(
                    "SGD on the ravine, curvatures 1 (along x) and 20 (along y). The learning rate "
                    "rises from 0.09 to 0.11. The value of f after 80 updates …"
                ),
                [
                    _("is a little lower, because the steps are longer"),
                    _("stays about the same"),
                    _("is larger than at the start"),
                ],
                _diverges,
                ui.state("paths", methods=["sgd"], shown="sgd", step=controls.STEPS),
            ),
        ),
        ui.Experiment(
            _("The first step without correction"),
            _("m is too small at first, but √v is too small by a larger factor."),
            ui.state("adam"),
            ui.Question(
                _(
                    "m and v start at 0, so both are too small at first. With β₁ = 0.9 and "
                    "β₂ = 0.999, Adam's first step without bias correction is …"
                ),
                [
                    _("too small, about a tenth of the learning rate"),
                    _("about the learning rate, because the two errors cancel"),
                    _("too large, about three times the learning rate"),
                ],
                _first_step,
                ui.state("adam", case="scale"),
            ),
        ),
        ui.Experiment(
            _("Who decays more"),
            _("AdamW subtracts ηλw outside the fraction, so every weight decays at the same rate."),
            ui.state("adam", case="decay"),
            ui.Question(
                _(
                    "Two weights are trained by Adam with the same L2 penalty. One has gradients "
                    "of ±10, the other of ±0.1. The weight with the large gradients …"
                ),
                [
                    _("decays faster"),
                    _("decays more slowly"),
                    _("decays at the same rate"),
                ],
                _decays,
                ui.state("adam"),
            ),
        ),
        ui.Experiment(
            _("One gradient at the cliff"),
            _("One huge gradient is enough to undo the training. Clipping limits that one step."),
            ui.state("clipping", cliff_step=controls.CLIFF_UPDATES),
            ui.Question(
                _(
                    "Gradient descent without clipping has reached the foot of a cliff, where the "
                    "loss is low. From update {n} to update {last} the loss without clipping …"
                ).format(n=FOOT, last=controls.CLIFF_UPDATES),
                [
                    _("falls further, because every step follows the gradient downhill"),
                    _("stays about the same, because the gradients are small here"),
                    _("becomes more than ten times as high"),
                ],
                _jumps,
                ui.state("clipping", cliff_step=FOOT),
            ),
        ),
    ]


def _jumps() -> tuple[int, str]:
    """Compare the losses of both paths at the foot of the cliff and at the end."""
    both = clipping.traces()
    values = both["sgd"].values
    foot, last = float(values[FOOT]), float(values[-1])
    norms = both["sgd"].gradients.norm(dim=-1)
    right = 2 if last > 10 * foot else 0 if last < 0.5 * foot else 1
    text = _(
        "It goes from {foot} to {last}: at update {n} the gradient has norm {norm}. The clipped "
        "path ends at {clipped}."
    )
    return right, text.format(
        foot=number(foot),
        last=number(last),
        n=int(norms.argmax()) + 1,
        norm=number(float(norms.max())),
        clipped=number(float(both["clipped"].values[-1])),
    )


def _first_step() -> tuple[int, str]:
    """Compare the first step with the learning rate."""
    beta1, beta2 = controls.bias_beta1.value, controls.bias_beta2.value
    size = float(adam.first_steps(beta1, beta2).uncorrected[0])
    text = _(
        "m is {m} of the gradient, √v is {v} of it: the first step is {m} / {v} = {size} times the "
        "learning rate."
    )
    right = 0 if size < 0.5 else 1 if size < 2 else 2
    return right, text.format(m=number(1 - beta1), v=number((1 - beta2) ** 0.5), size=number(size))


def _decays() -> tuple[int, str]:
    """Compare what is left of both weights."""
    found = adam.weight_decay(controls.decay.value)
    large, small = float(found.l2_large[-1]), float(found.l2_small[-1])
    text = _(
        "After 200 updates {large} of it is left, and {small} of the other: λw is divided by √v̂, "
        "which is as large as the gradients."
    )
    right = 2 if abs(large - small) < 1e-3 else 0 if large < small else 1
    return right, text.format(large=number(large), small=number(small))


def _diverges() -> tuple[int, str]:
    """Compare f before and after, and with the slower learning rate."""
    one = paths.trace("sgd")
    first, last = float(one.values[0]), float(one.values[-1])
    y0, y1 = (abs(float(one.positions[i, 1])) for i in (0, 1))
    right = 2 if last > first else 1 if last > 0.5 * first else 0
    text = _(
        "f goes from {first} to {last}. Along y every update multiplies the distance by {factor}: "
        "|1 − 20 · {rate}|."
    )
    return right, text.format(
        first=number(first),
        last=number(last),
        factor=number(y1 / y0) if y0 else "—",
        rate=number(controls.rate.value),
    )
