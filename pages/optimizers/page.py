"""Optimizers: describes the page."""

from __future__ import annotations

import ui
from core import optimizers as core
from core.optimizers import formula
from pages.optimizers import adam, clipping, controls, muon, paths, quadratic, schedules
from pages.optimizers.downloads import downloads
from pages.optimizers.pitfalls import pitfalls
from pages.optimizers.questions import experiments
from ui import _


def page() -> ui.Page:
    """Return the page's description."""
    return ui.Page(
        "optimizers",
        _("Optimizers"),
        _(
            "An optimizer turns gradients into updates. Each method keeps other averages of past "
            "gradients, so each takes its own path over the same surface."
        ),
        controls=controls,
        views=[
            ui.View(
                "paths",
                _("Paths"),
                paths.draw,
                (
                    controls.rate,
                    controls.adaptive_rate,
                    controls.surface,
                    controls.formula,
                    controls.methods,
                    controls.shown,
                    ui.More(controls.start_x, controls.start_y, controls.momentum, controls.beta2),
                ),
            ),
            ui.View(
                "adam",
                _("What Adam is for"),
                adam.draw,
                (
                    controls.case,
                    controls.bias_beta2,
                    controls.bias_beta1,
                    controls.curvature,
                    controls.factor,
                    controls.decay,
                ),
            ),
            ui.View(
                "quadratic",
                _("Best rates"),
                quadratic.draw,
                (controls.lowest, controls.highest),
            ),
            ui.View(
                "schedules",
                _("Schedules"),
                schedules.draw,
                (
                    controls.schedule,
                    schedules.buttons,
                    controls.peak,
                    controls.warmup,
                    controls.rate_at,
                    ui.More(controls.schedule_seed),
                ),
            ),
            ui.View(
                "clipping",
                _("Clipping"),
                clipping.draw,
                (
                    controls.threshold,
                    controls.cliff_rate,
                    controls.cliff_w,
                    controls.cliff_b,
                ),
            ),
            ui.View(
                "muon",
                "Muon",
                muon.draw,
                (controls.g11, controls.g12, controls.g21, controls.g22),
            ),
        ],
        scenarios=[
            ui.Scenario(
                _("A narrow valley"),
                ui.state("paths", surface="rosenbrock", step=80),
                _("Rosenbrock's valley is curved: along its floor the gradient is small."),
            ),
            ui.Scenario(
                _("Four minima"),
                ui.state("paths", surface="himmelblau", step=40),
                _("Move the starting point: the methods do not always reach the same minimum."),
            ),
            ui.Scenario(
                _("Your formula"),
                ui.state("paths", surface="own", step=40),
                _("Change the formula: the gradient is computed from it exactly."),
            ),
            ui.Scenario(
                _("Badly scaled axes"),
                ui.state("adam", case="axes"),
                _(
                    "The steep axis limits SGD's learning rate, so progress along the flat axis is "
                    "slow."
                ),
            ),
            ui.Scenario(
                _("L2 and decoupled decay"),
                ui.state("adam", case="decay"),
                _("With L2 in Adam's gradient, weights decay at rates that depend on gradients."),
            ),
            ui.Scenario(
                _("A high learning rate"),
                ui.state("schedules", peak=0.03),
                _("Press Train and compare schedules that end at a low rate with the constant."),
            ),
            ui.Scenario(
                _("High threshold"),
                ui.state("clipping", threshold=100, cliff_step=80),
                _("At this threshold both paths are the same. Lower it step by step."),
            ),
        ],
        experiments=experiments(),
        sources=[
            ui.Source(core.update, "Kingma and Ba (2015); Loshchilov and Hutter (2019)"),
            ui.Source(core.optimize),
            ui.Source(formula.parse),
            ui.Source(core.first_steps, "Kingma and Ba (2015), section 3"),
            ui.Source(core.best_runs, "Polyak (1964)"),
            ui.Source(core.learning_rate),
            ui.Source(core.clip_by_norm, "Pascanu, Mikolov and Bengio (2013), algorithm 1"),
            ui.Source(core.recurrent_loss, "Pascanu, Mikolov and Bengio (2013), figure 6"),
            ui.Source(core.orthogonalization, "Jordan et al. (2024)"),
            ui.Source(core.weight_decay, "Loshchilov and Hutter (2019), section 2"),
        ],
        pitfalls=pitfalls(),
        downloads=downloads(),
    )


if __name__ == "__main__":
    ui.render(page())
