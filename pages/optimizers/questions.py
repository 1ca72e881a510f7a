"""Experiments of the optimizers page, with questions to answer first."""

from __future__ import annotations

import ui
from charts.format import number
from pages.optimizers import controls, paths
from ui import _

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
    ]


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
