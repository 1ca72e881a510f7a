"""Best rates: gradient descent and the heavy ball on a quadratic, theory and measurement."""

from __future__ import annotations

from functools import lru_cache

import torch

import ui
from charts import optimizers as charts
from charts.format import number
from charts.optimizers import Curve
from core import optimizers as core
from pages.optimizers import controls
from ui import _

best_runs = lru_cache(maxsize=128)(core.best_runs)


def current() -> core.BestRuns:
    """Return both runs for the chosen curvatures, in either order."""
    low, high = sorted((controls.lowest.value, controls.highest.value))
    return best_runs(low, high)


def _lines(found: core.BestRuns) -> list[Curve]:
    updates = torch.arange(len(found.descent))
    best, start = found.best, found.descent[0]
    return [
        Curve(_("gradient descent, measured"), found.descent, "@muted"),
        Curve(_("gradient descent, theory"), start * best.gradient_descent**updates, "@q", "dot"),
        Curve(_("heavy ball, measured"), found.ball, "@p"),
        Curve(_("heavy ball, theory"), start * best.heavy_ball**updates, "@kept", "dot"),
    ]


def draw() -> None:
    """Draw the distance to the minimum with the slopes that the theory gives."""
    found = current()
    best = found.best
    low, high = sorted((controls.lowest.value, controls.highest.value))
    text = _(
        "The condition number is κ = λ₂/λ₁ = {kappa}. Per digit, gradient descent needs {plain} "
        "updates in theory and the heavy ball {heavy}."
    )
    sentence = text.format(
        kappa=number(high / low),
        plain=number(core.updates_per_digit(best.gradient_descent)),
        heavy=number(core.updates_per_digit(best.heavy_ball)),
    )
    with ui.figure():
        ui.plot(
            charts.curves(_lines(found), _("distance to the minimum"), (1e-10, 10), log=True),
            key="optimizers_best",
            alt=sentence,
            height=370,
        )
    ui.note(sentence, keep=True)
    ui.formula(
        r"\frac{\kappa - 1}{\kappa + 1} = " + f"{best.gradient_descent:.4f}"
        r", \quad \frac{\sqrt\kappa - 1}{\sqrt\kappa + 1} = " + f"{best.heavy_ball:.4f}"
    )
    rows = [
        (_("gradient descent"), best.gradient_descent, found.descent_measured, best.descent_lr, 0),
        (_("heavy ball"), best.heavy_ball, found.ball_measured, best.ball_lr, best.ball_momentum),
    ]
    note = _("measured factor per update; in theory {theory}")
    ui.facts(
        [
            ui.Fact(name, number(measured, 4), note.format(theory=number(theory, 4)))
            for name, theory, measured, _lr, _mu in rows
        ]
    )
    ui.table(
        ["", _("theory"), _("measured"), "η", "μ"],
        [[name, *(number(value, 4) for value in values)] for name, *values in rows],
        numbers=range(1, 5),
    )
    ui.note(
        _(
            "f = (λ₁x² + λ₂y²)/2 from (1, 1), each method with its best constants. The heavy ball "
            "is measured above its theoretical factor, because the distance also has a factor "
            "that grows like the number of updates. The theory is for quadratics; it promises "
            "nothing on other surfaces."
        )
    )


def table() -> ui.Table:
    """Return the distance to the minimum at every update."""
    lines = _lines(current())
    columns = zip(*(line.y.tolist() for line in lines), strict=True)
    return [_("update"), *(line.name for line in lines)], [(i, *r) for i, r in enumerate(columns)]
