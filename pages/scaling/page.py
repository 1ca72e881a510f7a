"""Scaling and emergence: describes the page."""

from __future__ import annotations

import ui
from core import scaling as core
from pages.scaling import chinchilla, controls, emergence, repeated
from pages.scaling.downloads import downloads
from pages.scaling.pitfalls import pitfalls
from pages.scaling.questions import experiments
from ui import _


def page() -> ui.Page:
    """Return the page's description."""
    return ui.Page(
        "scaling",
        _("Scaling and emergence"),
        _(
            "Larger models and more data lower the loss smoothly. Whether an ability seems to "
            "appear suddenly depends on how it is measured."
        ),
        controls=controls,
        views=[
            ui.View(
                "emergence",
                _("Emergence"),
                emergence.draw,
                (
                    controls.length,
                    controls.metric,
                    controls.answers,
                    controls.logarithmic,
                    ui.More(controls.model, controls.seed),
                ),
            ),
            ui.View(
                "chinchilla",
                _("Compute-optimal training"),
                chinchilla.draw,
                (controls.budget, controls.constants, controls.trained),
            ),
            ui.View(
                "repeated",
                _("Repeated data"),
                repeated.draw,
                (controls.epochs, controls.unique, controls.data_budget),
            ),
        ],
        scenarios=[
            ui.Scenario(
                _("A single token"),
                ui.state("emergence", length=1),
                _("With L = 1, exact match is per-token accuracy and rises as smoothly."),
            ),
            ui.Scenario(
                _("30 tokens"),
                ui.state("emergence", length=30),
                _("The longer the answer, the more models score 0."),
            ),
            ui.Scenario(
                _("Log-probability"),
                ui.state("emergence", metric="nats", length=30),
                _("The log-probability of the right answer improves smoothly, without any jump."),
            ),
            ui.Scenario(
                _("A small budget"),
                ui.state("chinchilla", budget=19.0),
                _("At 10¹⁹ FLOPs the three recommendations are closer to each other."),
            ),
            ui.Scenario(
                _("Far more tokens than optimal"),
                ui.state("chinchilla", trained="SmolLM2-135M", budget=21.21),
                _("This app's own model was trained on about 15,000 tokens per parameter."),
            ),
            ui.Scenario(
                _("40 epochs"),
                ui.state("repeated", epochs=40.0),
                _("40 epochs are worth about 15, and no number of epochs is worth more than 16.4."),
            ),
        ],
        experiments=experiments(),
        sources=[
            ui.Source(core.scores, "Schaeffer, Miranda and Koyejo (2023), section 2"),
            ui.Source(core.exact_match),
            ui.Source(core.samples_to_see_one),
            ui.Source(core.loss, "Hoffmann et al. (2022), approach 3"),
            ui.Source(core.compute_optimal, "Hoffmann et al. (2022), equation 4"),
            ui.Source(core.effective_tokens, "Muennighoff et al. (2023), equation 5"),
            ui.Source(core.data_constrained_loss, "Muennighoff et al. (2023), section 3"),
            ui.Source(core.data_constrained_optimum),
        ],
        pitfalls=pitfalls(),
        downloads=downloads(),
    )


if __name__ == "__main__":
    ui.render(page())
